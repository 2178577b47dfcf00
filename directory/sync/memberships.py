"""Making memberships follow the directory's groups and the rules."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from directory import events, journal
from directory.actions.memberships import follow_memberships
from directory.batching import AT_ONCE, batched
from directory.models import DirectorySource, DirGroup, GroupMember, Membership, Person, User

from . import closure

Key = tuple[int, uuid.UUID]
"""An access group (its id) and a person (their external identifier)."""


@dataclass(slots=True)
class Changes:
    """Memberships to take away, to give, and to give another way (`via`) to."""

    remove: set[Key] = field(default_factory=set)
    add: dict[Key, closure.Path] = field(default_factory=dict)
    reroute: dict[Key, closure.Path] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.remove or self.add or self.reroute)


def accounts_of(source: DirectorySource, *, person: Person | None = None) -> dict[int, uuid.UUID]:
    """Return the people of `source`, or `person` alone, by the ids of their accounts."""
    people = Person.objects.filter(source=source)
    if person is not None:
        people = people.filter(pk=person.pk)
    return dict(people.values_list("user_id", "external_id"))


def present(
    source: DirectorySource,
    accounts: Mapping[int, uuid.UUID],
    *,
    among: Collection[int] | None = None,
) -> dict[Key, closure.Path]:
    """Return the memberships that the directory has given so far to `accounts`.

    `among`: the only accounts that are asked for, a few.
    """
    rows = Membership.objects.filter(
        origin=Membership.Origin.DIRECTORY, user__person__source=source
    )
    if among is not None:
        rows = rows.filter(user__in=among)
    return {
        (group, accounts[user]): tuple(via)
        for group, user, via in rows.values_list("access_group_id", "user_id", "via").iterator()
        if user in accounts
    }


def compare(now: Mapping[Key, closure.Path], wanted: Mapping[Key, closure.Path]) -> Changes:
    """Return what makes `now` into `wanted`."""
    return Changes(
        remove=set(now) - set(wanted),
        add={key: path for key, path in wanted.items() if key not in now},
        reroute={key: path for key, path in wanted.items() if key in now and now[key] != path},
    )


def follow_rules(
    source: DirectorySource, *, person: Person | None = None, actor: User | None = None
) -> Changes:
    """Make memberships what the stored groups and the rules say; return what changed.

    With `person`, theirs alone. Asks no directory.
    """
    with journal.transaction():
        stored = closure.stored(source, person=person.pk if person else None)
        wanted = closure.effective(stored, closure.rules_of(source))
        accounts = accounts_of(source, person=person)
        among = accounts if person else None
        changes = compare(present(source, accounts, among=among), wanted)
        apply(source, changes, actor=actor)
    return changes


def apply(source: DirectorySource, changes: Changes, *, actor: User | None = None) -> None:
    """Write `changes`, revocations first; one journal entry for a person and a direction."""
    if not changes:
        return
    with journal.transaction():
        users = _users(source, {key for _, key in [*changes.remove, *changes.add]})
        rows = {
            (group, user): pk
            for some in batched([users[key].pk for key in users])
            for pk, group, user in Membership.objects.filter(
                origin=Membership.Origin.DIRECTORY, user_id__in=some
            ).values_list("pk", "access_group_id", "user_id")
        }
        gone = [
            rows[group, users[key].pk]
            for group, key in changes.remove
            if key in users and (group, users[key].pk) in rows
        ]
        for some in batched(gone):
            Membership.objects.filter(pk__in=some).delete()
        Membership.objects.bulk_create(
            [
                Membership(
                    access_group_id=group,
                    user=users[key],
                    origin=Membership.Origin.DIRECTORY,
                    via=list(path),
                )
                for (group, key), path in sorted(changes.add.items())
                if key in users and (group, users[key].pk) not in rows
            ],
            batch_size=AT_ONCE,
        )
        _reroute(source, changes.reroute)
        for batch in batched(sorted(user.pk for user in users.values())):
            follow_memberships(batch)
        _tell(users, changes.remove, events.MEMBERSHIP_REMOVED, actor)
        _tell(users, changes.add, events.MEMBERSHIP_ADDED, actor)


def note_groups(source: DirectorySource, person: Person, groups: Collection[uuid.UUID]) -> None:
    """Keep that the directory lists `person` in `groups`, of those that a sync has met."""
    known = DirGroup.objects.filter(source=source, external_id__in=groups)
    GroupMember.objects.bulk_create(
        [GroupMember(group=group, person=person) for group in known], ignore_conflicts=True
    )


def _reroute(source: DirectorySource, reroute: Mapping[Key, closure.Path]) -> None:
    ids = sorted({key for _, key in reroute})
    changed = []
    for some in batched(ids):
        for row in Membership.objects.filter(
            origin=Membership.Origin.DIRECTORY,
            user__person__source=source,
            user__person__external_id__in=some,
        ).select_related("user__person"):
            path = reroute.get((row.access_group_id, row.user.person.external_id))
            if path is not None:
                row.via = list(path)
                changed.append(row)
    Membership.objects.bulk_update(changed, ["via"], batch_size=AT_ONCE)


def _users(source: DirectorySource, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, User]:
    return {
        person.external_id: person.user
        for some in batched(sorted(ids))
        for person in Person.objects.select_related("user").filter(
            source=source, external_id__in=some
        )
    }


def _tell(
    users: Mapping[uuid.UUID, User],
    keys: Collection[Key],
    event: journal.Event,
    actor: User | None,
) -> None:
    groups: dict[uuid.UUID, list[int]] = {}
    for group, key in sorted(keys):
        groups.setdefault(key, []).append(group)
    for key in sorted(groups):
        if key in users:
            journal.append(
                event,
                obj=users[key],
                actor=actor,
                payload={
                    "access_groups": groups[key],
                    "origin": Membership.Origin.DIRECTORY.value,
                },
            )
