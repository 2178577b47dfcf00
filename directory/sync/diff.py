"""What a reading of the directory would change."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from directory import password_marks
from directory.ldap.entries import GroupEntry, PersonEntry
from directory.ldap.faults import Fault
from directory.ldap.schemas import PERSON_FIELDS
from directory.ldap.snapshot import Snapshot
from directory.password_marks import Meaning
from directory.text import sort_key

from . import closure, listing, logins, memberships, unknown
from .listing import Listing
from .state import GROUP_FIELDS, State

SHOWN = 300
"""How many changes of a kind are kept with a run, to be looked at; the counts are exact."""


@dataclass(slots=True)
class Diff:
    """The changes, by kind. See the properties for what they amount to.

    `passwords`: whose password was changed, with the new mark; `noted_marks`: who has another
    mark that tells of no change; `moved`: whom groups list by another name or login now, with what
    stands for these. `faults` changes
    nothing: entries to be put right in the directory.
    """

    create: list[PersonEntry] = field(default_factory=list)
    update: dict[uuid.UUID, tuple[PersonEntry, tuple[str, ...]]] = field(default_factory=dict)
    logins: dict[uuid.UUID, str] = field(default_factory=dict)
    rename: dict[int, str] = field(default_factory=dict)
    disable: set[uuid.UUID] = field(default_factory=set)
    absent: set[uuid.UUID] = field(default_factory=set)
    reactivate: set[uuid.UUID] = field(default_factory=set)
    groups_create: list[GroupEntry] = field(default_factory=list)
    groups_update: dict[uuid.UUID, GroupEntry] = field(default_factory=dict)
    groups_gone: set[uuid.UUID] = field(default_factory=set)
    edges_add: Listing = field(default_factory=dict)
    edges_remove: Listing = field(default_factory=dict)
    members_add: Listing = field(default_factory=dict)
    members_remove: Listing = field(default_factory=dict)
    memberships: memberships.Changes = field(default_factory=memberships.Changes)
    passwords: dict[uuid.UUID, str] = field(default_factory=dict)
    noted_marks: dict[uuid.UUID, str] = field(default_factory=dict)
    moved: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many changes there are of each kind, without those of which there is none."""
        numbers = {
            "people_created": len(self.create),
            "people_updated": len(self.update.keys() | self.logins.keys()) - len(self.create),
            "people_disabled": len(self.disable),
            "people_absent": len(self.absent),
            "people_reactivated": len(self.reactivate),
            "passwords_changed": len(self.passwords),
            "groups_created": len(self.groups_create),
            "groups_updated": len(self.groups_update),
            "groups_gone": len(self.groups_gone),
            "group_members_added": listing.number(self.edges_add)
            + listing.number(self.members_add),
            "group_members_removed": listing.number(self.edges_remove)
            + listing.number(self.members_remove),
            "memberships_added": len(self.memberships.add),
            "memberships_removed": len(self.memberships.remove),
            "memberships_rerouted": len(self.memberships.reroute),
        }
        return {name: number for name, number in numbers.items() if number}

    def __bool__(self) -> bool:
        return bool(self.counts()) or bool(self.rename or self.noted_marks or self.moved)

    @property
    def digest(self) -> str:
        """A hash of what waits for an approval, which is of this alone; "" where nothing does."""
        doubtful = [
            sorted(map(str, self.disable)),
            sorted(map(str, self.absent)),
            sorted(map(str, self.reactivate)),
            sorted(map(str, self.groups_gone)),
            *(
                sorted(f"{one}:{other}" for one, other in pairs)
                for pairs in (
                    listing.pairs(self.edges_remove),
                    listing.pairs(self.members_remove),
                    self.memberships.remove,
                )
            ),
            [
                [key.hex, *(f"{name}={getattr(entry, name)}" for name in changed)]
                for key, (entry, changed) in sorted(self.update.items())
            ],
        ]
        if held := sorted(f"{key}:{self.logins[key]}" for key in self.logins):
            doubtful.append(held)
        if not any(doubtful):
            return ""
        return hashlib.sha256(json.dumps(doubtful).encode()).hexdigest()


def compare(state: State, snapshot: Snapshot, rules: Iterable[closure.Rule]) -> Diff:
    """Return what makes `state` into what `snapshot` and `rules` say."""
    diff = Diff(faults=list(snapshot.faults))
    _people(diff, state, snapshot)
    _groups(diff, state, snapshot)
    wanted = closure.effective(closure.of_snapshot(snapshot), rules)
    diff.memberships = memberships.compare(state.memberships, wanted)
    return diff


