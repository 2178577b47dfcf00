"""Making and changing services."""

from __future__ import annotations

from directory import events, journal
from directory.access import Level
from directory.models import AccessGroup, AccessScope, Role, ScopeKind, Service, User
from directory.models.group import SERVICE_ROLES
from directory.text import one_line

from .grants import grant_access
from .memberships import group_named
from .scopes import create_scope, rename_scope

# What a role of a service gives on the service's own scope, and on what it shows to everybody.
# A member need not be in "everyone": an external sees the section of the service they work for.
ROLE_LEVELS = {
    Role.MEMBER: (Level.READ, Level.READ),
    Role.CONTRIBUTOR: (Level.CONTRIBUTE, Level.CONTRIBUTE),
    Role.HEAD: (Level.MANAGE, Level.MANAGE),
}


def create_service(
    *,
    actor: User | None,
    slug: str,
    name_fr: str,
    name_en: str,
    parent: Service | None = None,
) -> Service:
    """Make a service with its two scopes, its three access groups and their grants.

    Raises ValidationError, for the field, where another one has the `slug`.
    """
    name_fr, name_en = one_line(name_fr), one_line(name_en)
    with journal.transaction():
        # Two that are made at once would both find the slug free.
        site = AccessScope.objects.select_for_update(no_key=True).get(kind=ScopeKind.SITE)
        if Service.objects.filter(slug=slug).exists():
            raise Service(slug=slug).unique_error_message(Service, ("slug",))
        closed = create_scope(
            actor=actor,
            kind=ScopeKind.SERVICE,
            label=name_fr,
            parent=parent.scope if parent else site,
            inherits=False,
        )
        public = create_scope(
            actor=actor, kind=ScopeKind.SECTION, label=name_fr, parent=site, inherits=True
        )
        service = Service.objects.create(
            slug=slug,
            name_fr=name_fr,
            name_en=name_en,
            parent=parent,
            scope=closed,
            public_scope=public,
        )
        for role in SERVICE_ROLES:
            access_group = AccessGroup.objects.create(
                group=group_named(f"{slug}:{role.value}"), service=service, role=role
            )
            for scope, level in zip((closed, public), ROLE_LEVELS[role], strict=True):
                grant_access(actor=actor, scope=scope, level=level, to=access_group)
        journal.append(
            events.SERVICE_CREATED, obj=service, actor=actor, scope=closed, payload={"slug": slug}
        )
    return service


def rename_service(*, actor: User | None, service: Service, name_fr: str, name_en: str) -> None:
    """Give a service other names."""
    name_fr, name_en = one_line(name_fr), one_line(name_en)
    with journal.transaction():
        if (service.name_fr, service.name_en) == (name_fr, name_en):
            return
        service.name_fr, service.name_en = name_fr, name_en
        service.save(update_fields=["name_fr", "name_en"])
        for scope in (service.scope, service.public_scope):
            rename_scope(actor=actor, scope=scope, label=name_fr)
        journal.append(events.SERVICE_RENAMED, obj=service, actor=actor, scope=service.scope_id)
