"""Entries of the directory that cannot be used: left out one by one, told, and doubted.

What such an entry would say is unknown, so it stays as it was last known: nobody is taken
for absent, and nobody loses a membership, by an entry that cannot be read. What it says in
so many words (the account is disabled) counts all the same.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Collection, Iterator, Set
from dataclasses import replace
from typing import Final

from directory.ldap.entries import GroupEntry
from directory.ldap.faults import Fault
from directory.ldap.snapshot import Snapshot

from .state import State

SHOWN: Final = 100
"""How many faults are kept with a run; their number is exact."""

LOGIN_SHARED: Final = "login_shared"


def told(
    faults: Collection[Fault], read: Snapshot
) -> Iterator[tuple[str, int, list[dict[str, object]]]]:
    """Yield what of the directory cannot be used: its kind, how much it is, and what it is.

    In one order, at most `SHOWN` of each. `members_elsewhere`: whom groups list, and is neither
    a person nor a group that was read.
    """
    if faults:
        first = sorted(faults, key=lambda fault: (fault.dn, fault.why))[:SHOWN]
        yield "entry_faults", len(faults), [fault.data() for fault in first]
    if number := sum(len(group.elsewhere) for group in read.groups.values()):
        elsewhere = (
            (group.dn, name, group.name)
            for group in read.groups.values()
            for name in group.elsewhere
        )
        first_of_all = heapq.nsmallest(SHOWN, elsewhere)
        shown: list[dict[str, object]] = [
            {"name": name[:500], "via": [via]} for _, name, via in first_of_all
        ]
        yield "members_elsewhere", number, shown


def keep_unknown(state: State, read: Snapshot) -> None:
    """Complete `read` by what `state` knows of the entries that could not be used."""
    people = {f.external_id for f in read.faults if f.kind == "person" and f.external_id}
    unknown = people & state.people.keys()
    if any(f.kind == "person" and f.external_id is None for f in read.faults):
        # One of those who are missing has that entry; it cannot be told which.
        lost = state.people.keys() - read.people.keys() - unknown
        _keep_listed(state, read, lost)
        unknown |= lost
    _keep_listed(state, read, read.unlisted)
    read.unknown = unknown
    if strange := people - read.people.keys() - unknown:
        for entry in read.groups.values():
            entry.people -= strange
    _keep_unreadable_groups(state, read)


def keep(
    state: State, read: Snapshot, *, people: set[uuid.UUID], groups: set[uuid.UUID]
) -> Snapshot:
    """Return `read` with what `state` knows of `people` and of whom `groups` list.

    Whom the directory lists beside is listed all the same.
    """
    kept = replace(read, groups=dict(read.groups), unknown=read.unknown | people)
    _keep_listed(state, kept, people)
    _keep_groups(state, kept, groups - kept.groups.keys(), groups)
    return kept


def keep_logins(state: State, read: Snapshot, people: Collection[uuid.UUID]) -> Snapshot:
    """Return `read` with the logins that those of `people` whom `state` knows have had so far."""
    before = {
        key: replace(read.people[key], login=state.people[key].login)
        for key in people
        if key in state.people
    }
    return replace(read, people=read.people | before)


def _keep_listed(state: State, read: Snapshot, people: set[uuid.UUID]) -> None:
    """Have groups list those of `people` whom they listed."""
    for group, listed in state.members.items():
        if more := listed & people:
            _list_more(read, group, people=more)


def _list_more(
    read: Snapshot,
    group: uuid.UUID,
    *,
    people: Set[uuid.UUID] = frozenset(),
    groups: Set[uuid.UUID] = frozenset(),
) -> None:
    """Have `group`, where it was read, list more; its entry is another one then."""
    if (entry := read.groups.get(group)) is not None and (people or groups):
        read.groups[group] = replace(
            entry, people=entry.people | people, groups=entry.groups | groups
        )


def _keep_unreadable_groups(state: State, read: Snapshot) -> None:
    faults = [fault for fault in read.faults if fault.kind == "group"]
    kept = {fault.external_id for fault in faults if fault.external_id}
    if any(fault.external_id is None for fault in faults):
        kept |= state.groups.keys() - read.groups.keys()
    _keep_groups(state, read, kept, kept)


def _keep_groups(
    state: State, read: Snapshot, missing: set[uuid.UUID], kept: set[uuid.UUID]
) -> None:
    """Bring the `missing` back, and whom those that are `kept` listed, as far as they are there."""
    for key in missing & state.groups.keys():
        if not state.groups[key].gone:
            name, dn, description = state.groups[key].fields
            read.groups[key] = GroupEntry(key, dn, name, description)
    there = read.people.keys() | read.unknown if kept else set()
    for group in kept & state.members.keys():
        _list_more(read, group, people=state.members[group] & there)
    for parent, children in state.edges.items():
        # A group that is gone is listed no more, either.
        again = (children if parent in kept else children & missing) & read.groups.keys()
        _list_more(read, parent, groups=again)
