"""Services, people and groups for the tests, made by the same actions as everywhere.

    finance = make_service("finance")
    head = make_person("zoe.head", service=finance, role=Role.HEAD)     # returns the User

Everybody who is made is in the group "everyone" unless `outsider=True`.
"""

from __future__ import annotations

import uuid
from typing import Any

from directory.actions.grants import grant_access
from directory.actions.memberships import add_member, group_named
from directory.actions.services import create_service
from directory.journal import Event
from directory.ldap.entries import PersonEntry
from directory.ldap.schemas import PERSON_FIELDS
from directory.models import (
    AccessGroup,
    AccessScope,
    DirectorySource,
    Person,
    Role,
    ScopeKind,
    Service,
    User,
)

PASSWORD = "a-good-Password-97"


def event(name: str) -> Event:
    """An event of that name with any payload, which no app declares."""
    return Event(name, name, payload=dict)


def make_source(slug: str = "test") -> DirectorySource:
    """The directory called `slug`, made where it is missing."""
    return DirectorySource.objects.get_or_create(slug=slug, defaults={"name": slug})[0]


def make_service(
    slug: str, *, parent: Service | None = None, name_fr: str = "", name_en: str = ""
) -> Service:
    """A service with its scopes, its three groups and their grants."""
    return create_service(
        actor=None,
        slug=slug,
        name_fr=name_fr or f"Service {slug}",
        name_en=name_en or f"{slug.capitalize()} service",
        parent=parent,
    )


def make_person(
    login: str,
    *,
    service: Service | None = None,
    role: Role | str | None = None,
    it_admin: bool = False,
    outsider: bool = False,
    active: bool = True,
    **fields: Any,
) -> User:
    """An account with its `person`; `role` (member where there is a service) in `service`.

    `outsider`: in no group at all, not even "everyone". `fields` go to the person.
    """
    given, _, family = login.partition(".")
    given, family = given.capitalize(), family.capitalize()
    user = User(
        username=login,
        first_name=given,
        last_name=family,
        email=f"{login}@example.org",
        is_active=active,
    )
    user.set_password(PASSWORD)
    user.save()
    Person.objects.create(
        **{
            "user": user,
            "source": make_source(),
            "external_id": uuid.uuid5(uuid.NAMESPACE_OID, login),
            "display_name": f"{given} {family}".strip(),
            "given_name": given,
            "family_name": family,
            "mail": user.email,
        }
        | fields
    )
    if not outsider:
        join(user, everyone())
    if service is not None:
        join(user, group_of(service, role or Role.MEMBER))
    if it_admin:
        join(user, AccessGroup.objects.get(role=Role.IT_ADMIN))
    return user


def make_group(name: str, *members: User) -> AccessGroup:
    """An access group of no service, with `members`."""
    group = AccessGroup.objects.create(group=group_named(name))
    for user in members:
        join(user, group)
    return group


def make_scope(
    label: str = "somewhere", *, parent: AccessScope | None = None, inherits: bool = False
) -> AccessScope:
    """A scope that nobody has access to, below the site's unless told otherwise."""
    from directory.actions.scopes import create_scope

    return create_scope(
        actor=None,
        kind=ScopeKind.CUSTOM,
        label=label,
        parent=parent or AccessScope.site(),
        inherits=inherits,
    )


def group_of(service: Service, role: Role | str) -> AccessGroup:
    """The access group of a role of a service."""
    return AccessGroup.objects.get(service=service, role=role)


def everyone() -> AccessGroup:
    """The access group of the whole organisation."""
    return AccessGroup.objects.get(role=Role.EVERYONE)


def join(user: User, group: AccessGroup) -> None:
    """Put `user` into `group` by hand."""
    add_member(actor=None, access_group=group, user=user)


def give(to: User | AccessGroup, level: int, scope: AccessScope, **options: Any) -> Any:
    """Grant `level` on `scope`; see `grant_access`."""
    from directory.access import Level

    return grant_access(actor=None, scope=scope, level=Level(level), to=to, **options)


def make_entry(external_id: uuid.UUID, login: str, **said: Any) -> PersonEntry:
    """Return a person as the directory has them, of whom it says no more than `said`."""
    fields = dict.fromkeys(PERSON_FIELDS, "") | {"display_name": login, "language": ""}
    given: dict[str, Any] = {"disabled": False} | fields | said
    return PersonEntry(external_id=external_id, dn=f"uid={login}", login=login, **given)
