"""Single questions to a directory: who has a login, who is in what, who is still there."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Final

import ldap.filter

from directory.batching import batched

from .connection import Connection
from .entries import PersonEntry, identifier_or_none, listed_as, person_attributes, person_entry
from .names import normalised_login
from .schemas import first

AT_ONCE: Final = 50
"""Identifiers in one question."""


def search_person(connection: Connection, login: str) -> list[PersonEntry]:
    """Return who signs in as `login`: one, none, or several where the directory is at odds."""
    schema = connection.config.schema
    domain, _, name = login.partition("\\")
    has_domain = bool(name) and "domain" in schema.logins and domain in _domains(connection)
    wanted = schema.login_filter(name if has_domain else login, has_domain=has_domain)
    return [
        person_entry(schema, dn, attributes)
        for dn, attributes in connection.search(wanted, person_attributes(schema))
        if not connection.is_reading_account(dn, attributes)
    ]


_domains_at: dict[tuple[str, str], frozenset[str]] = {}


def _domains(connection: Connection) -> frozenset[str]:
    """Return in small letters the names of the domain that is read: that of old, that of DNS."""
    at = (connection.config.url, connection.config.base_dn)
    if at not in _domains_at:
        root = connection.read("", ["configurationNamingContext"]) or {}
        place = first(root, "configurationnamingcontext")
        suffix = ldap.filter.escape_filter_chars(connection.suffix)
        found = connection.search(
            f"(&(objectClass=crossRef)(nETBIOSName=*)(nCName={suffix}))",
            ["nETBIOSName", "dnsRoot"],
            base=place,
        )
        names = (
            first(attributes, name)
            for _, attributes in found
            for name in ("netbiosname", "dnsroot")
        )
        _domains_at[at] = frozenset(name.lower() for name in names if name)
    return _domains_at[at]


def groups_of_person(connection: Connection, person: PersonEntry) -> set[uuid.UUID]:
    """Return the identifiers of the groups that list somebody."""
    is_told = person.listed_as and is_alone(connection, person.listed_as)
    return groups_of(connection, person.dn, person.listed_as if is_told else "")


def is_alone(connection: Connection, login: str) -> bool:
    """Tell whether one entry, and no other, is who a group lists by `login`."""
    schema = connection.config.schema
    value = ldap.filter.escape_filter_chars(login)
    found = connection.search(
        f"(&{schema.people_filter}({schema.listed_by}={value}))", person_attributes(schema)
    )
    form = normalised_login(login)
    same = [
        dn
        for dn, attributes in found
        if normalised_login(listed_as(schema, dn, attributes)) == form
        and not connection.is_reading_account(dn, attributes)
    ]
    return len(same) == 1


def groups_of(connection: Connection, dn: str, login: str = "") -> set[uuid.UUID]:
    """Return the identifiers of the groups that list the entry `dn` itself, or `login`."""
    schema = connection.config.schema
    value = ldap.filter.escape_filter_chars(dn)
    either = "".join(f"({name}={value})" for name in schema.member_attributes)
    if login:
        value = ldap.filter.escape_filter_chars(login)
        either += "".join(f"({name}={value})" for name in schema.member_login_attributes)
        if rule := schema.rule_without_case:  # memberUid is compared by the letter otherwise
            either += "".join(f"({n}:{rule}:={value})" for n in schema.member_login_attributes)
    found = connection.search(f"(&{schema.group_filter}(|{either}))", [schema.id_attribute])
    known = (identifier_or_none(schema, name, attributes) for name, attributes in found)
    return {identifier for identifier in known if identifier is not None}


def still_there(
    connection: Connection, filterstr: str, ids: Iterable[uuid.UUID]
) -> Iterator[uuid.UUID]:
    """Yield those of `ids` that the server finds when it is asked for them by name.

    `filterstr` is the filter that they were missing from.
    """
    schema = connection.config.schema
    for wanted in batched(sorted(ids), AT_ONCE):
        some = schema.id_filter(wanted)
        for dn, attributes in connection.search(f"(&{filterstr}{some})", [schema.id_attribute]):
            if (identifier := identifier_or_none(schema, dn, attributes)) is not None:
                yield identifier
