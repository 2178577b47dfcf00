"""The demo organisation as entries of an LDAP directory, in LDIF (RFC 2849)."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence

from .people import DISABLED_LOGIN, IT_ADMINS, SECOND_SERVICE, Staff, staff
from .services import SERVICES, ServiceData

ORGANISATION = "Collectivité territoriale de Morne-Rivage"
DOMAIN = "morne-rivage.example"
"""A name of the reserved domain .example: no mail to it ever leaves."""
BASE_DN = "dc=morne-rivage,dc=example"
PEOPLE_DN = f"ou=people,{BASE_DN}"
GROUPS_DN = f"ou=groups,{BASE_DN}"
SERVICES_DN = f"ou=services,{BASE_DN}"
READER_DN = f"cn=marigot,ou=accounts,{BASE_DN}"
DEMO_PASSWORD = "Bienvenue-2026"  # noqa: S105 - known to all: the organisation is a demo
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, DOMAIN)

_Values = str | Sequence[str]
_Entry = tuple[str, dict[str, _Values]]


def ldif(*, reader_password: str) -> str:
    """Return the whole directory; `reader_password` is that of the account Marigot reads with."""
    entries = [
        *_frame(reader_password),
        *(_service(service) for service in SERVICES),
        *(_person(number, person) for number, person in enumerate(staff())),
        *(_group(name, about, members) for name, about, members in _groups()),
    ]
    return "\n".join(_text(dn, attributes) for dn, attributes in entries)


def hashed(password: str) -> str:
    """Return `password` in the directory's form {SSHA}; the salt follows from the password."""
    salt = hashlib.sha256(password.encode()).digest()[:8]
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def person_dn(person: Staff) -> str:
    """Return the DN of one of the staff."""
    return f"uid={person.login},{'ou=externals,' if person.external else ''}{PEOPLE_DN}"


def group_dn(name: str) -> str:
    """Return the DN of a group."""
    return f"cn={name},{GROUPS_DN}"


def _frame(reader_password: str) -> Iterator[_Entry]:
    yield (
        BASE_DN,
        {
            "objectClass": ["dcObject", "organization"],
            "dc": "morne-rivage",
            "o": ORGANISATION,
            "description": "Fictional organisation to try Marigot with",
        },
    )
    for dn in (
        PEOPLE_DN,
        f"ou=externals,{PEOPLE_DN}",
        GROUPS_DN,
        SERVICES_DN,
        f"ou=accounts,{BASE_DN}",
    ):
        yield dn, {"objectClass": "organizationalUnit", "ou": dn.split(",")[0][3:]}
    yield (
        READER_DN,
        {
            "objectClass": ["organizationalRole", "simpleSecurityObject"],
            "cn": "marigot",
            "description": "Reads people and groups for the intranet; writes nothing",
            "userPassword": hashed(reader_password),
        },
    )


def _service_dn(service: ServiceData) -> str:
    parent = next((above for above in SERVICES if above.slug == service.parent), None)
    return f"ou={service.slug},{_service_dn(parent) if parent else SERVICES_DN}"


def _service(service: ServiceData) -> _Entry:
    return (
        _service_dn(service),
        {
            "objectClass": "organizationalUnit",
            "ou": service.slug,
            "description;lang-fr": service.name_fr,
            "description;lang-en": service.name_en,
        },
    )


def _person(number: int, person: Staff) -> _Entry:
    service = next(s for s in SERVICES if s.slug == person.service)
    host = f"prestataire.{DOMAIN}" if person.external else DOMAIN
    attributes: dict[str, _Values] = {
        "objectClass": "inetOrgPerson",
        "uid": person.login,
        "cn": person.name,
        "displayName": person.name,
        "givenName": person.given,
        "sn": person.family,
        "mail": f"{person.login}@{host}",
        # Of the ranges that the French regulator keeps for fiction.
        "telephoneNumber": f"+33 5 36 49 {number // 100:02d} {number % 100:02d}",
        "title": person.title,
        "ou": service.name_fr,
        "employeeNumber": f"{1001 + number}",
        "employeeType": "externe" if person.external else "agent",
        "preferredLanguage": person.language,
        "userPassword": hashed(DEMO_PASSWORD),
    }
    if number % 3 == 0:
        attributes["mobile"] = f"+33 6 39 98 {number // 100:02d} {number % 100:02d}"
        # A third have changed the password that they were given.
        attributes["pwdChangedTime"] = "20260901080000Z"
    if person.disabled:
        # The password policy's mark of an account locked for good by an administrator.
        attributes["pwdAccountLockedTime"] = "000001010000Z"
    return person_dn(person), attributes


