"""What the last reading of a directory left in the database."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final

from django.db.models import Count, QuerySet

from directory.batching import batched
from directory.ldap.entries import PersonEntry
from directory.ldap.schemas import PERSON_FIELDS
from directory.models import (
    AccessGroup,
    DirectorySource,
    GroupEdge,
    GroupMember,
    GroupRule,
    Membership,
    Person,
    Role,
    User,
)

from . import closure, listing, memberships
from .listing import Listing

_Key = memberships.Key


@dataclass(frozen=True, slots=True)
class PersonState:
    """A person as stored. `closed`: the directory had the account closed.

    `password_mark` is None where the directory was never asked for it; `former_marks` came
    before it; `listed_by`: what stands for the name and for the login by which groups list them.
    """

    pk: int
    account: int
    login: str
    active: bool
    closed: bool
    fields: tuple[str, ...]
    password_mark: str | None = None
    former_marks: tuple[str, ...] = ()
    listed_by: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group as stored. `ruled`: a rule names it."""

    pk: int
    fields: tuple[str, ...]
    gone: bool
    ruled: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many people, people with an open account, and memberships by access group."""

    people: int = 0
    active: int = 0
    memberships: Counter[int] = field(default_factory=Counter)

    def __sub__(self, other: Numbers) -> Numbers:
        return Numbers(
            self.people - other.people,
            self.active - other.active,
            self.memberships - other.memberships,
        )


@dataclass(slots=True)
class State:
    """People, groups and memberships of one directory, by immutable identifier.

    `read_at`: when the directory was last read, None for never. `others_who_keep`: of each
    access group in which somebody must remain, how many with an open account are in it who are
    not told here; `by_hand`: who of those told here is in it by hand. `beyond`: what there is of
    the directory beside.
    """

    read_at: datetime | None = None
    people: dict[uuid.UUID, PersonState] = field(default_factory=dict)
    groups: dict[uuid.UUID, GroupState] = field(default_factory=dict)
    edges: Listing = field(default_factory=dict)
    members: Listing = field(default_factory=dict)
    memberships: dict[memberships.Key, closure.Path] = field(default_factory=dict)
    other_logins: set[str] = field(default_factory=set)
    others_who_keep: dict[int, int] = field(default_factory=dict)
    by_hand: set[_Key] = field(default_factory=set)
    beyond: Numbers = field(default_factory=Numbers)

    @property
    def numbers(self) -> Numbers:
        """How many there are in all."""
        return Numbers(
            len(self.people) + self.beyond.people,
            sum(person.active for person in self.people.values()) + self.beyond.active,
            Counter(group for group, _ in self.memberships) + self.beyond.memberships,
        )


_DIRECTORY: Final = Membership.Origin.DIRECTORY
KEPT_ROLES: Final = (Role.HEAD, Role.IT_ADMIN)
"""Somebody must remain in the groups of these roles."""
GROUP_FIELDS = ("name", "dn", "description")


def load(
    source: DirectorySource,
    *,
    read_at: datetime | None = None,
    shown: Mapping[uuid.UUID, PersonEntry] | None = None,
) -> State:
    """Read the state of `source`, last read at `read_at`; nine queries, whatever its size.

    `shown`: who was read from the directory. What is stored of them alike is kept once.
    """
    state = State(read_at=read_at)
    _load_people(state, Person.objects.filter(source=source), shown or {})
    _load_groups(state, source)
    _load_members(state, GroupMember.objects.filter(group__source=source))
    accounts = {known.account: key for key, known in state.people.items()}
    state.memberships = memberships.present(source, accounts)
    state.other_logins = set(
        User.objects.exclude(person__source=source).values_list("username", flat=True)
    )
    _load_who_keep(state, _keeping().exclude(origin=_DIRECTORY, user__person__source=source))
    return state


def load_groups(source: DirectorySource, *, read_at: datetime | None) -> State:
    """Read the groups of `source` alone: `add_people` reads whom one wants to know of.

    `other_logins` are left out, as is what lies `beyond`, which `count_beyond` tells.
    """
    state = State(read_at=read_at)
    _load_groups(state, source)
    return state


def add_people(state: State, source: DirectorySource, ids: Collection[uuid.UUID]) -> None:
    """Read what is stored of the people who have one of `ids`, and where they are members."""
    for some in batched(sorted(ids - state.people.keys())):
        _load_people(state, Person.objects.filter(source=source, external_id__in=some), {})
        new = {key: state.people[key] for key in some if key in state.people}
        listed = GroupMember.objects.filter(
            group__source=source, person__in=[known.pk for known in new.values()]
        )
        _load_members(state, listed)
        accounts = {known.account: key for key, known in new.items()}
        state.memberships |= memberships.present(source, accounts, among=accounts)


def count_beyond(state: State, source: DirectorySource) -> None:
    """Tell `state`, a part, of those of `source` that are not in it."""
    everybody = Person.objects.filter(source=source)
    whole = Numbers(
        everybody.count(),
        everybody.filter(user__is_active=True).count(),
        Counter(
            dict(
                Membership.objects.filter(origin=_DIRECTORY, user__person__source=source)
                .values_list("access_group")
                .annotate(number=Count("pk"))
            )
        ),
    )
    state.beyond = whole - state.numbers
    _load_who_keep(state, _keeping())


def _load_who_keep(state: State, rows: QuerySet[Membership]) -> None:
    own = {known.account: key for key, known in state.people.items()}
    state.others_who_keep = dict.fromkeys(
        AccessGroup.objects.filter(role__in=KEPT_ROLES).values_list("pk", flat=True), 0
    )
    for group, user, origin in rows.values_list("access_group", "user", "origin"):
        if user not in own:
            state.others_who_keep[group] += 1
        elif origin != _DIRECTORY:
            state.by_hand.add((group, own[user]))


def _keeping() -> QuerySet[Membership]:
    return Membership.objects.filter(access_group__role__in=KEPT_ROLES, user__is_active=True)


def _load_people(
    state: State, people: QuerySet[Person], shown: Mapping[uuid.UUID, PersonEntry]
) -> None:
    same = {key: key for key in shown}
    for (
        external_id,
        pk,
        account,
        login,
        active,
        closed,
        mark,
        former,
        dn_key,
        login_key,
        *stored,
    ) in people.values_list(
        "external_id",
        "pk",
        "user_id",
        "user__username",
        "user__is_active",
        "disabled_at",
        "password_mark",
        "former_marks",
        "dn_key",
        "login_key",
        *PERSON_FIELDS,
    ):
        key, fields = same.get(external_id, external_id), tuple(stored)
        listed_by = (dn_key, login_key)
        if (entry := shown.get(key)) is not None:
            # Fifty thousand times the same texts twice would be a tenth of what a reading takes.
            login = entry.login if entry.login == login else login
            listed_by = entry.listed_by if entry.listed_by == listed_by else listed_by
            fields = entry.fields if entry.fields == fields else fields
        state.people[key] = PersonState(
            pk,
            account,
            login,
            active,
            closed is not None,
            fields,
            mark,
            tuple(former),
            listed_by,
        )


def _load_groups(state: State, source: DirectorySource) -> None:
    ruled = set(
        GroupRule.objects.filter(dir_group__source=source).values_list("dir_group_id", flat=True)
    )
    for key, pk, gone, *fields in source.groups.values_list(
        "external_id", "pk", "gone_at", *GROUP_FIELDS
    ):
        state.groups[key] = GroupState(pk, tuple(fields), gone is not None, pk in ruled)
    groups = {known.pk: key for key, known in state.groups.items()}
    edges = GroupEdge.objects.filter(parent__source=source).values_list("parent_id", "child_id")
    state.edges = listing.of_pairs(
        (groups[parent], groups[child]) for parent, child in edges.iterator()
    )


def _load_members(state: State, members: QuerySet[GroupMember]) -> None:
    """Rows by their numbers: identifiers of half a million of them would be read one by one."""
    groups = {known.pk: key for key, known in state.groups.items()}
    people = {known.pk: key for key, known in state.people.items()}
    rows = members.order_by("group_id").values_list("group_id", "person_id")
    for group, listed in groupby(rows.iterator(), itemgetter(0)):
        # Who signs in for the first time meanwhile is not among the people yet.
        found = {people[person] for _, person in listed if person in people}
        state.members.setdefault(groups[group], set()).update(found)
