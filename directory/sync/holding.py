"""Telling what of a reading is written at once from what waits for somebody to look at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from directory.ldap.schemas import PERSON_FIELDS
from directory.ldap.snapshot import Snapshot

from . import listing, memberships, unknown
from .diff import Diff, compare
from .lately import LOGIN
from .logins import is_made_of
from .valves import Doubts, Hold, Reading, all_losses, judge


@dataclass(frozen=True, slots=True)
class Verdict:
    """`written`: changes to write at once; `held`: those that wait, for the reasons `holds`."""

    written: Diff
    held: Diff
    holds: list[Hold]


def sort_out(reading: Reading, snapshot: Snapshot) -> Verdict:
    """Part the changes of `reading`, which come from `snapshot`.

    What is doubted counts as it was when the rest is compared: so the rest is what the
    directory would bring if the doubtful part had not happened.
    """
    doubts = judge(reading)
    written = _without(reading, snapshot, doubts)
    again = judge(replace(reading, diff=written))
    if again.people or again.groups:
        # Kept for one reason it hurts for another: nothing that is missing is believed then.
        doubts = all_losses(reading, doubts)
        written = _without(reading, snapshot, doubts)
    return Verdict(written, _difference(reading, written, doubts), doubts.holds)


def _without(reading: Reading, snapshot: Snapshot, doubts: Doubts) -> Diff:
    """Return the changes without what is doubted."""
    kept = snapshot
    if doubts.people or doubts.groups:
        kept = unknown.keep(reading.state, kept, people=doubts.people, groups=doubts.groups)
    if LOGIN in doubts.fields:
        kept = unknown.keep_logins(reading.state, kept, reading.diff.logins)
    is_whole = kept is snapshot
    diff = replace(reading.diff) if is_whole else compare(reading.state, kept, reading.rules)
    if doubts.closings:
        diff.disable = set()
    if doubts.reopenings:
        diff.reactivate = set()
    if fields := doubts.fields - {LOGIN}:
        _keep_fields(reading, diff, fields)
    return diff


def _keep_fields(reading: Reading, diff: Diff, fields: set[str]) -> None:
    updates = diff.update
    diff.update = {}
    for key, (entry, changed) in updates.items():
        if others := tuple(name for name in changed if name not in fields):
            known: dict[str, Any] = dict(
                zip(PERSON_FIELDS, reading.state.people[key].fields, strict=True)
            )
            entry = replace(entry, **{name: known[name] for name in fields})
            diff.update[key] = (entry, others)


def _difference(reading: Reading, written: Diff, doubts: Doubts) -> Diff:
    """Return what of `reading` is held."""
    whole, known = reading.diff, reading.state.people
    return Diff(
        logins={
            key: login
            for key, login in whole.logins.items()
            # Who waits for somebody else's login changes nothing of their own.
            if LOGIN in doubts.fields and key in known and not is_made_of(known[key].login, login)
        },
        update={
            key: (entry, held)
            for key, (entry, changed) in whole.update.items()
            if (held := tuple(name for name in changed if name in doubts.fields))
        },
        disable=whole.disable - written.disable,
        absent=whole.absent - written.absent,
        reactivate=whole.reactivate - written.reactivate,
        groups_gone=whole.groups_gone - written.groups_gone,
        edges_remove=listing.difference(whole.edges_remove, written.edges_remove),
        members_remove=listing.difference(whole.members_remove, written.members_remove),
        memberships=memberships.Changes(
            remove=whole.memberships.remove - written.memberships.remove
        ),
    )
