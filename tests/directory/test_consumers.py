"""Consumers of the journal: at least once, in order, over failures, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory import consumers, health, journal
from directory.consumers import parked
from directory.consumers.runner import POLL_SECONDS, LeaseLost, Runner, TryLater
from directory.models import ConsumerCursor, JournalEntry, ParkedEntry
from tests.directory.factories import event

from .outages import missing_table, out_of_reach
from .test_journal import raw


class Recorder(consumers.Consumer):
    name = "test-recorder"
    batch_size = 4
    max_attempts = 3

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.poisonous: set[int] = set()
        self.poison = "poison"
        self.down = False
        self.why = "the server is down"

    def wants(self, entry: JournalEntry) -> bool:
        return entry.action == "thing.done" and "refused" not in entry.payload

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        if self.down:
            raise TryLater(self.why)
        for entry in entries:
            if entry.sequence in self.poisonous:
                raise ValueError(self.poison)
            self.seen.append(entry.sequence)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    from directory.consumers import base

    consumer = Recorder()
    monkeypatch.setitem(base._registered, consumer.name, consumer)
    return consumer


def write(number: int) -> list[int]:
    sequences = []
    for _ in range(number):
        with journal.transaction():
            journal.append(event("thing.ignored"), actor=None)
            pending = journal.append(event("thing.done"), actor=None)
        sequences.append(pending.sequence)
    return sequences


@pytest.mark.django_db
def test_it_gets_what_it_wants_in_order_and_once_when_nothing_fails(recorder):
    first = write(6)
    consumers.drain(recorder.name)
    assert recorder.seen == first
    assert consumers.drain(recorder.name) == 0
    second = write(1)
    consumers.drain(recorder.name)
    assert recorder.seen == first + second


@pytest.mark.django_db
def test_at_most_so_many_are_given_at_once_and_what_is_not_wanted_costs_nothing(
    recorder, monkeypatch
):
    given: list[int] = []
    handle = recorder.handle
    monkeypatch.setattr(recorder, "handle", lambda some: (given.append(len(some)), handle(some)))
    monkeypatch.setattr(Recorder, "batch_size", 1)
    sequences = write(3)
    consumers.drain(recorder.name)
    assert (given, recorder.seen) == ([1, 1, 1], sequences)

    def passing(number: int) -> int:
        with journal.transaction():
            for _ in range(number):
                journal.append(event("thing.ignored"), actor=None)
        with CaptureQueriesContext(connection) as asked:
            assert consumers.drain(recorder.name) == number
        return len(asked)

    assert passing(90) == passing(1)


@pytest.mark.django_db
def test_a_poisonous_entry_is_parked_with_its_error_and_the_rest_goes_on(recorder):
    sequences = write(6)
    recorder.poisonous = {sequences[2]}
    consumers.drain(recorder.name)
    good = [s for s in sequences if s != sequences[2]]
    assert sorted(set(recorder.seen)) == good
    assert recorder.seen[-3:] == good[-3:]
    (left,) = ParkedEntry.objects.filter(consumer=recorder.name)
    assert left.entry_id == sequences[2]
    assert left.attempts == 3
    assert "poison" in left.error


# A date that neither database gives back as one.
NO_DATE = "infinity" if connection.vendor == "postgresql" else "2026-13-45 00:00:00"


@pytest.mark.django_db
def test_an_entry_that_cannot_be_read_is_parked_and_the_rest_goes_on(recorder):
    sequences = write(6)
    damaged = [sequences[2], sequences[2] + 1, sequences[5]]
    right = JournalEntry.objects.get(pk=damaged[0]).at
    for number in damaged:
        raw(number, "at", NO_DATE)
    health.workers()  # loads none of them
    consumers.drain(recorder.name)
    assert recorder.seen == [n for n in sequences if n not in damaged]
    assert [p.entry_id for p in ParkedEntry.objects.filter(consumer=recorder.name)] == damaged
    assert [good for _entry, good in parked.retry(recorder.name)] == [False] * 3
    JournalEntry.objects.filter(pk__in=damaged).update(at=right)
    assert [good for _entry, good in parked.retry(recorder.name)] == [True] * 3


NO_TEXT = "poison\x00 of \ud800half a pair"


@pytest.mark.django_db
def test_an_error_that_no_database_keeps_is_parked_without_what_is_no_text(recorder):
    """What an error says may come from outside: the name of a file, the words of a server."""
    first, second = write(2)
    recorder.poison, recorder.poisonous = NO_TEXT, {first}
    consumers.drain(recorder.name)
    assert recorder.seen == [second]
    (left,) = ParkedEntry.objects.filter(consumer=recorder.name)
    assert "poison of half a pair" in left.error
    assert [good for _entry, good in parked.retry(recorder.name)] == [False]
    recorder.down, recorder.why = True, NO_TEXT
    write(1)
    runner = Runner(recorder)
    assert runner._acquire()
    assert runner._catch_up() == POLL_SECONDS
    assert ConsumerCursor.objects.get(name=recorder.name).last_error == "poison of half a pair"


@pytest.mark.django_db
def test_an_entry_that_cannot_be_asked_about_is_parked_and_the_rest_goes_on(recorder):
    """Its payload may be anything that is JSON."""
    sequences = write(6)
    raw(sequences[2], "payload", "null")
    consumers.drain(recorder.name)
    good = [number for number in sequences if number != sequences[2]]
    assert recorder.seen == good
    (left,) = ParkedEntry.objects.filter(consumer=recorder.name)
    assert (left.entry_id, left.attempts) == (sequences[2], recorder.max_attempts)
    assert [good for _entry, good in parked.retry(recorder.name)] == [False]
    raw(sequences[2], "payload", '{"refused": true}')
    assert [good for _entry, good in parked.retry(recorder.name)] == [True]
    assert recorder.seen == good


@pytest.mark.django_db
def test_a_server_that_is_down_parks_nothing_and_loses_nothing(recorder):
    sequences = write(3)
    recorder.down = True
    for _ in range(10):
        with pytest.raises(TryLater):
            consumers.drain(recorder.name)
    assert not ParkedEntry.objects.exists()
    recorder.down = False
    consumers.drain(recorder.name)
    assert recorder.seen == sequences


@pytest.mark.django_db
def test_an_outage_is_told_in_the_log_at_its_beginning_and_its_end(recorder, caplog):
    write(1)
    runner = Runner(recorder)
    assert runner._acquire()
    for recorder.down in (True, True, True, False, False):
        runner._catch_up()
    told = [r.getMessage() for r in caplog.records if r.name == "directory.consumers.runner"]
    assert told == ["test-recorder waits: the server is down", "test-recorder goes on"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("meet", "traced"), [(out_of_reach, False), (missing_table, True)])
def test_a_database_that_is_down_takes_one_line_and_another_fault_shows_where(
    recorder, caplog, meet, traced
):
    stop, left, error = threading.Event(), 4, meet()

    class Refused(Runner):
        def _acquire(self) -> bool:
            nonlocal left
            left -= 1
            if not left:
                stop.set()
                return super()._acquire()
            raise error

    Refused(recorder, stop=stop).run()
    told = [r for r in caplog.records if r.name == "directory.consumers.runner"]
    assert len(told) == 1
    assert bool(told[0].exc_info) == traced
    assert told[0].getMessage().startswith("test-recorder waits: ")
    assert "\n" not in told[0].getMessage() or traced


@pytest.mark.django_db
def test_only_the_holder_of_the_lease_works(recorder):
    write(2)
    ConsumerCursor.objects.update_or_create(
        name=recorder.name,
        defaults={
            "lease_owner": "another-host:1:x",
            "lease_until": timezone.now() + timedelta(seconds=30),
        },
    )
    with pytest.raises(LeaseLost):
        consumers.drain(recorder.name)
    assert recorder.seen == []
    ConsumerCursor.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    consumers.drain(recorder.name)
    assert len(recorder.seen) == 2


@pytest.mark.django_db
def test_a_runner_that_lost_its_lease_does_not_move_the_cursor(recorder):
    write(2)
    runner = Runner(recorder)
    assert runner._acquire()
    batch = runner._next_batch()
    ConsumerCursor.objects.filter(name=recorder.name).update(lease_owner="another-host:2:y")
    before = ConsumerCursor.objects.get(name=recorder.name).sequence
    with pytest.raises(LeaseLost):
        runner._handle(batch)
    assert ConsumerCursor.objects.get(name=recorder.name).sequence == before


@pytest.mark.django_db
def test_a_new_consumer_may_start_at_the_end(recorder, monkeypatch):
    monkeypatch.setattr(Recorder, "from_beginning", False)
    write(3)
    consumers.drain(recorder.name)
    assert recorder.seen == []
    later = write(1)
    consumers.drain(recorder.name)
    assert recorder.seen == later


def test_two_consumers_do_not_share_a_name(recorder):
    class Other(Recorder):
        pass

    with pytest.raises(ValueError, match="test-recorder"):
        consumers.register(Other())