def _groups() -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, description and members' DNs of each group.

    Heads are contributors and contributors are members, by nesting; the people of a
    service are members of its directorate, and the heads of the directorate are heads of
    its services.
    """
    people = staff()
    for service in SERVICES:
        own = [p for p in people if p.service == service.slug and not p.external]
        own += [p for p in people if SECOND_SERVICE.get(p.login, ("",))[0] == service.slug]
        by_role: dict[str, list[str]] = {"member": [], "contributor": [], "head": []}
        for person in own:
            role = person.role
            if person.service != service.slug:
                role = SECOND_SERVICE[person.login][1]
            by_role[role].append(person_dn(person))
        below = [s for s in SERVICES if s.parent == service.slug]
        name = service.slug
        yield (
            f"{name}-heads",
            f"{service.name_fr} : responsables",
            by_role["head"] + ([group_dn(f"{service.parent}-heads")] if service.parent else []),
        )
        yield (
            f"{name}-contributors",
            f"{service.name_fr} : contributeurs",
            [*by_role["contributor"], group_dn(f"{name}-heads")],
        )
        yield (
            f"{name}-members",
            f"{service.name_fr} : agents",
            [
                *by_role["member"],
                group_dn(f"{name}-contributors"),
                *(group_dn(f"{s.slug}-members") for s in below),
            ],
        )
    yield (
        "everyone",
        "Tous les agents",
        [group_dn(f"{s.slug}-members") for s in SERVICES if not s.parent],
    )
    by_login = {person.login: person_dn(person) for person in people}
    yield "it-admins", "Administrateurs informatiques", [by_login[login] for login in IT_ADMINS]
    yield (
        "urbanisme-externals",
        "Urbanisme : prestataires",
        [person_dn(person) for person in people if person.external],
    )
    # Groups of other uses, as every directory has; Marigot is told nothing of them.
    yield (
        "vpn-users",
        "Accès distant",
        [group_dn("informatique-members"), group_dn("direction-generale-members")],
    )
    yield (
        "parking-centre",
        "Stationnement au centre administratif",
        [person_dn(person) for person in people[::4]],
    )


def _group(name: str, about: str, members: Iterable[str]) -> _Entry:
    return (
        group_dn(name),
        {
            "objectClass": "groupOfNames",
            "cn": name,
            "description": about,
            "member": list(members),
        },
    )


def _text(dn: str, attributes: dict[str, _Values]) -> str:
    lines = [_line("dn", dn)]
    for name, values in attributes.items():
        lines += [_line(name, value) for value in ([values] if isinstance(values, str) else values)]
    lines.append(_line("entryUUID", str(uuid.uuid5(_NAMESPACE, dn))))
    return "\n".join(lines) + "\n"


def _line(name: str, value: str) -> str:
    plain = value.isascii() and value[:1] not in ("", " ", ":", "<") and value == value.strip()
    return f"{name}: {value}" if plain else f"{name}:: {base64.b64encode(value.encode()).decode()}"


__all__ = [
    "BASE_DN",
    "DEMO_PASSWORD",
    "DISABLED_LOGIN",
    "DOMAIN",
    "GROUPS_DN",
    "ORGANISATION",
    "PEOPLE_DN",
    "READER_DN",
    "SERVICES_DN",
    "group_dn",
    "hashed",
    "ldif",
    "person_dn",
]
