"""What of a reading is too surprising to be believed without somebody looking at it.

What the directory no longer shows may be gone, or hidden from the reading account by a
mistake; nobody can tell by machine. So a large loss waits until a named person approves, and
with it only what it is made of: all else that was read is written. How large is a setting.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from directory.ldap.faults import MEMBERS_HIDDEN
from directory.ldap.schemas import Schema

from . import lately, listing, memberships
from .closure import Rule, below
from .diff import Diff
from .lately import Losses
from .limits import Limit
from .state import Numbers, State


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason to hold: a code, and the numbers that make it understood.

    `name` is of what it concerns: a group of the directory, or the name of a field. `earlier`:
    how many of one `kind` (`lately`) there were already, shortly before.
    """

    code: str
    number: int = 0
    limit: int = 0
    name: str = ""
    access_group: int | None = None
    kind: str = ""
    earlier: int = 0

    def data(self) -> dict[str, object]:
        """Return it as kept with the run."""
        return {
            "code": self.code,
            "number": self.number,
            "limit": self.limit,
            "name": self.name,
            "access_group": self.access_group,
            "kind": self.kind,
            "earlier": self.earlier,
        }


@dataclass(slots=True)
class Doubts:
    """What is not believed, with the reasons: it stays as it was.

    `people` are missing; `groups` of the directory list fewer than before, or are missing;
    `closings`, `reopenings`: whether these are doubted; `fields`: of people, by name, with
    `lately.LOGIN`.
    """

    holds: list[Hold] = field(default_factory=list)
    people: set[uuid.UUID] = field(default_factory=set)
    groups: set[uuid.UUID] = field(default_factory=set)
    closings: bool = False
    reopenings: bool = False
    fields: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to judge: the changes, from where they come, and what may change by itself.

    `hidden`: attributes that somebody was shown with before, and nobody is now. `lately`: what
    was lost shortly before without being looked at.
    """

    diff: Diff
    state: State
    rules: list[Rule]
    schema: Schema
    limits: Mapping[str, Limit]
    hidden: frozenset[str] = frozenset()
    lately: Losses = field(default_factory=Counter)

    def over(
        self, limit: str, now: Losses, kind: str, total: int, *, shrinks: bool = True
    ) -> Excess | None:
        """Tell whether those of `kind` now, with those of lately, are more than may be of `total`.

        `shrinks`: those of lately are counted in `total` no more.
        """
        number, earlier = now[kind], self.lately[kind]
        most = self.limits[limit].of(total + earlier if shrinks else total)
        return Excess(number, most, kind, earlier) if number and number + earlier > most else None


@dataclass(frozen=True, slots=True)
class Excess:
    """How many are too many; see `Hold`."""

    number: int
    limit: int
    kind: str
    earlier: int

    def hold(self, code: str, **concerns: Any) -> Hold:
        """Return the reason to hold that this is."""
        given = {"number": self.number, "limit": self.limit} | concerns
        return Hold(code, kind=self.kind, earlier=self.earlier, **given)


def judge(reading: Reading) -> Doubts:
    """Return what of `reading` is not to be written by itself; nothing for an ordinary one."""
    doubts, before, now = Doubts(), reading.state.numbers, lately.of(reading.diff)
    _people(reading, before, now, doubts)
    _fields(reading, before, now, doubts)
    _groups(reading, doubts)
    _memberships(reading, before, now, doubts)
    return doubts


def all_losses(reading: Reading, doubts: Doubts) -> Doubts:
    """Return `doubts` of everything that is missing."""
    diff = reading.diff
    return Doubts(
        doubts.holds,
        people=set(diff.absent),
        groups=_losing(diff) | diff.groups_gone,
        closings=doubts.closings,
        reopenings=doubts.reopenings,
        fields=doubts.fields,
    )


def _people(reading: Reading, before: Numbers, now: Losses, doubts: Doubts) -> None:
    diff = reading.diff
    if many := reading.over("absent", now, lately.ABSENT, before.active):
        doubts.holds.append(many.hold("people_absent"))
        doubts.people |= diff.absent
    if many := reading.over("closed", now, lately.CLOSED, before.active):
        doubts.holds.append(many.hold("people_disabled"))
        doubts.closings = True
    hidden = [name for name in reading.schema.status_attributes if name.lower() in reading.hidden]
    if many := reading.over("reopened", now, lately.REOPENED, before.people, shrinks=False):
        doubts.holds.append(many.hold("people_reactivated"))
        doubts.reopenings = True
    elif diff.reactivate and hidden:
        doubts.holds.append(Hold("status_hidden", len(diff.reactivate), name=hidden[0]))
        doubts.reopenings = True


def _fields(reading: Reading, before: Numbers, now: Losses, doubts: Doubts) -> None:
    """Doubt a field that changes for many at once, or that nobody is shown with any more."""
    for about in reading.schema.person:
        kind = lately.field(about.name)
        if now[kind] and reading.hidden.intersection(about.attributes):
            doubts.holds.append(Hold("field_hidden", now[kind], name=about.name))
        elif many := reading.over("changed", now, kind, before.people, shrinks=False):
            doubts.holds.append(many.hold("field_changed", name=about.name))
        else:
            continue
        doubts.fields.add(about.name)
    if many := reading.over(
        "changed", now, lately.field(lately.LOGIN), before.people, shrinks=False
    ):
        doubts.holds.append(many.hold("field_changed", name=lately.LOGIN))
        doubts.fields.add(lately.LOGIN)


def _groups(reading: Reading, doubts: Doubts) -> None:
    known = reading.state.groups
    for key in sorted(reading.diff.groups_gone):
        if known[key].ruled:
            doubts.holds.append(Hold("ruled_group_gone", name=known[key].fields[0]))
            doubts.groups.add(key)
    hidden = sorted(
        known[fault.external_id].fields[0]
        for fault in reading.diff.faults
        if fault.why == MEMBERS_HIDDEN and fault.external_id in known
    )
    if hidden:  # what they listed stays in any case
        doubts.holds.append(Hold("members_hidden", len(hidden), name=hidden[0]))


def _memberships(reading: Reading, before: Numbers, now: Losses, doubts: Doubts) -> None:
    """Doubt what takes too many memberships away, in all or of one group."""
    diff, sizes = reading.diff, before.memberships
    removed = diff.memberships.remove
    if many := reading.over("removed", now, lately.REMOVED, sizes.total()):
        doubts.holds.append(many.hold("memberships_removed"))
        doubts.groups |= _losing(diff) | diff.groups_gone
    by_hand = reading.state.by_hand
    gone = {of for of in removed | by_hand if of[1] in diff.absent or of not in by_hand}
    surprising = set()
    emptied = _emptied(reading, gone)
    for group in sorted({group for group, _ in removed} | emptied):
        kind = lately.from_group(group)
        if many := reading.over("group", now, kind, sizes[group]):
            doubts.holds.append(many.hold("group_halved", limit=sizes[group], access_group=group))
        elif group in emptied:
            doubts.holds.append(Hold("last_one", now[kind], access_group=group))
        else:
            continue
        surprising.add(group)
    doubts.people |= {key for group, key in gone if group in surprising} & diff.absent
    doubts.groups |= _leading_to(surprising, reading)


def _emptied(reading: Reading, gone: set[memberships.Key]) -> set[int]:
    """Return the groups in which somebody must remain, and nobody with an open account would.

    `gone`: which memberships go, or are of somebody who is missing.
    """
    diff, state = reading.diff, reading.state
    wanted = {group for group, _ in gone if state.others_who_keep.get(group) == 0}
    if not wanted:
        return set()
    closed = {entry.external_id for entry in diff.create if entry.disabled} | diff.disable

    def groups_of(keys: Iterable[memberships.Key]) -> set[int]:
        return {group for group, key in keys if group in wanted and is_open(key)}

    def is_open(key: uuid.UUID) -> bool:
        known = state.people.get(key)
        return key not in closed and (known is None or known.active)

    everybody = chain(state.memberships, diff.memberships.add, state.by_hand)
    left = (of for of in everybody if of not in gone)
    return groups_of(gone) - groups_of(left)


def _losing(diff: Diff) -> set[uuid.UUID]:
    """Return the groups of the directory that list fewer than before."""
    return {*diff.members_remove, *diff.edges_remove}


def _leading_to(access_groups: Iterable[int], reading: Reading) -> set[uuid.UUID]:
    """Return the groups of the directory by which one came into `access_groups` so far."""
    wanted = set(access_groups)
    ruled = [rule.group for rule in reading.rules if rule.access_group in wanted]
    return below(ruled, listing.pairs(reading.state.edges))
