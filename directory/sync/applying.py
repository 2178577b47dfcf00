"""Writing what a reading of the directory changes, revocations first."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Final

from django.db.models import Q
from django.utils import timezone

from directory import journal
from directory.actions import people
from directory.batching import AT_ONCE, batched
from directory.bulk import insert_pairs
from directory.models import DirectorySource, DirGroup, GroupEdge, GroupMember, Person, User

from . import closure, listing, memberships
from .diff import Diff
from .listing import Listing
from .memberships import Key
from .state import GROUP_FIELDS, State

LARGE: Final = 2_000
"""With more than so many changes a reading is written in parts: nobody waits for the whole."""
_PEOPLE_AT_ONCE: Final = 500
_MEMBERS_AT_ONCE: Final = 20_000
_EDGE: Final = (GroupEdge._meta.get_field("parent"), GroupEdge._meta.get_field("child"))
_MEMBER: Final = (GroupMember._meta.get_field("group"), GroupMember._meta.get_field("person"))


def apply(source: DirectorySource, state: State, diff: Diff, *, actor: User | None) -> None:
    """Write `diff`. Raises IntegrityError where the rows changed since they were compared."""
    with journal.transaction():
        for _ in parts(source, state, diff, actor=actor):
            pass


def is_large(diff: Diff) -> bool:
    """Tell whether `diff` is to be written in parts."""
    people = len(diff.create) + len(diff.update) + len(diff.memberships.add)
    return people + listing.number(diff.members_add) > LARGE


def taken_away(diff: Diff) -> Diff:
    """Return what of `diff` the first of `parts` writes."""
    return Diff(
        disable=diff.disable,
        absent=diff.absent,
        passwords=diff.passwords,
        noted_marks=diff.noted_marks,
        memberships=memberships.Changes(remove=diff.memberships.remove),
    )


def parts(
    source: DirectorySource, state: State, diff: Diff, *, actor: User | None
) -> Iterator[None]:
    """Write `diff`, and yield wherever a transaction may end: first after what it takes away.

    Whatever was written by then, a reading that begins anew finds the rest. Raises as `apply`.
    """
    memberships.apply(source, memberships.Changes(remove=diff.memberships.remove), actor=actor)
    apply_explicit(source, state, diff, actor=actor)
    people.deactivate_people(actor=actor, source=source, ids=diff.absent, why="absent")
    yield
    if diff.rename:
        people.rename_logins(actor=actor, logins=diff.rename)
    people.reactivate_people(actor=actor, source=source, ids=diff.reactivate)
    yield
    for some in batched(diff.update.items(), _PEOPLE_AT_ONCE):
        people.update_people(actor=actor, source=source, changes=dict(some))
        yield
    for keys in batched(diff.moved.items(), _PEOPLE_AT_ONCE):
        people.note_names(source=source, keys=dict(keys))
        yield
    for entries in batched(diff.create, _PEOPLE_AT_ONCE):
        people.import_people(actor=actor, source=source, entries=entries, logins=diff.logins)
        yield
    groups = _apply_groups(source, state, diff)
    yield
    yield from _apply_members(source, state, diff, groups)
    gained = diff.memberships
    yield from _give(source, gained.add, actor=actor)
    memberships.apply(source, memberships.Changes(reroute=gained.reroute), actor=actor)


def apply_explicit(
    source: DirectorySource, state: State, diff: Diff, *, actor: User | None
) -> None:
    """Write only what the directory says in so many words: disabled accounts, new passwords."""
    people.deactivate_people(actor=actor, source=source, ids=diff.disable, why="disabled")
    people.note_passwords(
        actor=actor,
        source=source,
        marks=diff.passwords | diff.noted_marks,
        read_at=state.read_at,
    )


def _apply_groups(source: DirectorySource, state: State, diff: Diff) -> dict[uuid.UUID, int]:
    """Write which groups there are; return their numbers."""
    now = timezone.now()
    created = DirGroup.objects.bulk_create(
        [
            DirGroup(
                source=source,
                external_id=group.external_id,
                **{name: getattr(group, name) for name in GROUP_FIELDS},
            )
            for group in diff.groups_create
        ],
        batch_size=AT_ONCE,
    )
    changed = [
        DirGroup(
            pk=state.groups[key].pk,
            source=source,
            external_id=key,
            gone_at=None,
            **{name: getattr(group, name) for name in GROUP_FIELDS},
        )
        for key, group in diff.groups_update.items()
    ]
    DirGroup.objects.bulk_update(changed, [*GROUP_FIELDS, "gone_at"], batch_size=AT_ONCE // 4)
    gone = [state.groups[key] for key in diff.groups_gone]
    for some in batched([group.pk for group in gone if group.ruled]):
        DirGroup.objects.filter(pk__in=some).update(gone_at=now)
    for some in batched([group.pk for group in gone if not group.ruled]):
        DirGroup.objects.filter(pk__in=some, rules=None).delete()
        DirGroup.objects.filter(pk__in=some).update(gone_at=now)  # a rule came meanwhile
    numbers = {key: known.pk for key, known in state.groups.items()}
    return numbers | {group.external_id: group.pk for group in created}


def _apply_members(
    source: DirectorySource, state: State, diff: Diff, groups: dict[uuid.UUID, int]
) -> Iterator[None]:
    """Write whom and what `groups` (numbers by identifier) list; yields as `parts`."""
    if not (diff.edges_add or diff.edges_remove or diff.members_add or diff.members_remove):
        return
    persons = {key: known.pk for key, known in state.people.items()}
    for some in batched(entry.external_id for entry in diff.create):
        new = Person.objects.filter(source=source, external_id__in=some)
        persons |= dict(new.values_list("external_id", "pk"))
    _delete_pairs(GroupEdge, "parent_id", "child_id", diff.edges_remove, groups, groups)
    _delete_pairs(GroupMember, "group_id", "person_id", diff.members_remove, groups, persons)
    insert_pairs(*_EDGE, _numbers(diff.edges_add, groups, groups))
    yield
    for pairs in batched(_numbers(diff.members_add, groups, persons), _MEMBERS_AT_ONCE):
        insert_pairs(*_MEMBER, pairs)
        yield


def _numbers(
    listed: Listing, lefts: dict[uuid.UUID, int], rights: dict[uuid.UUID, int]
) -> Iterator[tuple[int, int]]:
    for group in sorted(listed):
        left = lefts[group]
        yield from ((left, right) for right in sorted(rights[one] for one in listed[group]))


def _give(
    source: DirectorySource, given: Mapping[Key, closure.Path], *, actor: User | None
) -> Iterator[None]:
    """Write memberships, all of a person at once; yields as `parts`."""
    of_person: dict[uuid.UUID, dict[Key, closure.Path]] = {}
    for key, path in given.items():
        of_person.setdefault(key[1], {})[key] = path
    for some in batched(sorted(of_person), _PEOPLE_AT_ONCE):
        add = {key: path for person in some for key, path in of_person[person].items()}
        memberships.apply(source, memberships.Changes(add=add), actor=actor)
        yield


def _delete_pairs(
    model: type[GroupEdge] | type[GroupMember],
    left: str,
    right: str,
    listed: Listing,
    lefts: dict[uuid.UUID, int],
    rights: dict[uuid.UUID, int],
) -> None:
    known = (
        (lefts[one], sorted(rights[other] for other in others if other in rights))
        for one, others in listed.items()
        if one in lefts
    )
    for some in batched(sorted(known), 100):
        condition = Q()
        for a, bs in some:
            condition |= Q(**{left: a, f"{right}__in": bs})
        model._default_manager.filter(condition).delete()
