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
from directory.journal import chain
from directory.models import JournalEntry, JournalHead, User
from tests.directory.factories import event


def write(number: int = 1, **fields: object) -> list[int]:
    with journal.transaction():
        pending = [journal.append(event("thing.done"), actor=None, **fields) for _ in range(number)]
    return [item.sequence for item in pending]


@pytest.fixture(autouse=True)
def _anchors_of_its_own(settings, tmp_path):
    """Each test has a journal of its own, so it has anchors of its own."""
    settings.DATA = tmp_path


@pytest.mark.django_db
def test_numbers_have_no_gap_and_a_rolled_back_write_leaves_none():
    start = journal.last_sequence()
    assert write(2) == [start + 1, start + 2]
    with pytest.raises(ZeroDivisionError), journal.transaction():
        journal.append(event("thing.done"), actor=None)
        raise ZeroDivisionError
    assert write() == [start + 3]
    assert list(journal.verify()) == []


@pytest.mark.django_db
def test_a_nested_part_that_fails_takes_its_entries_back():
    start = journal.last_sequence()
    with journal.transaction():
        journal.append(event("outer.before"), actor=None)
        with pytest.raises(ZeroDivisionError), journal.transaction():
            journal.append(event("inner.done"), actor=None)
            raise ZeroDivisionError
        journal.append(event("outer.after"), actor=None)
    actions = JournalEntry.objects.filter(sequence__gt=start).values_list("action", flat=True)
    assert list(actions) == ["outer.before", "outer.after"]


