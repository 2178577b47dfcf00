"""The journal: numbers without gaps, in the order of commits, in a chain that shows a change."""

from __future__ import annotations

import threading
import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory import journal
from directory.models import JournalEntry, JournalHead, User


def write(number: int = 1, **fields: object) -> list[int]:
    with journal.transaction():
        pending = [journal.append("thing.done", actor=None, **fields) for _ in range(number)]
    return [item.sequence for item in pending]


@pytest.mark.django_db
def test_numbers_have_no_gap_and_a_rolled_back_write_leaves_none():
    start = journal.last_sequence()
    assert write(2) == [start + 1, start + 2]
    with pytest.raises(ZeroDivisionError), journal.transaction():
        journal.append("thing.done", actor=None)
        raise ZeroDivisionError
    assert write() == [start + 3]
    assert list(journal.verify()) == []


@pytest.mark.django_db
def test_a_nested_part_that_fails_takes_its_entries_back():
    start = journal.last_sequence()
    with journal.transaction():
        journal.append("outer.before", actor=None)
        with pytest.raises(ZeroDivisionError), journal.transaction():
            journal.append("inner.done", actor=None)
            raise ZeroDivisionError
        journal.append("outer.after", actor=None)
    actions = JournalEntry.objects.filter(sequence__gt=start).values_list("action", flat=True)
    assert list(actions) == ["outer.before", "outer.after"]


@pytest.mark.django_db
def test_the_entry_says_who_what_where_and_then_runs_in_the_same_transaction():
    actor = User.objects.create(username="ada", first_name="Ada", last_name="Marée")
    numbers: list[int] = []
    with journal.transaction():
        journal.append(
            "account.changed", actor=actor, obj=actor, scope=7, payload={"é": [1, None, "x"]},
            then=numbers.append,
        )  # fmt: skip
        assert numbers == []
    entry = JournalEntry.objects.latest("sequence")
    assert numbers == [entry.sequence]
    assert (entry.actor, entry.actor_name) == (actor, "Ada Marée")
    assert (entry.object_type, entry.object_id) == ("directory.user", str(actor.pk))
    assert (entry.scope_id, entry.outcome, entry.payload) == (7, "done", {"é": [1, None, "x"]})


@pytest.mark.django_db
def test_append_belongs_in_a_transaction_and_takes_no_float():
    with pytest.raises(RuntimeError):
        journal.append("thing.done", actor=None)
    with pytest.raises(TypeError), journal.transaction():
        journal.append("thing.done", actor=None, payload={"ratio": 0.1})


TAMPERINGS = {
    "payload": lambda n: JournalEntry.objects.filter(pk=n).update(payload={"a": 2}),
    "actor name": lambda n: JournalEntry.objects.filter(pk=n).update(actor_name="somebody else"),
    "outcome": lambda n: JournalEntry.objects.filter(pk=n).update(outcome="denied"),
    "scope": lambda n: JournalEntry.objects.filter(pk=n).update(scope_id=99),
    "removed": lambda n: JournalEntry.objects.filter(pk=n).delete(),
    "tail removed": lambda n: JournalEntry.objects.filter(pk__gt=n).delete(),
    "hash forged": lambda n: JournalEntry.objects.filter(pk=n).update(hash="0" * 64),
    "head moved": lambda n: JournalHead.objects.update(sequence=n),
}


@pytest.mark.django_db
@pytest.mark.parametrize("how", TAMPERINGS)
def test_every_tampering_shows(how):
    numbers = write(6, payload={"a": 1})
    assert list(journal.verify()) == []
    TAMPERINGS[how](numbers[2])
    assert list(journal.verify())
    with pytest.raises(CommandError):
        call_command("verify_journal", stderr=StringIO())


@pytest.mark.django_db
def test_a_journal_rewritten_from_end_to_end_is_told_by_an_anchor():
    numbers = write(3)
    entry = JournalEntry.objects.get(pk=numbers[1])
    anchor = f"{entry.sequence}:{entry.hash}"
    call_command("verify_journal", anchor=anchor, stdout=StringIO())
    JournalEntry.objects.filter(pk=entry.pk).update(actor_name="forged")
    previous = ""
    for row in JournalEntry.objects.order_by("sequence"):
        row.previous_hash = previous
        row.hash = previous = journal.digest(row)
        row.save()
    JournalHead.objects.update(hash=previous)
    assert list(journal.verify()) == []  # a forger who owns the database closes the chain again …
    with pytest.raises(CommandError):  # … but not over a hash that was noted elsewhere
        call_command("verify_journal", anchor=anchor, stderr=StringIO())


@pytest.mark.django_db(transaction=True)
def test_the_order_of_numbers_is_the_order_of_commits():
    """Six writers at once, some of which roll back, and a reader that tails the journal."""
    start = journal.last_sequence()
    seen: list[int] = []
    over = threading.Event()
    per_writer, writers = 10, 6

    def work(number: int) -> None:
        try:
            for turn in range(per_writer):
                try:
                    with journal.transaction():
                        User.objects.create(username=f"w{number}-{turn}")
                        journal.append("thing.done", actor=None, payload={"writer": number})
                        if turn % 5 == 4:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    continue
        finally:
            connection.close()

    def tail() -> None:
        position = start
        try:
            while True:
                last = over.is_set()
                for sequence in JournalEntry.objects.filter(sequence__gt=position).values_list(
                    "sequence", flat=True
                ):
                    seen.append(sequence)
                    position = sequence
                if last:
                    return
                time.sleep(0.005)
        finally:
            connection.close()

    reader = threading.Thread(target=tail)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(writers)]
    for thread in [reader, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    reader.join()
    expected = writers * per_writer * 4 // 5
    # A reader that only ever goes forward has missed nothing: no number appeared behind it.
    assert seen == list(range(start + 1, start + expected + 1))
    assert list(journal.verify()) == []


@pytest.mark.django_db
def test_numbering_costs_the_same_however_many_entries_there_are():
    counts = []
    for number in (1, 50):
        with CaptureQueriesContext(connection) as queries:
            write(number)
        counts.append([q["sql"].split()[0] for q in queries])
    assert counts[0] == counts[1]
    # The head is locked after everything else: its two queries stand around the entries.
    assert [verb for verb in counts[0] if verb in ("SELECT", "INSERT", "UPDATE")] == [
        "SELECT", "INSERT", "UPDATE",
    ]  # fmt: skip
