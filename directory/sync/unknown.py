"""Entries of the directory that cannot be used: left out one by one, told, and doubted.

What such an entry would say is unknown, so it stays as it was last known: nobody is taken
for absent, and nobody loses a membership, by an entry that cannot be read. What it says in
so many words (the account is disabled) counts all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final

from directory.ldap.entries import GroupEntry
from directory.ldap.faults import Fault
from directory.ldap.snapshot import Snapshot

from .state import State

SHOWN: Final = 100
"""How many faults are kept with a run; their number is exact."""

LOGIN_SHARED: Final = "login_shared"


def described(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Return `faults` as data, in one order, at most `SHOWN`."""
    return [fault.data() for fault in sorted(faults, key=lambda f: (f.dn, f.why))[:SHOWN]]


def keep_unknown(state: State, read: Snapshot) -> None:
    """Complete `read` by what `state` knows of the entries that could not be used."""
    people = {f.external_id for f in read.faults if f.kind == "person" and f.external_id}
    unknown = people & state.people.keys()
    if any(f.kind == "person" and f.external_id is None for f in read.faults):
        # One of those who are missing has that entry; it cannot be told which.
        lost = state.people.keys() - read.people.keys() - unknown
        for group, person in state.members:
            if person in lost and group in read.groups:
                read.groups[group].people.add(person)
        unknown |= lost
    read.unknown = unknown
    there = read.people.keys() | unknown
    for entry in read.groups.values():
        entry.people &= there
    _keep_groups(state, read, there)


def _keep_groups(state: State, read: Snapshot, there: set[uuid.UUID]) -> None:
    faults = [fault for fault in read.faults if fault.kind == "group"]
    kept = {fault.external_id for fault in faults if fault.external_id}
    if any(fault.external_id is None for fault in faults):
        kept |= state.groups.keys() - read.groups.keys()
    for key in kept & state.groups.keys():
        if key is None or state.groups[key].gone:
            continue
        name, dn, description = state.groups[key].fields
        read.groups[key] = GroupEntry(key, dn, name, description)
    for group, person in state.members:
        if group in kept and group in read.groups and person in there:
            read.groups[group].people.add(person)
    for parent, child in state.edges:
        if parent in kept and parent in read.groups and child in read.groups:
            read.groups[parent].groups.add(child)
