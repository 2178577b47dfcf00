"""Giving and taking access."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from directory import journal
from directory.access import Level
from directory.models import AccessGroup, AccessScope, GroupGrant, User, UserGrant


def permission_for(level: Level) -> Permission:
    """Return the Django permission that a grant of `level` carries."""
    return Permission.objects.get(
        content_type__app_label="directory",
        content_type__model="accessscope",
        codename=level.codename,
    )


def grant_access(
    *,
    actor: User | None,
    scope: AccessScope,
    level: Level,
    to: AccessGroup | User,
    expires_at: datetime | None = None,
    reason: str = "",
) -> GroupGrant | UserGrant:
    """Give `to` (a group or, exceptionally, a person) `level` on `scope`; return the grant.

    Granting again changes the end and the reason of the grant that is there.
    Raises ValidationError where `expires_at` is past.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError(_("The end of the access must be in the future."))
    fields = {"expires_at": expires_at, "reason": reason, "granted_by": actor}
    with journal.transaction():
        permission = permission_for(level)
        grant: GroupGrant | UserGrant
        if isinstance(to, AccessGroup):
            grant, created = GroupGrant.objects.update_or_create(
                group_id=to.group_id, permission=permission, content_object=scope, defaults=fields
            )
        else:
            grant, created = UserGrant.objects.update_or_create(
                user=to, permission=permission, content_object=scope, defaults=fields
            )
        journal.append(
            "grant.given" if created else "grant.changed",
            obj=grant,
            actor=actor,
            scope=scope,
            payload=_payload(grant, level),
        )
    return grant


def revoke_access(*, actor: User | None, grant: GroupGrant | UserGrant) -> None:
    """Take a grant away; it counts no more from the next question on."""
    with journal.transaction():
        level = Level.from_codename(grant.permission.codename)
        journal.append(
            "grant.revoked",
            obj=grant,
            actor=actor,
            scope=grant.content_object_id,
            payload=_payload(grant, level),
        )
        grant.delete()


def _payload(grant: GroupGrant | UserGrant, level: Level) -> dict[str, object]:
    return {
        "level": level.codename,
        "group": grant.group_id if isinstance(grant, GroupGrant) else None,
        "user": grant.user_id if isinstance(grant, UserGrant) else None,
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
        "reason": grant.reason,
    }
