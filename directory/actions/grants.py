"""Giving and taking access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from directory import dates, events, journal
from directory.access import Grant, Level, level_of
from directory.delegation import Bound, bound_of, effect_of_ending, given_by, heads_kept
from directory.models import AccessGroup, AccessScope, User
from directory.models.grants import GroupGrant, UserGrant

from . import authority


class LongerThanGiven(ValidationError):
    """Somebody would give for longer than they have been given."""

    def __init__(self, bound: Bound) -> None:
        assert bound.until is not None  # noqa: S101  (without an end there is no such limit)
        self.until = bound.until
        super().__init__(
            _("Your own access ends on %(end)s: what you give cannot last longer.")
            % {"end": dates.written(timezone.localtime(bound.until), "DATETIME_FORMAT")},
            code="longer_than_given",
        )


def permission_for(level: Level) -> Permission:
    """Return the Django permission that a grant of `level` carries."""
    return Permission.objects.get(
        content_type__app_label="directory",
        content_type__model="accessscope",
        codename=level.codename,
    )


@contextmanager
def deciding(actor: User | None, scope: AccessScope) -> Iterator[Bound]:
    """Let what is inside change who has access to `scope`; it gets how far the actor may give.

    Others wait (`authority.lock`), inside `journal.transaction()`. Raises Http404 where the
    actor neither manages the scope nor administers access, and HeadsStay where the heads of
    the service would have less afterwards by the will of somebody below them.
    """
    authority.lock()
    bound = bound_of(actor, scope)
    with heads_kept(actor, scope):
        yield bound


def grant_access(
    *,
    actor: User | None,
    scope: AccessScope,
    level: Level,
    to: AccessGroup | User,
    expires_at: datetime | None = None,
    reason: str = "",
) -> Grant:
    """Give `to` (a group or, exceptionally, a person) `level` on `scope`; return the grant.

    Granting again changes the end and the reason of the grant that is there. The actor manages
    the scope or administers access; what they give lasts no longer than what they have.
    Raises ValidationError where `expires_at` is past, LongerThanGiven where it is later than
    that; HeadsStay and Http404 as `deciding` does.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError(_("The end of the access must be in the future."))
    with journal.transaction(), deciding(actor, scope) as bound:
        there = grant_there(scope, level, to)
        longer = there is None or later(expires_at, there.expires_at)
        if longer and not bound.allows(expires_at):
            raise LongerThanGiven(bound)
        fields: dict[str, object] = {"expires_at": expires_at, "reason": reason}
        # Who shortens what somebody else has given does not become its giver.
        if longer or bound.basis is None:
            fields |= {"granted_by": actor} | based_on(bound.basis)
        return write_grant(actor=actor, scope=scope, level=level, to=to, fields=fields)


def grant_there(scope: AccessScope, level: Level, to: AccessGroup | Group | User) -> Grant | None:
    """Return the grant of `level` to `to` that stands on `scope` itself, over or not."""
    at = {"content_object": scope, "permission__codename": level.codename}
    identity = _identity(to)
    if isinstance(identity, User):
        return UserGrant.objects.filter(user=identity, **at).first()
    return GroupGrant.objects.filter(group=identity, **at).first()


def _identity(to: AccessGroup | Group | User) -> Group | User:
    """Return what Django and guardian know a receiver by."""
    return to.group if isinstance(to, AccessGroup) else to


def based_on(basis: Grant | None) -> dict[str, object]:
    """Return the fields of a grant that ends with `basis` (None: with no other)."""
    return {
        "basis_user": basis if isinstance(basis, UserGrant) else None,
        "basis_group": basis if isinstance(basis, GroupGrant) else None,
    }


def later(one: datetime | None, other: datetime | None) -> bool:
    """Tell whether the end `one` is later than `other`; None is no end."""
    return other is not None and (one is None or one > other)


def write_grant(
    *,
    actor: User | None,
    scope: AccessScope,
    level: Level,
    to: AccessGroup | Group | User,
    fields: dict[str, object],
) -> Grant:
    """Write a grant, inside `deciding`; what was given by it ends with it at the latest."""
    created = grant_there(scope, level, to) is None
    grant = cast("Grant", assign_perm(permission_for(level), _identity(to), scope))
    for name, value in fields.items():
        setattr(grant, name, value)
    grant.save(update_fields=list(fields))
    _tell(events.GRANT_GIVEN if created else events.GRANT_CHANGED, grant, actor)
    for other in [] if created else given_by([grant]):
        if later(other.expires_at, grant.expires_at):
            other.expires_at = grant.expires_at
            other.save(update_fields=["expires_at"])
            _tell(events.GRANT_CHANGED, other, actor)
    return grant


def revoke_access(*, actor: User | None, grant: Grant) -> None:
    """Take a grant away, with all that was given by it; they count no more from now on.

    The actor manages the scope or administers access. Raises HeadsStay, Http404.
    """
    with journal.transaction(), deciding(actor, grant.content_object):
        end_grants(actor=actor, grants=effect_of_ending(_as_it_is(grant)).ends)


def end_grants(*, actor: User | None, grants: Sequence[Grant]) -> None:
    """Take grants away, inside `deciding`; those that end with another come after it."""
    for grant in grants:
        _tell(events.GRANT_REVOKED, grant, actor)
    for grant in reversed(grants):
        to = grant.user if isinstance(grant, UserGrant) else grant.group
        remove_perm(grant.permission, to, grant.content_object)


def keep_grant(*, actor: User | None, grant: Grant) -> None:
    """Stand in for the giver of a grant, who is gone: it is the actor's own from now on.

    Its end stays as it is. The actor may give it: raises LongerThanGiven otherwise, Http404.
    """
    with journal.transaction(), deciding(actor, grant.content_object) as bound:
        grant = _as_it_is(grant)
        if not bound.allows(grant.expires_at):
            raise LongerThanGiven(bound)
        grant.granted_by = actor
        for name, value in based_on(bound.basis).items():
            setattr(grant, name, value)
        grant.save(update_fields=["granted_by", "basis_user", "basis_group"])
        _tell(events.GRANT_KEPT, grant, actor)


def _as_it_is(grant: Grant) -> Grant:
    """Return the grant as it is under the lock. Raises Http404 where it is gone."""
    there = type(grant)._default_manager.filter(pk=grant.pk).first()
    if there is None:
        raise Http404
    return there


def _tell(event: journal.Event, grant: Grant, actor: User | None) -> None:
    journal.append(
        event,
        obj=grant,
        actor=actor,
        scope=grant.content_object_id,
        payload=_payload(grant, level_of(grant)),
    )


def _payload(grant: Grant, level: Level) -> dict[str, object]:
    return {
        "level": level.codename,
        "group": grant.group_id if isinstance(grant, GroupGrant) else None,
        "user": grant.user_id if isinstance(grant, UserGrant) else None,
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
        "reason": grant.reason,
        "basis_group": grant.basis_group_id,
        "basis_user": grant.basis_user_id,
    }
