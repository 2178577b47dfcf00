"""How entries get into the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import models
from django.db import transaction as database
from django.utils import timezone

from directory import context, wakeup
from directory.access import memory
from directory.models import AccessScope, JournalEntry, JournalHead, User

from .chain import canonical, digest
from .events import Event


@dataclass(slots=True)
class Pending:
    """An entry that waits for its number; `sequence` is 0 until the transaction numbers it."""

    entry: JournalEntry
    then: Callable[[int], None] | None = None
    sequence: int = 0


@dataclass(slots=True)
class _Transaction:
    pending: list[Pending] = field(default_factory=list)


_current: ContextVar[_Transaction | None] = ContextVar("journal_transaction", default=None)


@contextmanager
def transaction() -> Iterator[None]:
    """Make what is inside one database transaction, with its journal entries.

    Nested uses join the outermost one, which numbers the entries as its very last act:
    the lock on the head of the journal is held for no longer than that, and the order of
    numbers is the order of commits.
    """
    outer = _current.get()
    if outer is not None:
        # A part that fails and is caught must take its entries back with its rows.
        mark = len(outer.pending)
        try:
            with database.atomic():
                yield
        except BaseException:
            del outer.pending[mark:]
            raise
        return
    memory.forget()
    with database.atomic():
        own = _Transaction()
        token = _current.set(own)
        try:
            yield
        finally:
            _current.reset(token)
        if own.pending:
            _write(own.pending)


def under_way() -> bool:
    """Tell whether a transaction of the journal is open here."""
    return _current.get() is not None


def lock() -> None:
    """Keep other entries waiting until the transaction under way ends.

    For an entry that depends on what the journal holds: what is read after this still holds
    when the entry is numbered. It comes after every other lock, as numbering does. SQLite's
    transactions exclude one another anyway.
    Raises RuntimeError outside of `journal.transaction()`.
    """
    if not under_way():
        raise RuntimeError("journal.lock() belongs inside `with journal.transaction():`")
    _locked_head()


def append(
    event: Event,
    *,
    actor: User | None,
    obj: models.Model | None = None,
    scope: AccessScope | int | None = None,
    outcome: str = JournalEntry.Outcome.DONE,
    payload: Mapping[str, object] | None = None,
    then: Callable[[int], None] | None = None,
) -> Pending:
    """Add an entry to the transaction under way.

    `actor` None where Marigot itself acted; `then` is called with the sequence number, in the
    same transaction, once it is known.
    Raises RuntimeError outside of `journal.transaction()`, TypeError on a payload that
    cannot be kept to the letter; see `Event.look_over` for one that is not the event's.
    """
    current = _current.get()
    if current is None:
        raise RuntimeError("journal.append() belongs inside `with journal.transaction():`")
    details = json.loads(canonical(payload or {}))
    event.look_over(details)
    entry = JournalEntry(
        actor=actor,
        actor_name=str(actor)[:200] if actor else "",
        action=event.name,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        scope_id=scope.pk if isinstance(scope, AccessScope) else scope,
        outcome=outcome,
        request_id=context.request_id.get(),
        payload=details,
    )
    pending = Pending(entry, then)
    current.pending.append(pending)
    return pending


def last_sequence() -> int:
    """Return the number of the newest entry, 0 in an empty journal; one query."""
    return JournalHead.objects.filter(pk=1).values_list("sequence", flat=True).first() or 0


def _locked_head() -> JournalHead:
    head = JournalHead.objects.select_for_update().filter(pk=1).first()
    if head is None:
        raise RuntimeError("The journal has no head: run `manage.py migrate`.")
    return head


def _write(pending: list[Pending]) -> None:
    head = _locked_head()
    now = timezone.now()
    for item in pending:
        entry = item.entry
        head.sequence += 1
        entry.sequence, entry.at, entry.previous_hash = head.sequence, now, head.hash
        entry.hash = head.hash = digest(entry)
        item.sequence = entry.sequence
    JournalEntry.objects.bulk_create([item.entry for item in pending], batch_size=200)
    head.save(update_fields=["sequence", "hash"])
    for item in pending:
        if item.then is not None:
            item.then(item.sequence)
    database.on_commit(wakeup.notify, robust=True)
