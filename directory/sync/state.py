"""What the last reading of a directory left in the database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from directory.ldap.schemas import PERSON_FIELDS
from directory.models import DirectorySource, GroupEdge, GroupMember, GroupRule, Person, User

from . import closure, memberships

Pair = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True, slots=True)
class PersonState:
    """A person as stored. `closed`: the directory had the account closed.

    `password_mark` is None where the directory was never asked for it; `former_marks` came
    before it.
    """

    pk: int
    account: int
    login: str
    active: bool
    closed: bool
    fields: tuple[str, ...]
    password_mark: str | None = None
    former_marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group as stored. `ruled`: a rule names it."""

    pk: int
    fields: tuple[str, ...]
    gone: bool
    ruled: bool


@dataclass(slots=True)
class State:
    """People, groups and memberships of one directory, by immutable identifier.

    `read_at`: when the directory was last read, None for never.
    """

    read_at: datetime | None = None
    people: dict[uuid.UUID, PersonState] = field(default_factory=dict)
    groups: dict[uuid.UUID, GroupState] = field(default_factory=dict)
    edges: set[Pair] = field(default_factory=set)
    members: set[Pair] = field(default_factory=set)
    memberships: dict[memberships.Key, closure.Path] = field(default_factory=dict)
    other_logins: set[str] = field(default_factory=set)

    @property
    def active(self) -> int:
        """How many people have an open account."""
        return sum(person.active for person in self.people.values())


GROUP_FIELDS = ("name", "dn", "description")


def load(source: DirectorySource, *, read_at: datetime | None = None) -> State:
    """Read the state of `source`, last read at `read_at`; seven queries, whatever its size."""
    state = State(read_at=read_at)
    for key, pk, account, login, active, closed, mark, former, *fields in Person.objects.filter(
        source=source
    ).values_list(
        "external_id",
        "pk",
        "user_id",
        "user__username",
        "user__is_active",
        "disabled_at",
        "password_mark",
        "former_marks",
        *PERSON_FIELDS,
    ):
        state.people[key] = PersonState(
            pk, account, login, active, closed is not None, tuple(fields), mark, tuple(former)
        )
    ruled = set(
        GroupRule.objects.filter(dir_group__source=source).values_list("dir_group_id", flat=True)
    )
    for key, pk, gone, *fields in source.groups.values_list(
        "external_id", "pk", "gone_at", *GROUP_FIELDS
    ):
        state.groups[key] = GroupState(pk, tuple(fields), gone is not None, pk in ruled)
    state.edges = set(
        GroupEdge.objects.filter(parent__source=source).values_list(
            "parent__external_id", "child__external_id"
        )
    )
    state.members = set(
        GroupMember.objects.filter(group__source=source).values_list(
            "group__external_id", "person__external_id"
        )
    )
    state.memberships = memberships.present(source)
    state.other_logins = set(
        User.objects.exclude(person__source=source).values_list("username", flat=True)
    )
    return state
