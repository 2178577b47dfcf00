"""What a directory shows of entries written lately, and which entries there are at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Final

from directory.batching import batched
from directory.outside import number_from_outside

from .connection import Connection
from .entries import (
    GroupEntry,
    PersonEntry,
    group_attributes,
    group_entry,
    identifier_or_none,
    person_attributes,
    person_entry,
)
from .errors import DirectoryError
from .lookups import AT_ONCE, still_there
from .members import hidden, may_hide, members_of, without
from .names import key, login_key, normalised
from .schemas import Attributes, first

MOST: Final = 300
"""Entries looked at one by one: of more a reading of everything tells sooner."""


_PLACES: Final = "".join(
    f"(objectClass={name})"
    for name in ("organizationalUnit", "organization", "container", "domain", "locality", "country")
)


class TooMany(DirectoryError):
    """More was written than is looked at one by one."""


@dataclass(slots=True)
class Changes:
    """People and groups as the directory shows them now, by immutable identifier.

    `members`: what each of these groups lists (`names.key`, `names.login_key`), `logins` how the
    logins among that are spelled; `primary`: the group that somebody is
    in without being listed (Active Directory), by its `sids`, as far as these were looked up;
    `shown`: the attributes that somebody was shown with.
    """

    people: dict[uuid.UUID, PersonEntry] = field(default_factory=dict)
    groups: dict[uuid.UUID, GroupEntry] = field(default_factory=dict)
    members: dict[uuid.UUID, set[str]] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    shown: dict[uuid.UUID, frozenset[str]] = field(default_factory=dict)
    primary: dict[uuid.UUID, bytes] = field(default_factory=dict)
    sids: dict[bytes, uuid.UUID | None] = field(default_factory=dict)


def written_since(connection: Connection, condition: str) -> Changes:
    """Return the people and groups that meet `condition`, a filter of what was written.

    Raises TooMany, also where it was a place that others lie in: with its name all theirs are
    others, and none of them was written. Raises UnusableEntry, DirectoryError.
    """
    changes = Changes()
    _read(connection, changes, condition)
    # Asked last: groups may list what is in it by its new name already.
    base = normalised(connection.config.base_dn)
    places = connection.search_paged(f"(&(|{_PLACES}){condition})", ["objectClass"])
    if place := next((dn for dn, _ in places if normalised(dn) != base), None):
        raise TooMany(f"{place} was written, and others lie in it")
    return changes


def look_at(connection: Connection, changes: Changes, ids: Set[uuid.UUID]) -> None:
    """Add to `changes` the people and groups that have one of `ids`, as far as there are such.

    Raises as `written_since`.
    """
    wanted = ids - changes.people.keys() - changes.groups.keys()
    if len(wanted) > MOST:
        raise TooMany(f"{len(wanted)} entries are concerned")
    for some in batched(sorted(wanted), AT_ONCE):
        _read(connection, changes, connection.config.schema.id_filter(some))


def find_primary_groups(connection: Connection, changes: Changes) -> None:
    """Look up the groups that people of `changes` are in without being listed."""
    schema = connection.config.schema
    for sid in set(changes.primary.values()) - changes.sids.keys():
        value = "".join(f"\\{byte:02x}" for byte in sid)
        found = connection.search(
            f"(&{schema.group_filter}(objectSid={value}))", [schema.id_attribute]
        )
        known = (identifier_or_none(schema, dn, attributes) for dn, attributes in found)
        changes.sids[sid] = next(known, None)


def all_identifiers(connection: Connection) -> Iterator[uuid.UUID | None]:
    """Yield who all the people and groups are that the directory shows, page by page.

    None stands for one of whom it does not show that.
    """
    schema = connection.config.schema
    for filterstr in (schema.people_filter, schema.group_filter):
        for dn, attributes in connection.search_paged(filterstr, [schema.id_attribute]):
            yield identifier_or_none(schema, dn, attributes)


def _read(connection: Connection, changes: Changes, condition: str) -> None:
    schema = connection.config.schema
    people = connection.search_paged(
        f"(&{schema.people_filter}{condition})", person_attributes(schema)
    )
    for dn, attributes in _few(people):
        if connection.is_reading_account(dn, attributes):
            continue
        person = person_entry(schema, dn, attributes)
        changes.people[person.external_id] = person
        changes.shown[person.external_id] = frozenset(attributes)
        if schema.has_primary_group and (sid := _primary_group(attributes)):
            changes.primary[person.external_id] = sid
    groups = connection.search_paged(
        f"(&{schema.group_filter}{condition})", group_attributes(schema)
    )
    doubtful: dict[str, dict[uuid.UUID, str]] = {}
    for dn, attributes in _few(groups):
        group = group_entry(schema, dn, attributes)
        listed = members_of(connection, dn, attributes)
        changes.groups[group.external_id] = group
        logins = {login_key(login): login for login in listed.logins}
        changes.members[group.external_id] = {*map(key, listed.names), *logins}
        changes.logins |= logins
        for name in may_hide(schema, attributes):
            doubtful.setdefault(name, {})[group.external_id] = dn
        if sids := attributes.get("objectsid"):
            changes.sids[sids[0]] = group.external_id
    for name, named in doubtful.items():
        if left := named.keys() - set(still_there(connection, without(schema, name), named)):
            raise hidden(named[left.pop()])


def _few(entries: Iterator[tuple[str, Attributes]]) -> Iterator[tuple[str, Attributes]]:
    for number, entry in enumerate(entries):
        if number >= MOST:
            raise TooMany(f"more than {MOST} entries were written")
        yield entry


def _primary_group(attributes: Attributes) -> bytes | None:
    """Return the SID of somebody's primary group: the domain's, and the number of the group."""
    number = number_from_outside(first(attributes, "primarygroupid"), most=2**32 - 1)
    own = attributes.get("objectsid")
    return own[0][:-4] + number.to_bytes(4, "little") if own and number is not None else None
