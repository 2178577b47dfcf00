"""The people and groups of a directory at one moment, read whole or not at all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import partial

from . import position
from .connection import Connection
from .entries import (
    GroupEntry,
    PersonEntry,
    fault_of_person,
    group_attributes,
    group_entry,
    identifier_or_none,
    listed_as,
    person_attributes,
    person_entry,
    telling_attributes,
)
from .errors import IncompleteRead, UnusableEntry
from .faults import MEMBERS_HIDDEN, Fault
from .listing import Listed
from .members import Members, hiding, may_hide, members_of
from .schemas import first


@dataclass(slots=True)
class Snapshot:
    """All people and groups below the base, by immutable identifier.

    `faults`: entries that could not be used; `unknown`: people of whom nothing is known
    because of them (see `directory.sync.unknown`), `unlisted` those of them of whom it is not told
    by which login groups list them; `shown`: which attributes that tell of a person somebody was
    shown with, in lower case.
    """

    people: dict[uuid.UUID, PersonEntry]
    groups: dict[uuid.UUID, GroupEntry]
    position: str = ""
    faults: list[Fault] = field(default_factory=list)
    unknown: set[uuid.UUID] = field(default_factory=set)
    unlisted: set[uuid.UUID] = field(default_factory=set)
    shown: frozenset[str] = frozenset()


def read(connection: Connection) -> Snapshot:
    """Read everything. Raises DirectoryError, and IncompleteRead where something must be hidden.

    An entry that cannot be used is left out, and told in `faults`.
    """
    schema = connection.config.schema
    now = position.current(connection)
    require_canaries(connection)
    people: dict[uuid.UUID, PersonEntry] = {}
    listed, unlisted = Listed(), set[uuid.UUID]()
    by_primary_group: dict[str, set[uuid.UUID]] = {}
    faults: list[Fault] = []
    telling = telling_attributes(schema)
    unseen = set(telling)
    for dn, attributes in connection.search_paged(schema.people_filter, person_attributes(schema)):
        if connection.is_reading_account(dn, attributes):
            continue
        unseen -= attributes.keys()
        try:
            person = person_entry(schema, dn, attributes)
        except UnusableEntry as error:
            fault = fault_of_person(schema, dn, attributes, error.why)
            faults.append(fault)
            login = listed_as(schema, dn, attributes)
            listed.add(dn, fault.external_id, login)
            if schema.listed_by and not login and fault.external_id is not None:
                unlisted.add(fault.external_id)
            continue
        people[person.external_id] = person
        listed.add(dn, person.external_id, person.listed_as)
        if schema.has_primary_group and (rid := first(attributes, "primarygroupid")):
            by_primary_group.setdefault(rid, set()).add(person.external_id)
    if not people:
        raise IncompleteRead("The directory showed nobody at all.")
    groups = _groups(connection, listed, by_primary_group, faults)
    return Snapshot(people, groups, now, faults, unlisted=unlisted, shown=telling - unseen)


def require_canaries(connection: Connection) -> None:
    """Raise IncompleteRead unless what is always there is shown."""
    for canary in filter(None, (connection.config.base_dn, connection.config.canary_dn)):
        if connection.read(canary, ["objectClass"]) is None:
            raise IncompleteRead(f"The entry {canary}, which is always there, was not shown.")


def _groups(
    connection: Connection,
    listed: Listed,
    by_primary_group: dict[str, set[uuid.UUID]],
    faults: list[Fault],
) -> dict[uuid.UUID, GroupEntry]:
    """Read the groups, and whom each lists: those who are `listed`, and groups."""
    schema = connection.config.schema
    groups: dict[uuid.UUID, GroupEntry] = {}
    doubtful: dict[str, set[uuid.UUID]] = {}
    shared: dict[uuid.UUID, list[Fault]] = {}
    for dn, attributes in connection.search_paged(schema.group_filter, group_attributes(schema)):
        try:
            entry = group_entry(schema, dn, attributes)
            members = members_of(connection, dn, attributes)
        except UnusableEntry as error:
            identifier = identifier_or_none(schema, dn, attributes)
            faults.append(Fault(dn, error.why, "group", identifier))
            continue
        if sid := attributes.get("objectsid"):
            rid = str(int.from_bytes(sid[0][-4:], "little"))
            entry.people |= by_primary_group.get(rid, set())
        # At once: half a million names would be as much as all else that is kept of the groups.
        people, entry.elsewhere, shared[entry.external_id] = listed.sort(dn, members)
        entry.people |= people
        groups[entry.external_id] = entry
        for name in may_hide(schema, attributes):
            doubtful.setdefault(name, set()).add(entry.external_id)
    for key in hiding(connection, doubtful, partial(identifier_or_none, schema)) & groups.keys():
        faults.append(Fault(groups.pop(key).dn, MEMBERS_HIDDEN, "group", key))
    faults += (fault for key in groups for fault in shared[key])
    of_groups = Listed()
    for entry in groups.values():
        of_groups.add(entry.dn, entry.external_id)
    for entry in groups.values():
        entry.groups, entry.elsewhere, _ = of_groups.sort(entry.dn, Members(entry.elsewhere))
    return groups
