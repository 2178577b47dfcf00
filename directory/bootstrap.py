"""What must be there before anything else: the journal's head, the site's scope and groups."""

from __future__ import annotations

from django.apps import apps as live_apps
from django.conf import settings
from django.db import router


def ensure_foundations(using: str = "default", **_kwargs: object) -> None:
    """Make, where they are missing, the head of the journal, the site's scope and groups.

    Runs after every migration, once Django has made the permissions. Harmless to run again.
    """
    if not router.allow_migrate(using, "directory"):
        return
    _ensure_permissions(using)
    from directory import journal
    from directory.access import Level
    from directory.actions.grants import grant_access
    from directory.actions.memberships import group_named
    from directory.actions.scopes import create_scope
    from directory.models import AccessGroup, AccessScope, JournalHead, Role, ScopeKind

    JournalHead.objects.get_or_create(pk=1)
    with journal.transaction():
        site = AccessScope.objects.filter(kind=ScopeKind.SITE).first()
        if site is None:
            site = create_scope(
                actor=None, kind=ScopeKind.SITE, label=settings.SITE_NAME, parent=None
            )
        for role in (Role.EVERYONE, Role.IT_ADMIN):
            if not AccessGroup.objects.filter(role=role).exists():
                group = AccessGroup.objects.create(group=group_named(f"site:{role}"), role=role)
                if role is Role.EVERYONE:
                    grant_access(actor=None, scope=site, level=Level.READ, to=group)


def _ensure_permissions(using: str) -> None:
    from django.contrib.auth.management import create_permissions

    create_permissions(live_apps.get_app_config("directory"), verbosity=0, using=using)
