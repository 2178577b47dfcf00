"""Writing what a reading of the directory changes: one transaction, revocations first."""

from __future__ import annotations

import uuid

from django.db.models import Q
from django.utils import timezone

from directory import journal
from directory.actions import people
from directory.batching import AT_ONCE, batched
from directory.models import DirectorySource, DirGroup, GroupEdge, GroupMember, Person, User

from . import listing, memberships
from .diff import Diff
from .listing import Listing
from .state import GROUP_FIELDS, State


def apply(source: DirectorySource, state: State, diff: Diff, *, actor: User | None) -> None:
    """Write `diff`. Raises IntegrityError where the rows changed since they were compared."""
    with journal.transaction():
        memberships.apply(source, memberships.Changes(remove=diff.memberships.remove), actor=actor)
        apply_explicit(source, state, diff, actor=actor)
        people.deactivate_people(actor=actor, source=source, ids=diff.absent, why="absent")
        if diff.rename:
            people.rename_logins(actor=actor, logins=diff.rename)
        people.update_people(actor=actor, source=source, changes=diff.update)
        people.note_names(source=source, keys=diff.moved)
        people.reactivate_people(actor=actor, source=source, ids=diff.reactivate)
        people.import_people(actor=actor, source=source, entries=diff.create, logins=diff.logins)
        groups = _apply_groups(source, state, diff)
        _apply_members(source, state, diff, groups)
        memberships.apply(
            source,
            memberships.Changes(add=diff.memberships.add, reroute=diff.memberships.reroute),
            actor=actor,
        )


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
) -> None:
    """Write whom and what `groups` (numbers by identifier) list."""
    if not (diff.edges_add or diff.edges_remove or diff.members_add or diff.members_remove):
        return
    persons = {key: known.pk for key, known in state.people.items()}
    for some in batched(entry.external_id for entry in diff.create):
        new = Person.objects.filter(source=source, external_id__in=some)
        persons |= dict(new.values_list("external_id", "pk"))
    _delete_pairs(GroupEdge, "parent_id", "child_id", diff.edges_remove, groups, groups)
    _delete_pairs(GroupMember, "group_id", "person_id", diff.members_remove, groups, persons)
    GroupEdge.objects.bulk_create(
        [
            GroupEdge(parent_id=groups[parent], child_id=groups[child])
            for parent, child in sorted(listing.pairs(diff.edges_add))
        ],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )
    GroupMember.objects.bulk_create(
        [
            GroupMember(group_id=groups[group], person_id=persons[person])
            for group, person in sorted(listing.pairs(diff.members_add))
        ],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )


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
