"""The hash chain that makes a change of the journal show."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from directory.models import JournalEntry, JournalHead


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where the journal is not as it was written: sequence number and what is wrong."""

    sequence: int
    what: str


def canonical(payload: Any) -> str:
    """Return `payload` as JSON text in one form only.

    Raises TypeError on what the databases would not give back to the letter: floats,
    and keys that are not text.
    """
    _refuse_inexact(payload)
    return json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _refuse_inexact(value: Any) -> None:
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


def verify(*, anchor: tuple[int, str] | None = None) -> Iterator[Fault]:
    """Yield each fault of the journal: changed, missing, added or reordered entries.

    `anchor`: a (sequence, hash) noted earlier outside of the database; a journal rewritten
    from end to end is told by it alone.
    """
    expected, previous = 1, ""
    anchored = anchor is None
    for entry in JournalEntry.objects.order_by("sequence").iterator(chunk_size=2000):
        if entry.sequence != expected:
            yield Fault(expected, f"{entry.sequence - expected} entries are missing")
            expected = entry.sequence
        if entry.previous_hash != previous:
            yield Fault(entry.sequence, "does not follow from the entry before")
        if entry.hash != digest(entry):
            yield Fault(entry.sequence, "was changed after it was written")
        if anchor is not None and entry.sequence == anchor[0]:
            anchored = True
            if entry.hash != anchor[1]:
                yield Fault(entry.sequence, "is not the entry that the anchor names")
        expected, previous = entry.sequence + 1, entry.hash
    head = JournalHead.objects.get(pk=1)
    if head.sequence != expected - 1:
        yield Fault(expected, f"the journal ends at {expected - 1}, its head says {head.sequence}")
    elif head.hash != previous:
        yield Fault(head.sequence, "the head does not carry the hash of the last entry")
    if anchor is not None and not anchored:
        yield Fault(anchor[0], "the entry that the anchor names is missing")
