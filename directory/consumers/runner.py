"""Running a consumer: lease, cursor, retry, parking, waking and polling."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Sequence

from django.db import DatabaseError, Error, close_old_connections, connection
from django.db.models import QuerySet
from django.utils import timezone

from directory import context, trouble, wakeup
from directory.journal import last_sequence
from directory.lease import Lease
from directory.models import ConsumerCursor, JournalEntry, ParkedEntry
from directory.outage import Outage
from directory.outside import only_text

from .base import Consumer, get

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
READ_AT_ONCE = 100
"""Entries read in one query, of which a consumer is given as many as it takes at once."""


class TryLater(Exception):
    """A server that the consumer needs is down: wait and take up where it stood."""


class LeaseLost(Exception):
    """Another process has taken the consumer over."""


class Runner:
    """Runs one consumer; at most one runner of a consumer is at work at any time."""

    def __init__(self, consumer: Consumer, *, stop: threading.Event | None = None) -> None:
        self.consumer = consumer
        self.stop = stop or threading.Event()
        self._lease = Lease(consumer.name, self._cursor)
        self._outage = Outage(log, f"{consumer.name} goes on")

    def run(self) -> None:
        """Work until `stop` is set. A database that is down is waited for."""
        with wakeup.listen() as listener:
            while not self.stop.is_set():
                pause = POLL_SECONDS
                try:
                    close_old_connections()
                    if self._acquire():
                        with self._lease.kept():
                            pause = self._catch_up()
                except LeaseLost:
                    log.warning("%s was taken over by another process", self.consumer.name)
                except Error as error:
                    self._outage.tell_of(f"{self.consumer.name} waits", error)
                    connection.close()
                except Exception:
                    log.exception("%s failed", self.consumer.name)
                if not self.stop.is_set():
                    listener.wait(pause)
        self._release()

    def drain(self) -> int:
        """Handle all there is now and return how many entries that was.

        Raises LeaseLost where another process is at work, TryLater where a server is down.
        """
        if not self._acquire():
            raise LeaseLost(self.consumer.name)
        done = 0
        try:
            while batch := self._next_batch():
                done += self._handle(batch)
        finally:
            self._release()
        return done

    # The lease

    def _acquire(self) -> bool:
        start = 0 if self.consumer.from_beginning else last_sequence()
        ConsumerCursor.objects.get_or_create(name=self.consumer.name, defaults={"sequence": start})
        return self._lease.take(updated_at=timezone.now())

    def _release(self) -> None:
        try:
            self._lease.release()
        except DatabaseError:
            log.warning("%s: its lease runs out by itself", self.consumer.name)

    def _cursor(self) -> QuerySet[ConsumerCursor]:
        return ConsumerCursor.objects.filter(name=self.consumer.name)

    def _owned(self) -> QuerySet[ConsumerCursor]:
        return self._lease.held()

    # The work

    def _catch_up(self) -> float:
        """Handle batches until there is none; return the seconds to wait before going on."""
        while not self.stop.is_set():
            try:
                batch = self._next_batch()
                if batch:
                    self._handle(batch)
                self._outage.end()
                if not batch:
                    break
            except TryLater as error:
                self._outage.tell(f"{self.consumer.name} waits: {error}")
                self._owned().update(last_error=only_text(str(error))[:4000])
                return POLL_SECONDS
            except _Retry as retry:
                return retry.seconds
        return POLL_SECONDS

    def _next_batch(self) -> list[JournalEntry]:
        """Return the next entries, [] where there is none. Raises LeaseLost, _Retry."""
        while True:
            position = self._owned().values_list("sequence", flat=True).first()
            if position is None:
                raise LeaseLost(self.consumer.name)
            entries = JournalEntry.objects.filter(sequence__gt=position).order_by("sequence")[
                : max(READ_AT_ONCE, self.consumer.batch_size)
            ]
            try:
                return list(entries)
            except Exception:
                # Where it is the database that does not answer, this raises.
                numbers = list(entries.values_list("sequence", flat=True))
                log.exception("%s: a batch cannot be read, going on singly", self.consumer.name)
            if found := self._up_to_the_damaged(numbers):
                return found

    def _up_to_the_damaged(self, numbers: Sequence[int]) -> list[JournalEntry]:
        """Return the entries before the first that cannot be loaded, having passed by those."""
        found: list[JournalEntry] = []
        for number in numbers:
            try:
                found.append(JournalEntry.objects.get(pk=number))
            except Exception as error:  # noqa: BLE001  (kept with the entry, or raised)
                if found:
                    break
                self._put_aside(number, error)
        return found

    def _handle(self, batch: Sequence[JournalEntry]) -> int:
        """Handle `batch` as far as is given at once; return how many entries were passed."""
        try:
            # Whether an entry is wanted may be the question that a damaged one breaks.
            wanted = [entry for entry in batch if self.consumer.wants(entry)]
            if len(wanted) > self.consumer.batch_size:
                wanted = wanted[: self.consumer.batch_size]
                batch = batch[: batch.index(wanted[-1]) + 1]
            if wanted:
                self._give(wanted)
        except (TryLater, LeaseLost):
            raise
        except Exception as error:
            wait_out(error)
            log.exception("%s: a batch failed, going on one by one", self.consumer.name)
            if connection.needs_rollback:
                connection.close()
            for entry in batch:
                self._handle_one(entry)
        self._advance(batch[-1].sequence)
        return len(batch)

    def _handle_one(self, entry: JournalEntry) -> None:
        try:
            if not self.consumer.wants(entry):
                return
            self._give([entry])
        except (TryLater, LeaseLost):
            raise
        except Exception as error:  # noqa: BLE001  (kept with the entry, or raised)
            self._put_aside(entry.sequence, error)
        else:
            self._advance(entry.sequence)

    def _put_aside(self, sequence: int, error: Exception) -> None:
        """Have the entry tried again, or park it and go on after its last attempt."""
        wait_out(error)
        attempts = self._count_attempt(error)
        if attempts < self.consumer.max_attempts:
            raise _Retry(min(0.2 * 2**attempts, 30.0)) from error
        park(self.consumer.name, sequence, attempts=attempts)
        self._advance(sequence)

    def _give(self, entries: Sequence[JournalEntry]) -> None:
        token = context.request_id.set(f"{self.consumer.name}-{entries[0].sequence}")
        try:
            self.consumer.handle(entries)
        finally:
            context.request_id.reset(token)

    def _count_attempt(self, error: BaseException) -> int:
        cursor = self._owned().first()
        if cursor is None:
            raise LeaseLost(self.consumer.name)
        cursor.attempts += 1
        self._owned().update(attempts=cursor.attempts, last_error=repr(error)[:4000])
        return cursor.attempts

    def _advance(self, sequence: int) -> None:
        """Note that everything up to `sequence` is done. Raises LeaseLost."""
        moved = (
            self._owned()
            .filter(sequence__lte=sequence)
            .update(sequence=sequence, attempts=0, last_error="", updated_at=timezone.now())
        )
        if not moved or self._lease.is_lost():
            raise LeaseLost(self.consumer.name)


def park(name: str, sequence: int, *, attempts: int) -> None:
    """Keep an entry of the consumer `name` with the error that is being handled."""
    log.exception("%s: entry %s is parked", name, sequence)
    ParkedEntry.objects.update_or_create(
        consumer=name,
        entry_id=sequence,
        # What an error says may come from outside: no database keeps all that.
        defaults={"attempts": attempts, "error": only_text(traceback.format_exc())[-8000:]},
    )


def wait_out(error: Exception) -> None:
    """Raise TryLater for what is no fault of an entry, and passes: no room, no turn."""
    if trouble.is_full(error) or trouble.is_busy(error):
        raise TryLater(f"{type(error).__name__}: {error}") from error


class _Retry(Exception):
    """One entry failed and is to be tried again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def drain(name: str) -> int:
    """Run the consumer `name` until it has caught up; return how many entries it passed.

    A failing entry is tried again, with the same waits, until it is parked.
    """
    runner = Runner(get(name))
    done = 0
    while True:
        try:
            return done + runner.drain()
        except _Retry as retry:
            time.sleep(min(retry.seconds, 0.2))