def _people(diff: Diff, state: State, snapshot: Snapshot) -> None:
    # Of whom nothing is known the account stays, and the login with it.
    kept = {key for key in snapshot.unknown if not state.people[key].closed}
    allocated = logins.allocate(
        snapshot.people.values(),
        holders={
            key: (known.account, known.login)
            for key, known in state.people.items()
            if key not in kept
        },
        others=state.other_logins | {state.people[key].login for key in kept},
    )
    diff.rename = dict(allocated.displaced)
    for key, entry in snapshot.people.items():
        known = state.people.get(key)
        login = allocated.wanted[key]
        if login != entry.login:
            diff.faults.append(Fault(entry.dn, unknown.LOGIN_SHARED, external_id=key))
        if known is None:
            diff.create.append(entry)
            diff.logins[key] = login
            continue
        if (shown := entry.fields) != known.fields:
            each = zip(PERSON_FIELDS, shown, known.fields, strict=True)
            diff.update[key] = (entry, tuple(name for name, new, old in each if new != old))
        said = password_marks.meaning(
            entry.password_mark,
            kept=known.password_mark,
            former=known.former_marks,
            read_at=state.read_at,
        )
        if said is Meaning.NOTED:
            diff.noted_marks[key] = entry.password_mark
        elif said is Meaning.CHANGED:
            diff.passwords[key] = entry.password_mark
        if known.listed_by != entry.listed_by:
            diff.moved[key] = entry.listed_by
        if known.login != login:
            diff.logins[key] = login
            diff.rename[known.account] = login
        if entry.disabled and not known.closed:
            diff.disable.add(key)
        elif known.closed and not entry.disabled:
            diff.reactivate.add(key)
    diff.absent = {
        key
        for key, known in state.people.items()
        if key not in snapshot.people and key not in snapshot.unknown and not known.closed
    }
    for key, known in state.people.items():
        # A login that is free again may be somebody else's, whom groups list by it.
        if key not in snapshot.people and key not in snapshot.unknown and known.listed_by[1]:
            diff.moved[key] = (known.listed_by[0], "")
    diff.disable |= {
        fault.external_id
        for fault in snapshot.faults
        if fault.disabled
        and fault.external_id in state.people
        and not state.people[fault.external_id].closed
    }


def _groups(diff: Diff, state: State, snapshot: Snapshot) -> None:
    edges = {key: group.groups for key, group in snapshot.groups.items()}
    members = {key: group.people for key, group in snapshot.groups.items()}
    for key, group in snapshot.groups.items():
        known = state.groups.get(key)
        if known is None:
            diff.groups_create.append(group)
        elif known.gone or known.fields != tuple(getattr(group, name) for name in GROUP_FIELDS):
            diff.groups_update[key] = group
    diff.groups_gone = {
        key for key, known in state.groups.items() if key not in snapshot.groups and not known.gone
    }
    diff.edges_add = listing.difference(edges, state.edges)
    diff.edges_remove = listing.difference(state.edges, edges)
    diff.members_add = listing.difference(members, state.members)
    diff.members_remove = listing.difference(state.members, members)


class Change(TypedDict, total=False):
    """One change as it is shown, with what there is to tell of it."""

    name: str
    old_name: str
    login: str
    old_login: str
    fields: list[str]
    access_group: int
    via: list[str]
    why: str


def described(diff: Diff, state: State, snapshot: Snapshot) -> dict[str, list[Change]]:
    """Return the changes as data to be kept with the run and shown; bounded by `SHOWN`."""
    group_names = {key: known.fields[0] for key, known in state.groups.items()}
    group_names |= {key: group.name for key, group in snapshot.groups.items()}

    def person(key: uuid.UUID) -> Change:
        if entry := snapshot.people.get(key):
            return {"name": entry.display_name, "login": entry.login}
        known = state.people[key]
        return {"name": known.fields[0], "login": known.login}

    def people(keys: Iterable[uuid.UUID]) -> list[Change]:
        shown = sorted((person(key) for key in keys), key=lambda item: item["login"])
        return shown[:SHOWN]

    def named(names: Iterable[str]) -> list[Change]:
        return [{"name": name} for name in sorted(names, key=sort_key)[:SHOWN]]

    def updated(key: uuid.UUID) -> Change:
        fields = list(diff.update[key][1]) if key in diff.update else []
        item = person(key)
        if key in diff.logins and key in state.people:
            fields.append("login")
            item["old_login"] = state.people[key].login
        return item | {"fields": fields}

    def given(
        changes: Mapping[memberships.Key, closure.Path] | set[memberships.Key],
    ) -> list[Change]:
        ways = changes if isinstance(changes, Mapping) else state.memberships
        return [
            person(key) | {"access_group": group, "via": list(ways.get((group, key), ()))}
            for group, key in sorted(changes)[:SHOWN]
        ]

    changed = (diff.update.keys() | diff.logins.keys()) & state.people.keys()
    lists: dict[str, list[Change]] = {
        "people_created": people(entry.external_id for entry in diff.create),
        "people_updated": [updated(key) for key in sorted(changed)[:SHOWN]],
        "people_disabled": people(diff.disable),
        "people_absent": people(diff.absent),
        "people_reactivated": people(diff.reactivate),
        "passwords_changed": people(diff.passwords),
        "groups_created": named(group.name for group in diff.groups_create),
        "groups_updated": [
            {"name": group.name, "old_name": group_names.get(key, "")}
            for key, group in sorted(diff.groups_update.items())[:SHOWN]
        ],
        "groups_gone": named(group_names[key] for key in diff.groups_gone),
        "memberships_added": given(diff.memberships.add),
        "memberships_removed": given(diff.memberships.remove),
    }
    return {name: items for name, items in lists.items() if items}
