"""The hash chain that makes a change of the journal show."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db import DatabaseError
from django.db.models import QuerySet

from directory.models import JournalEntry, JournalHead


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the journal is not as it was written: sequence number and what is wrong."""

    sequence: int
    what: str


def canonical(payload: object) -> str:
    """Return `payload` as JSON text in one form only.

    Raises TypeError on what the databases would not give back to the letter: floats,
    and keys that are not text.
    """
    _refuse_inexact(payload)
    return json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _refuse_inexact(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("A journal payload holds no float: write an integer or text.")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("The keys of a journal payload are text.")
            _refuse_inexact(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_inexact(inner)


def digest(entry: JournalEntry) -> str:
    """Return the SHA-256, in hexadecimal, of the fields of `entry` and of `previous_hash`."""
    fields = [
        str(entry.sequence),
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "" if entry.actor_id is None else str(entry.actor_id),
        entry.actor_name,
        entry.action,
        entry.object_type,
        entry.object_id,
        "" if entry.scope_id is None else str(entry.scope_id),
        entry.outcome,
        entry.request_id,
        canonical(entry.payload),
        entry.previous_hash,
    ]
    # JSON keeps the borders between fields: no two lists of fields give the same text.
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def verify(*, anchors: Iterable[tuple[int, str]] = ()) -> Iterator[Fault]:
    """Yield each fault of the journal: changed, damaged, missing, added or reordered entries.

    `anchors`: (sequence, hash) noted earlier outside of the database; a journal rewritten
    from end to end is told by them alone. A fault does not end the check. Entries that are
    written meanwhile are looked at too; memory does not grow with the journal.
    """
    noted: dict[int, list[str]] = {}
    for sequence, value in anchors:
        noted.setdefault(sequence, []).append(value)
    last, previous = 0, ""
    head: JournalHead | None = None
    unreadable = ""
    asked = False
    for sequence in JournalEntry.objects.filter(sequence__lt=1).values_list("sequence", flat=True):
        yield Fault(sequence, "is no number that the journal gives: the entry was added")
    while True:
        rows = _after(last)
        if not rows and asked:
            break
        # The head is asked for when nothing is left to read, and then what came meanwhile.
        asked = not rows
        if asked:
            head, unreadable = head_now()
        for row in rows:
            if row.sequence != last + 1:
                yield Fault(last + 1, f"{row.sequence - last - 1} entries are missing")
            if row.previous_hash != previous:
                yield Fault(row.sequence, "does not follow from the entry before")
            if row.damage:
                yield Fault(row.sequence, f"cannot be read: {row.damage}")
            elif row.hash != row.digest:
                yield Fault(row.sequence, "was changed after it was written")
            if any(value != row.hash for value in noted.pop(row.sequence, ())):
                yield Fault(row.sequence, "is not the entry that the anchor names")
            last, previous = row.sequence, row.hash
    if unreadable:
        yield Fault(last, f"the head cannot be read: {unreadable}")
    elif head is None:
        yield Fault(last, f"the journal has no head; its last entry is {last}:{previous}")
    elif head.sequence != last:
        yield Fault(last + 1, f"the journal ends at {last}, its head says {head.sequence}")
    elif head.hash != previous:
        yield Fault(head.sequence, "the head does not carry the hash of the last entry")
    for sequence in sorted(noted):
        yield Fault(sequence, "the entry that the anchor names is missing")


def head_now() -> tuple[JournalHead | None, str]:
    """Return the head, and what is wrong where it cannot be read."""
    try:
        return JournalHead.objects.filter(pk=1).first(), ""
    except DatabaseError as error:
        return None, f"{type(error).__name__}: {error}"[:200]


_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class _Row:
    """What the check needs of an entry; `damage`: why its digest could not be made."""

    sequence: int
    previous_hash: str
    hash: str
    digest: str = ""
    damage: str = ""


def _after(sequence: int) -> list[_Row]:
    """Return the next entries after `sequence`, also those that Django cannot load."""
    entries = JournalEntry.objects.filter(sequence__gt=sequence).order_by("sequence")[:_AT_ONCE]
    try:
        return [_row(entry) for entry in entries]
    except Exception:  # noqa: BLE001  (a date, say, that is none: which row it is, is found below)
        numbers = list(entries.values_list("sequence", flat=True))
    return [_alone(number) for number in numbers]


def _row(entry: JournalEntry) -> _Row:
    return _Row(entry.sequence, entry.previous_hash, entry.hash, digest(entry))


def _alone(sequence: int) -> _Row:
    """Read one entry by itself."""
    found = JournalEntry.objects.filter(pk=sequence)
    damage = "it is gone"
    try:
        for entry in found:
            return _row(entry)
    except Exception as error:  # noqa: BLE001  (whatever is wrong with it is told as a fault)
        damage = f"{type(error).__name__}: {error}"[:200]
    links = _link(found, "previous_hash"), _link(found, "hash")
    return _Row(sequence, links[0], links[1], damage=damage)


def _link(found: QuerySet[JournalEntry], name: str) -> str:
    """Return a hash of an entry that is damaged, "" where it is the hash that is."""
    try:
        return found.values_list(name, flat=True).first() or ""
    except DatabaseError:
        return ""