@pytest.mark.django_db
def test_the_entry_says_who_what_where_and_then_runs_in_the_same_transaction():
    actor = User.objects.create(username="ada", first_name="Ada", last_name="Marée")
    numbers: list[int] = []
    with journal.transaction():
        journal.append(
            event("account.changed"), actor=actor, obj=actor, scope=7,
            payload={"é": [1, None, "x"]},
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
        journal.append(event("thing.done"), actor=None)
    with pytest.raises(TypeError), journal.transaction():
        journal.append(event("thing.done"), actor=None, payload={"ratio": 0.1})
    with pytest.raises(TypeError), journal.transaction():
        journal.append(event("thing.done"), actor=None, payload={"by": {7: "seven"}})


@pytest.mark.django_db
def test_it_is_locked_inside_a_transaction_alone():
    with pytest.raises(RuntimeError):
        journal.lock()
    with journal.transaction():
        journal.lock()


@pytest.mark.django_db
def test_without_its_head_nothing_is_written():
    JournalHead.objects.all().delete()
    with pytest.raises(RuntimeError), journal.transaction():
        journal.append(event("thing.done"), actor=None)
    assert not JournalEntry.objects.filter(action="thing.done").exists()


TAMPERINGS = {
    "payload": lambda n: JournalEntry.objects.filter(pk=n).update(payload={"a": 2}),
    "actor name": lambda n: JournalEntry.objects.filter(pk=n).update(actor_name="somebody else"),
    "outcome": lambda n: JournalEntry.objects.filter(pk=n).update(outcome="denied"),
    "scope": lambda n: JournalEntry.objects.filter(pk=n).update(scope_id=99),
    "removed": lambda n: JournalEntry.objects.filter(pk=n).delete(),
    "tail removed": lambda n: JournalEntry.objects.filter(pk__gt=n).delete(),
    "hash forged": lambda n: JournalEntry.objects.filter(pk=n).update(hash="0" * 64),
    "head moved": lambda n: JournalHead.objects.update(sequence=n),
    "head forged": lambda n: JournalHead.objects.update(hash="0" * 64),
    "head removed": lambda n: JournalHead.objects.all().delete(),
    "added before the first": lambda n: copied(n, 0),
    "added below zero": lambda n: copied(n, -7),
}


def copied(sequence: int, to: int) -> None:
    """Put an entry once more into the journal, under another number."""
    entry = JournalEntry.objects.get(pk=sequence)
    entry.pk = to
    entry.save(force_insert=True)


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
def test_an_entry_that_goes_while_it_is_looked_for_is_told():
    last = journal.last_sequence()
    assert chain._alone(last + 1).damage == "it is gone"


@pytest.mark.django_db
def test_a_journal_rewritten_from_end_to_end_is_told_by_an_anchor():
    numbers = write(3)
    entry = JournalEntry.objects.get(pk=numbers[1])
    anchor = f"{entry.sequence}:{entry.hash}"
    call_command("verify_journal", anchor=anchor, stdout=StringIO())
    forge(entry.pk)
    assert list(journal.verify()) == []  # a forger who owns the database closes the chain again …
    with pytest.raises(CommandError):  # … but not over a hash that was noted elsewhere
        call_command("verify_journal", anchor=anchor, stderr=StringIO())


def raw(sequence: int, column: str, value: object) -> None:
    """Damage a row past everything that Django would refuse."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE directory_journalentry SET {column} = %s WHERE sequence = %s",  # noqa: S608
            [value, sequence],
        )


# A date of PostgreSQL's that Python has none for; SQLite keeps any text.
NO_DATE = "infinity" if connection.vendor == "postgresql" else "the day before"
DAMAGES = {
    "a payload that nothing here would write": lambda n: raw(n, "payload", '{"ratio": 0.5}'),
    "a payload of another kind": lambda n: raw(n, "payload", '"text"'),
    "no date": lambda n: raw(n, "at", NO_DATE),
    "no head": lambda _n: JournalHead.objects.all().delete(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("how", DAMAGES)
def test_the_check_goes_on_past_a_damaged_row_and_tells_every_fault(how):
    numbers = write(6, payload={"a": 1})
    JournalEntry.objects.filter(pk=numbers[0]).update(actor_name="somebody else")
    DAMAGES[how](numbers[2])
    JournalEntry.objects.filter(pk=numbers[4]).update(outcome="denied")
    found = {fault.sequence: fault.what for fault in journal.verify()}
    place = numbers[5] if how == "no head" else numbers[2]
    assert found.keys() == {numbers[0], place, numbers[4]}
    told = StringIO()
    with pytest.raises(CommandError, match="3 faults"):
        call_command("verify_journal", stderr=told)
    assert len(told.getvalue().splitlines()) == 3


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no such text")
@pytest.mark.django_db
def test_a_hash_that_is_no_text_is_told_and_the_check_goes_on():
    numbers = write(6, payload={"a": 1})
    no_text = "CAST(x'fffe' AS TEXT)"
    with connection.cursor() as cursor:
        for column, n in (("hash", numbers[1]), ("previous_hash", numbers[3])):
            cursor.execute(
                f"UPDATE directory_journalentry SET {column} = {no_text} WHERE sequence = %s",  # noqa: S608
                [n],
            )
        cursor.execute(f"UPDATE directory_journalhead SET hash = {no_text}")  # noqa: S608
    JournalEntry.objects.filter(pk=numbers[5]).update(outcome="denied")
    faults = list(journal.verify())
    assert {numbers[1], numbers[3], numbers[5]} <= {fault.sequence for fault in faults}
    assert "was changed after it was written" in [fault.what for fault in faults]
    assert faults[-1].what.startswith("the head cannot be read")
    with pytest.raises(CommandError, match=f"{len(faults)} faults"):
        call_command("verify_journal", stderr=StringIO())


@pytest.mark.django_db
def test_a_check_keeps_an_anchor_and_the_next_one_compares_with_it(tmp_path):
    numbers = write(3)
    for _ in range(2):
        call_command("verify_journal", stdout=StringIO())
    write(2)
    call_command("verify_journal", stdout=StringIO())
    lines = (tmp_path / "journal-anchors.txt").read_text().splitlines()
    assert [int(line.split()[1].partition(":")[0]) for line in lines] == [
        numbers[2], numbers[2] + 2,
    ]  # fmt: skip
    forge(numbers[1])
    assert list(journal.verify()) == []
    told = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_journal", stderr=told)
    assert "is not the entry that the anchor names" in told.getvalue()
    # A faulty journal gives no anchor, and a damaged file is not taken for an empty one.
    assert (tmp_path / "journal-anchors.txt").read_text().splitlines() == lines
    (tmp_path / "journal-anchors.txt").write_text("nothing\n")
    with pytest.raises(CommandError, match="line 1"):
        call_command("verify_journal", stderr=StringIO())


@pytest.mark.django_db
def test_a_restored_journal_that_is_shorter_than_an_anchor_is_told(tmp_path):
    (tmp_path / "journal-anchors.txt").write_text(f"2026-01-04T03:30:00Z 99999:{'a' * 64}\n")
    write(2)
    told = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_journal", stderr=told)
    assert "99999: the entry that the anchor names is missing" in told.getvalue()


@pytest.mark.django_db
def test_the_check_reads_in_pieces(django_assert_num_queries):
    write(5)
    # What was added below them, the entries, no more, the head, none meanwhile.
    with django_assert_num_queries(5):
        assert list(journal.verify()) == []


def forge(sequence: int) -> None:
    """Change an entry and close the chain again, as the owner of the database could."""
    JournalEntry.objects.filter(pk=sequence).update(actor_name="forged")
    previous = ""
    for row in JournalEntry.objects.order_by("sequence"):
        row.previous_hash = previous
        row.hash = previous = journal.digest(row)
        row.save()
    JournalHead.objects.update(hash=previous)


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
                        journal.append(event("thing.done"), actor=None, payload={"writer": number})
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
