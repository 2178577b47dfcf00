"""Bringing people in from a directory, and keeping them as it says.

Each function takes many people at once, so that a first import is a few statements; it
leaves one entry in the journal for each person. Identity is (source, external_id) alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from secrets import token_urlsafe
from typing import Final

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils import timezone

from directory import events, journal, password_marks
from directory.actions.sessions import end_sessions
from directory.batching import AT_ONCE, batched
from directory.ldap.entries import PersonEntry
from directory.ldap.schemas import PERSON_FIELDS
from directory.models import DirectorySource, Person, User
from directory.models.user import KEPT, keep_names
from directory.password_marks import Meaning


def import_people(
    *,
    actor: User | None,
    source: DirectorySource,
    entries: Sequence[PersonEntry],
    logins: Mapping[uuid.UUID, str],
) -> dict[uuid.UUID, User]:
    """Make an account and a person for each of `entries`, with the login given for it.

    Those that are there already are left alone. Returns the new accounts by identifier.
    """
    with journal.transaction():
        known = _known(source, [entry.external_id for entry in entries])
        new = [entry for entry in entries if entry.external_id not in known]
        now = timezone.now()
        people = [_new_person(source, entry, logins[entry.external_id], now) for entry in new]
        users = User.objects.bulk_create((person.user for person in people), batch_size=AT_ONCE)
        for person, user in zip(people, users, strict=True):
            person.user = user  # which has a number now
        Person.objects.bulk_create(people, batch_size=AT_ONCE)
        for user, entry in zip(users, new, strict=True):
            journal.append(
                events.PERSON_IMPORTED,
                obj=user,
                actor=actor,
                payload={"source": source.slug, "active": not entry.disabled},
            )
    return {entry.external_id: user for user, entry in zip(users, new, strict=True)}


def _new_person(source: DirectorySource, entry: PersonEntry, login: str, now: datetime) -> Person:
    """Return an unsaved person with their unsaved account."""
    user = User(
        username=login,
        # As Django's own, whose forty random choices were a sixth of an import.
        password=f"{UNUSABLE_PASSWORD_PREFIX}{token_urlsafe(30)}",
        is_active=not entry.disabled,
        language=entry.language,
        **user_fields(entry),
    )
    person = Person(
        user=user,
        source=source,
        external_id=entry.external_id,
        disabled_at=now if entry.disabled else None,
        seen_at=now,
        password_mark=entry.password_mark,
        dn_key=entry.dn_key,
        login_key=entry.login_key,
        **person_fields(entry),
    )
    keep_names(user, person)
    return person


def update_people(
    *,
    actor: User | None,
    source: DirectorySource,
    changes: Mapping[uuid.UUID, tuple[PersonEntry, Sequence[str]]],
) -> None:
    """Write what the directory now says of people; with each, the names of what changed."""
    with journal.transaction():
        now = timezone.now()
        people = _people(source, changes)
        for person in people:
            entry, _names = changes[person.external_id]
            _set(person, person_fields(entry) | {"seen_at": now})
            _set(person.user, user_fields(entry))
            keep_names(person.user, person)
        Person.objects.bulk_update(people, [*PERSON_FIELDS, "seen_at"], batch_size=AT_ONCE // 4)
        User.objects.bulk_update(
            [person.user for person in people], [*_OF_USER, *KEPT], batch_size=AT_ONCE
        )
        for person in people:
            journal.append(
                events.PERSON_UPDATED,
                obj=person.user,
                actor=actor,
                payload={"fields": list(changes[person.external_id][1])},
            )


def note_names(*, source: DirectorySource, keys: Mapping[uuid.UUID, tuple[str, str]]) -> None:
    """Keep by which names and logins groups list people now (`dn_key`, `login_key`).

    Where an entry lies is nothing that the journal tells.
    """
    with transaction.atomic():
        for some in batched(sorted(keys)):
            people = _people(source, some)
            for person in people:
                person.dn_key, person.login_key = keys[person.external_id]
            Person.objects.bulk_update(people, ["dn_key", "login_key"])


def rename_logins(*, actor: User | None, logins: Mapping[int, str]) -> None:
    """Give accounts (by id) other logins, also where they exchange them among themselves."""
    with journal.transaction():
        users = {
            user.pk: user
            for some in batched(sorted(logins))
            for user in User.objects.select_related("person").filter(pk__in=some)
        }
        old = {pk: user.username for pk, user in users.items()}
        for step in (lambda pk: f"~{uuid.uuid4().hex}", logins.__getitem__):
            for pk, user in users.items():
                user.username = step(pk)
                keep_names(user, getattr(user, "person", None))
            User.objects.bulk_update(users.values(), ["username", *KEPT], batch_size=AT_ONCE)
        for pk, user in users.items():
            journal.append(
                events.PERSON_UPDATED,
                obj=user,
                actor=actor,
                payload={"fields": ["login"], "from": old[pk], "to": user.username},
            )


def deactivate_people(
    *, actor: User | None, source: DirectorySource, ids: Collection[uuid.UUID], why: str
) -> None:
    """Close accounts: nothing may be done with them from the next request on.

    `why`: "disabled" where the directory says so, "absent" where it has them no more.
    """
    with journal.transaction():
        now = timezone.now()
        for person in _people(source, ids):
            if not person.user.is_active and person.disabled_at is not None:
                continue
            Person.objects.filter(pk=person.pk).update(disabled_at=now)
            User.objects.filter(pk=person.user_id).update(is_active=False)
            journal.append(
                events.PERSON_DEACTIVATED, obj=person.user, actor=actor, payload={"why": why}
            )


def reactivate_people(
    *, actor: User | None, source: DirectorySource, ids: Collection[uuid.UUID]
) -> None:
    """Open accounts again that the directory had closed, but for those closed by hand."""
    with journal.transaction():
        now = timezone.now()
        for person in _people(source, ids):
            Person.objects.filter(pk=person.pk).update(disabled_at=None, seen_at=now)
            if User.objects.filter(pk=person.user_id, closed_at=None).update(is_active=True):
                journal.append(events.PERSON_REACTIVATED, obj=person.user, actor=actor)


def note_passwords(
    *,
    actor: User | None,
    source: DirectorySource,
    marks: Mapping[uuid.UUID, str],
    read_at: datetime | None,
    signing_in: bool = False,
) -> None:
    """Keep what the directory says of when passwords were changed; see `password_marks`.

    Whose password was changed loses every session: whoever knew the old one may be in one.
    `read_at`: when the directory was last read. `signing_in`: the person is about to open a
    session.
    """
    with journal.transaction():
        noted, changed = [], []
        for person in _people(source, marks):
            mark, kept = marks[person.external_id], person.password_mark
            former = person.former_marks
            said = password_marks.meaning(mark, kept=kept, former=former, read_at=read_at)
            if said is Meaning.BEHIND and signing_in:
                # A copy that lags may have taken the old password: forgetting the mark of
                # now, the next reading finds it new and ends this session.
                person.former_marks = [known for known in former if known != mark]
            elif said in (Meaning.NOTED, Meaning.CHANGED):
                person.former_marks = password_marks.remembered(kept, former)
            else:
                continue
            person.password_mark = mark
            noted.append(person)
            if said is Meaning.CHANGED:
                changed.append(person.user)
        Person.objects.bulk_update(
            noted, ["password_mark", "former_marks"], batch_size=AT_ONCE // 2
        )
        end_sessions(actor=actor, users=changed, why="password")


def person_fields(entry: PersonEntry) -> dict[str, object]:
    """Return the fields of `Person` that the directory fills."""
    return {name: getattr(entry, name) for name in PERSON_FIELDS}


def user_fields(entry: PersonEntry) -> dict[str, object]:
    """Return the fields of `User` that the directory fills, but for the login."""
    return {name: value_of(entry) for name, value_of in _OF_USER.items()}


_OF_USER: Final[Mapping[str, Callable[[PersonEntry], str]]] = {
    "first_name": lambda entry: (entry.given_name or entry.display_name)[:150],
    "last_name": lambda entry: entry.family_name[:150],
    "email": lambda entry: entry.mail,
}


def _set(row: Person | User, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _known(source: DirectorySource, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    return {
        key
        for some in batched(sorted(ids))
        for key in Person.objects.filter(source=source, external_id__in=some).values_list(
            "external_id", flat=True
        )
    }


def _people(source: DirectorySource, ids: Iterable[uuid.UUID]) -> list[Person]:
    return [
        person
        for some in batched(sorted(ids))
        for person in Person.objects.select_related("user").filter(
            source=source, external_id__in=some
        )
    ]
