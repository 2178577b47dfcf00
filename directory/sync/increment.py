"""Following what was written to the directory lately, without reading everything again.

A part is compared: the people whom it concerns, among all groups. What is shown is believed;
what is not shown, and whatever a reading of everything would hold or could not use, is left to
such a reading (`Whole`). So nothing is written here that it would not write.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Set
from typing import Final

from django.db import DataError, IntegrityError
from django.db.models import Q
from django.utils import timezone

from directory import events, journal
from directory.batching import batched
from directory.ldap import changes as written
from directory.ldap import lookups, names, snapshot
from directory.ldap.changes import Changes, TooMany
from directory.ldap.connection import Connection
from directory.ldap.entries import GroupEntry
from directory.ldap.errors import UnusableEntry
from directory.models import DirectorySource, GroupMember, Person, SyncRun, User

from . import (
    applying,
    closure,
    config,
    diff,
    engine,
    lately,
    listing,
    lock,
    logins,
    sharing,
    state,
    valves,
)
from .listing import Ids
from .sharing import Whole

MOST_BELOW: Final = 2_000
"""People below a group that another one lists no more, or anew, who are compared one by one."""
_MOST_MOVED: Final = 20


class Later(Exception):
    """It cannot be told yet.

    An entry has another name, and groups may not list it yet; or somebody is not shown any more
    who would gain something.
    """


def follow(
    connection: Connection,
    changes: Changes,
    *,
    gone: Set[uuid.UUID],
    position: str,
    at_rest: bool,
) -> SyncRun | None:
    """Make the database follow `changes`, and that whoever has one of `gone` is not shown.

    `position`: how far the directory had come when it was asked; `at_rest`: nothing was written
    for a moment. Returns the record of what was written, None where there was nothing to tell
    of. Raises Whole, Later, DirectoryError, `lock.Busy`.
    """
    if not (changes.people or changes.groups or gone):
        return None
    source, started = config.source(), timezone.now()
    with lock.held(source):
        before = engine.last_reading(source)
        if before is None or before.state == SyncRun.State.HELD:
            raise Whole("nothing was read yet, or a part of it is held")
        try:
            part = _Part(connection, source, changes, before)
            part.complete(set(gone))
            part.require_certainty(at_rest=at_rest)
        except (TooMany, UnusableEntry) as error:
            raise Whole(str(error)) from error
        found = diff.compare(part.known, part.read, part.rules)
        if not found:
            return None
        if part.are_missing({key for _, key in found.memberships.add}):
            if at_rest:
                raise Whole("somebody who gains a membership is not shown any more")
            raise Later
        snapshot.require_canaries(connection)
        _doubt(connection, source, part, found)
        run = SyncRun(
            source=source,
            trigger=SyncRun.Trigger.CHANGE,
            is_whole=False,
            started_at=started,
            position=position,
            counts=found.counts(),
            losses=lately.of(found),
            diff=diff.described(found, part.known, part.read),
        )
        try:
            with journal.transaction():
                applying.apply(source, part.known, found, actor=None)
                if run.counts:
                    engine.finished(run, SyncRun.State.APPLIED)
                    payload = {"counts": run.counts}
                    journal.append(events.SYNC_APPLIED, obj=run, actor=None, payload=payload)
        except (IntegrityError, DataError) as error:
            raise Whole(f"the changes could not be written: {error}") from error
    return run if run.counts else None


class _Part:
    """What is stored (`known`) and shown (`read`) of everybody whom some changes concern."""

    def __init__(
        self, connection: Connection, source: DirectorySource, changes: Changes, before: SyncRun
    ) -> None:
        self._connection, self._source = connection, source
        self.changes, self.before = changes, before
        self._people = changes.people
        self.rules = closure.rules_of(source)
        self.known = state.load_groups(source, read_at=before.started_at)
        self.read = snapshot.Snapshot(changes.people, {})
        self._has_moved = False  # whether an entry that is known has another name now
        self._loses_by_name = False  # whether a group that was not written lists it no more
        self._unseen: Ids = set()  # whom a group lists no more, and who is not shown

    def complete(self, gone: Ids) -> None:
        """Find who else is concerned, and what is shown of everybody. Raises as `follow`."""
        of_groups = gone & self.known.groups.keys()
        if max(len(of_groups), len(gone - of_groups)) > written.MOST:
            raise TooMany(f"{len(gone)} entries are missing")
        groups_gone = self._missing(of_groups, people=False)
        people_gone = self._missing(gone - of_groups, people=True)
        self._look_at_groups_listed_no_more(groups_gone)
        lists = self._read_groups(groups_gone)
        whom = self._whose_place_differs(lists)
        written.look_at(self._connection, self.changes, whom)
        people_gone -= self._people.keys()
        if (groups_gone or people_gone) and self.before.counts.get("entry_faults"):
            raise Whole("of those who are missing one may have an entry that cannot be used")
        state.add_people(self.known, self._source, self._people.keys() | people_gone | whom)
        self._keep_unseen(whom - self._people.keys() - people_gone)
        self._refuse_logins_that_others_have()
        self._refuse_logins_that_others_wait_for()
        self._place_groups(lists)
        self._place_people(lists)
        sharing.require_one_each(
            self._connection, self._source, self.changes, self.known, self.read
        )
        self._carry_those_below()

    def require_certainty(self, *, at_rest: bool) -> None:
        """Raise Later or, with nothing to wait for, Whole where what is shown is not enough."""
        if self._has_moved and not at_rest:
            raise Later
        if self._loses_by_name:
            raise Whole("a group that was not written does not show somebody by the new name")
        if self._unseen and at_rest:
            raise Whole("somebody was shown, and is not any more")

    def are_missing(self, ids: Ids) -> bool:
        """Tell whether of `ids` there is one who was not asked for, and is not shown."""
        return bool(self._missing(ids & self.read.unknown, people=True))

    def _missing(self, ids: Ids, *, people: bool) -> Ids:
        """Return those of `ids` whom the server does not show when asked for them by name."""
        schema = self._connection.config.schema
        filterstr = schema.people_filter if people else schema.group_filter
        return ids - set(lookups.still_there(self._connection, filterstr, ids))

    def _look_at_groups_listed_no_more(self, gone: Ids) -> None:
        """Look at the groups that one which was written does not list by the name they had.

        They may have another name.
        """
        listed = self.changes.members
        children = {
            child
            for parent, child in listing.pairs(self.known.edges)
            if parent in listed
            and names.key(self.known.groups[child].fields[1]) not in listed[parent]
        }
        written.look_at(self._connection, self.changes, children)
        self._unseen |= children - self.changes.groups.keys() - gone

    def _keep_unseen(self, people: Ids) -> None:
        """Take `people`, who are not shown, for gone only once all who are there are compared."""
        listed = set().union(*self.known.members.values())
        of_part = self.known.people
        people = {key for key in people if key in listed or not of_part[key].closed}
        self._unseen |= people
        self.read.unknown = people
        for group, listed in self.known.members.items():
            if group in self.read.groups:
                self.read.groups[group].people |= listed & people

    def _read_groups(self, gone: Ids) -> dict[uuid.UUID, set[str]]:
        """Bring in the groups, those that were written as they are now.

        Returns of each of these the names that it lists (`names.key`), but for those of groups.
        """
        here = self.read.groups
        for key, known in self.known.groups.items():
            if not known.gone and key not in gone:
                name, dn, description = known.fields
                here[key] = GroupEntry(key, dn, name, description)
        here |= self.changes.groups
        by_name = {names.key(group.dn): key for key, group in here.items()}
        lists = {}
        for group, listed in self.changes.members.items():
            here[group].groups = {by_name[key] for key in listed & by_name.keys()}
            lists[group] = listed - by_name.keys()
        return lists

    def _whose_place_differs(self, lists: Mapping[uuid.UUID, set[str]]) -> Ids:
        """Return the people whom a group that was written lists anew, or no more.

        With them whoever has a login that it lists and that others have, too.
        """
        people = Person.objects.filter(source=self._source)
        written_names = {name for person in self._people.values() for name in person.listed_by}
        lists_logins = bool(self.changes.logins)
        shared = sharing.logins_of_several(self._source) if lists_logins else frozenset()
        found: Ids = set()
        for group, listed in lists.items():
            known = self.known.groups.get(group)
            rows = GroupMember.objects.filter(group=known.pk if known else None)
            before = list(
                rows.values_list("person__external_id", "person__dn_key", "person__login_key")
            )
            found |= {person for person, *by in before if listed.isdisjoint(by)}
            new = listed - {name for _, *by in before for name in by} - written_names
            for some in batched(sorted(new | listed & shared)):
                having = Q(dn_key__in=some)
                if lists_logins:
                    having |= Q(login_key__in=some)
                found |= set(people.filter(having).values_list("external_id", flat=True))
        return found

    def _refuse_logins_that_others_have(self) -> None:
        wanted = {
            entry.login
            for key, entry in self._people.items()
            if key not in self.known.people or self.known.people[key].login != entry.login
        }
        own = {known.account for known in self.known.people.values()}
        holders = User.objects.filter(username__in=wanted).values_list("pk", flat=True)
        if wanted and set(holders) - own:
            raise Whole("somebody has the login of somebody else")

    def _refuse_logins_that_others_wait_for(self) -> None:
        left = {
            known.login
            for key, known in self.known.people.items()
            if key not in self.read.unknown and self._leaves_login(key, known)
        }
        if not left:
            return
        own = self.known.people.keys()
        waiting = Person.objects.filter(source=self._source, user__username__contains="~")
        for key, login in waiting.values_list("external_id", "user__username"):
            if key not in own and any(logins.is_made_of(login, other) for other in left):
                raise Whole("somebody leaves a login that somebody else has, too")

    def _leaves_login(self, key: uuid.UUID, known: state.PersonState) -> bool:
        entry = self._people.get(key)
        return entry is None or entry.login != known.login or entry.disabled > known.closed

    def _place_groups(self, lists: Mapping[uuid.UUID, set[str]]) -> None:
        """Tell which groups are in which, as far as those that list them were not written."""
        here, known = self.read.groups, self.known.groups
        moved = {
            key
            for key, group in self.changes.groups.items()
            if key not in known or known[key].gone or known[key].fields[1] != group.dn
        }
        self._has_moved |= bool(moved & known.keys())
        before: dict[uuid.UUID, Ids] = {child: set() for child in moved}
        for parent, child in listing.pairs(self.known.edges):
            if not {parent, child} <= here.keys():
                continue
            if child in self._unseen or (parent not in lists and child not in moved):
                here[parent].groups.add(child)
            elif child in moved:
                before[child].add(parent)
        for child in moved:
            parents = self._groups_of(here[child].dn, of=moved)
            self._loses_by_name |= bool(before[child] - parents - lists.keys())
            for parent in parents - lists.keys():
                here[parent].groups.add(child)

    def _place_people(self, lists: Mapping[uuid.UUID, set[str]]) -> None:
        """Tell in which groups people are, as far as these do not say it themselves."""
        here, known, changes = self.read.groups, self.known.people, self.changes
        moved = {
            key
            for key, person in self._people.items()
            if key not in known or known[key].listed_by != person.listed_by
        }
        self._has_moved |= bool(moved & known.keys())
        before: dict[uuid.UUID, Ids] = {person: set() for person in moved}
        for group, person in listing.pairs(self.known.members):
            if person not in self._people or group not in here or group in lists:
                continue
            if person in moved:
                before[person].add(group)
            else:
                here[group].people.add(person)
        for group, listed in lists.items():
            here[group].people |= {
                key
                for key, person in self._people.items()
                if not listed.isdisjoint(person.listed_by)
            }
        written.find_primary_groups(self._connection, changes)
        for person, sid in changes.primary.items():
            if (primary := changes.sids[sid]) is not None and primary in here:
                here[primary].people.add(person)
                before.get(person, set()).discard(primary)
        for person in moved:
            entry = self._people[person]
            shown = self._groups_of(entry.dn, entry.listed_as, of=moved)
            self._loses_by_name |= bool(before[person] - shown)
            for group in shown - lists.keys():
                here[group].people.add(person)

    def _groups_of(self, dn: str, login: str = "", *, of: Ids) -> Ids:
        if len(of) > _MOST_MOVED:
            raise TooMany(f"{len(of)} entries have new names")
        return lookups.groups_of(self._connection, dn, login) & self.read.groups.keys()

    def _carry_those_below(self) -> None:
        """Bring in whom groups lead elsewhere now: everybody below those that were put elsewhere.

        What such people are themselves is not asked: it stays.
        """
        here, known = self.read.groups, self.known
        edges = {(parent, child) for parent, group in here.items() for child in group.groups}
        there = {key for key, group in known.groups.items() if not group.gone}
        before = {pair for pair in listing.pairs(known.edges) if there.issuperset(pair)}
        touched = {child for _, child in edges ^ before}
        touched |= {
            key for key in there if key not in here or here[key].name != known.groups[key].fields[0]
        }
        ruled = closure.below({rule.group for rule in self.rules}, edges | before)
        below = closure.below(touched & ruled, edges | before)
        rows = GroupMember.objects.filter(
            group__in=[known.groups[key].pk for key in below if key in known.groups]
        )
        ids = set(rows.values_list("person__external_id", flat=True)[: MOST_BELOW + 1])
        if len(ids) > MOST_BELOW:
            raise TooMany(f"more than {MOST_BELOW} people are below groups that were put elsewhere")
        others = ids - known.people.keys()
        state.add_people(known, self._source, others)
        self.read.unknown |= others
        for group, listed in known.members.items():
            if group in here:
                here[group].people |= listed & others


def _doubt(connection: Connection, source: DirectorySource, part: _Part, found: diff.Diff) -> None:
    """Raise Whole where it takes a reading of everything to tell whether `found` is believed."""
    if found.reactivate:
        raise Whole("an account is not shown closed any more")
    for entry, changed in found.update.values():
        if emptied := [name for name in changed if not getattr(entry, name)]:
            raise Whole(f"somebody is shown without {emptied[0]}")
        for field in connection.config.schema.person:
            # The field is read from another attribute then.
            missing = set(part.before.shown).intersection(field.attributes)
            missing -= part.changes.shown[entry.external_id]
            if missing and field.name in changed:
                raise Whole(f"somebody is shown without {missing.pop()}")
    state.count_beyond(part.known, source)
    schema, limits = connection.config.schema, config.limits()
    reading = valves.Reading(
        found, part.known, part.rules, schema, limits, lately=lately.before(source, None)
    )
    doubts = valves.judge(reading)
    if doubts.holds:
        raise Whole(f"it may have to be held: {doubts.holds[0].code}")
