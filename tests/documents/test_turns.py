"""Whose files take long waits behind the others: at once, after a kill, and in turn by person."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from directory import consumers
from directory.consumers import parked
from directory.models import ConsumerCursor, JournalEntry, ParkedEntry, PeriodicJob
from documents import blobs, extraction, rereading, turns
from documents.importing import Importer
from documents.models import Extraction, PutOff, ReadingTime, Version, VersionText
from search import extraction as reader

from .factories import make_document
from .test_extraction import found, index, work

__all__ = ["index"]

pytestmark = pytest.mark.django_db

SLOW = 10.0


@pytest.fixture
def read(monkeypatch):
    """The names that are read, in order. By the clock of these tests a slow one takes `SLOW`."""
    names: list[str] = []
    clock = [0.0]
    lock = threading.Lock()
    real = reader.extract

    def extract(path, *, name, limits, **more):
        with lock:
            names.append(name)
            if name.startswith("slow"):
                clock[0] += SLOW
                if limits.seconds <= extraction.PATIENCE:
                    return reader.Extraction(reader.Status.TIMED_OUT)
        return real(path, name=name, limits=limits, **more)

    monkeypatch.setattr(reader, "extract", extract)
    monkeypatch.setattr(turns, "monotonic", lambda: clock[0])
    return names


def slow(world, person, count, mark="a"):
    """So many files of a person, each of which takes its whole first time."""
    return [
        make_document(
            world.space, f"slow {mark}{n:02}.txt", b"kiwi %s %d" % (mark.encode(), n), actor=person
        )
        for n in range(count)
    ]


def told():
    entries = JournalEntry.objects.filter(action="version.extracted")
    return sorted(entries.values_list("object_id", flat=True))


def when_nothing_waits():
    while rereading.read_again():
        pass


def test_somebody_whose_files_take_long_waits_behind_the_others(world, read):
    theirs = slow(world, world.contributor, 30)
    make_document(world.space, "note.txt", b"zibeline", actor=world.head)
    work()
    assert found(world.member, "zibeline") == {"note.txt"}
    assert len(read) <= 1 + 3, "what is at work counts from its beginning"
    more = slow(world, world.contributor, 5, "b")
    make_document(world.space, "again.txt", b"martre", actor=world.head)
    del read[:]
    work()
    assert read == ["again.txt"]
    assert rereading.waiting() > 30
    assert PeriodicJob.objects.get(name=rereading.JOB).due_at <= timezone.now()
    when_nothing_waits()
    assert rereading.waiting() == PutOff.objects.count() == 0
    assert set(Extraction.objects.values_list("status", flat=True)) == {"ok"}
    consumers.drain("search-index")
    assert len(found(world.member, "kiwi")) >= 10
    assert {str(node.pk) for node in theirs + more} <= set(told())
    assert ParkedEntry.objects.count() == 0


def test_one_slow_file_puts_nothing_off(world, read):
    slow(world, world.contributor, 1)
    make_document(world.space, "note.txt", b"zibeline", actor=world.contributor)
    work()
    assert sorted(read) == ["note.txt", "slow a00.txt"]
    assert [row.again for row in PutOff.objects.all()] == [True]


def test_what_is_put_off_is_not_lost_nor_told_twice_by_a_kill(world, read, monkeypatch):
    slow(world, world.contributor, 10)
    consumers.drain("documents-extraction")
    before, late = told(), PutOff.objects.filter(again=False).count()
    assert late >= 7
    # Killed before its cursor was written: all entries are given once more, beside what stands.
    ConsumerCursor.objects.filter(name="documents-extraction").update(sequence=0)
    ReadingTime.objects.update(milliseconds=0)
    consumers.drain("documents-extraction")
    assert (told(), PutOff.objects.filter(again=False).count()) == (before, late)
    # Killed between what was read and the end of its row.
    first = turns.next_put_off()
    rereading._read_put_off(first)
    assert len(told()) == len(before) + 1
    when_nothing_waits()
    assert PutOff.objects.count() == 0
    assert VersionText.objects.count() == 10
    assert len(set(told())) == 10


def test_what_is_put_off_is_read_in_turn_by_person(world, read):
    turns.spend({world.contributor.pk: 22.0, world.head.pk: 18.0})
    slow(world, world.contributor, 4, "a")
    slow(world, world.head, 3, "b")
    consumers.drain("documents-extraction")
    assert read == []
    # As `_take_up` notes it, by the clock of these tests.
    order = []
    while (row := turns.next_put_off()) is not None:
        rereading._read_put_off(row)
        turns.spend({row.asker: SLOW})
        order.append(row.version.original_name[5:8])
        row.delete()
    assert order == ["b00", "a00", "b01", "a01", "b02", "a02", "a03"]
    assert [name[5:8] for name in read] == order


def test_whose_file_is_slow_for_once_waits_behind_nobodys_flood(world, read):
    slow(world, world.contributor, 20, "a")
    slow(world, world.head, 1, "b")
    consumers.drain("documents-extraction")
    del read[:]
    rereading._take_up(turns.next_put_off())
    assert read == ["slow b00.txt"]
    assert Extraction.objects.filter(status="ok").count() == 1


def test_known_bytes_tell_nothing_before_their_turn(world, read):
    """Whoever has files put off cannot try whether somebody else has the same."""
    make_document(world.other, "theirs.txt", b"zibeline")
    work()
    turns.spend({world.contributor.pk: 20.0})
    mine = make_document(world.space, "mine.txt", b"zibeline", actor=world.contributor)
    work()
    assert found(world.member, "zibeline") == set()
    when_nothing_waits()
    consumers.drain("search-index")
    assert found(world.member, "zibeline") == {"mine.txt"}
    assert told().count(str(mine.pk)) == 1
    assert read == ["theirs.txt"]


@pytest.fixture
def one_at_a_time(monkeypatch):
    pool = extraction.ThreadPoolExecutor
    monkeypatch.setattr(extraction, "ThreadPoolExecutor", lambda _readers, **more: pool(1, **more))


@pytest.mark.usefixtures("one_at_a_time")
def test_known_bytes_do_not_overtake_what_came_with_them(world, read):
    """Else what is told first of a batch would tell which of its bytes lie elsewhere."""
    make_document(world.other, "theirs.txt", b"zibeline")
    work()
    slow(world, world.contributor, 3)
    make_document(world.space, "mine.txt", b"zibeline", actor=world.contributor)
    work()
    assert read == ["theirs.txt", "slow a00.txt", "slow a01.txt"]
    assert found(world.member, "zibeline") == set()
    when_nothing_waits()
    consumers.drain("search-index")
    assert found(world.member, "zibeline") == {"mine.txt"}


@pytest.mark.usefixtures("one_at_a_time")
def test_what_somebody_else_has_read_is_told_to_nobody_before_their_turn(world, read):
    """Two bring the same bytes, and one of them has used up their time meanwhile."""
    slow(world, world.contributor, 2)
    mine = make_document(world.space, "mine.txt", b"zibeline", actor=world.contributor)
    theirs = make_document(world.space, "theirs.txt", b"zibeline", actor=world.head)
    work()
    assert found(world.member, "zibeline") == {"theirs.txt"}
    assert {str(mine.pk), str(theirs.pk)} - set(told()) == {str(mine.pk)}
    when_nothing_waits()
    consumers.drain("search-index")
    assert found(world.member, "zibeline") == {"mine.txt", "theirs.txt"}


def test_the_time_used_counts_for_a_while(world, read):
    turns.spend({world.contributor.pk: 20.0})
    turns.spend({world.contributor.pk: 1.0})
    assert ReadingTime.objects.get().milliseconds == 21_000
    for away in (-turns.WINDOW, timedelta(days=1)):  # later; a clock that was set back
        row = ReadingTime.objects.get()
        ReadingTime.objects.update(since=row.since + away, milliseconds=20_000)
        make_document(world.space, f"{away.days}.txt", str(away).encode(), actor=world.contributor)
        work()
        assert not PutOff.objects.exists()
        assert ReadingTime.objects.get().milliseconds < 20_000
    assert len(read) == 2


def test_what_is_put_off_and_lost_is_parked_and_the_rest_goes_on(world, read):
    turns.spend({world.contributor.pk: 20.0})
    lost = make_document(world.space, "lost.txt", b"lost words", actor=world.contributor)
    make_document(world.space, "good.txt", b"good words", actor=world.contributor)
    work()
    path = blobs.path_of(lost.current_version.blob_id)
    path.rename(path.with_suffix(".away"))
    when_nothing_waits()
    entry = ParkedEntry.objects.get(consumer="documents-extraction").entry
    assert entry.object_id == str(lost.pk)
    assert Extraction.objects.count() == 1
    path.with_suffix(".away").rename(path)
    ReadingTime.objects.all().delete()
    assert [done for _entry, done in parked.retry("documents-extraction")] == [True]
    assert Extraction.objects.count() == 2


def test_a_machine_that_cannot_read_keeps_what_is_put_off(world, take_the_sandbox_away):
    turns.spend({world.contributor.pk: 20.0})
    make_document(world.space, "good.txt", b"good words", actor=world.contributor)
    work()
    take_the_sandbox_away()
    with pytest.raises(rereading.TryLater, match="no sandbox here"):
        rereading.read_again()
    assert PutOff.objects.count() == 1
    assert ParkedEntry.objects.count() == 0


def test_arrivals_go_before_what_is_put_off(world, read):
    turns.spend({world.contributor.pk: 20.0})
    make_document(world.space, "late.txt", b"late", actor=world.contributor)
    work()
    make_document(world.space, "new.txt", b"new", actor=world.head)
    assert rereading.read_again(), "it is looked for again at once"
    assert read == []


def bring_in(world, tmp_path, names, **options):
    """Import files of these names, each with a content of its own."""
    share = tmp_path / f"share {names[0]}"
    share.mkdir()
    for name in names:
        (share / name).write_text(f"kiwi {name}")
    Importer(share, world.space.root, **options).run()


def test_what_is_imported_takes_its_turn_as_a_person_does(world, read, tmp_path):
    bring_in(world, tmp_path, [f"slow {n:02}.txt" for n in range(30)])
    make_document(world.space, "note.txt", b"zibeline", actor=world.head)
    work()
    assert found(world.member, "zibeline") == {"note.txt"}
    assert len(read) <= 1 + 3
    bring_in(world, tmp_path, ["fast.txt"])
    make_document(world.space, "again.txt", b"martre", actor=world.head)
    del read[:]
    work()
    assert read == ["again.txt"]
    when_nothing_waits()
    assert rereading.waiting() == PutOff.objects.count() == 0
    assert set(Extraction.objects.values_list("status", flat=True)) == {"ok"}
    assert len(set(told())) == 33
    assert ParkedEntry.objects.count() == 0


def test_an_import_and_its_author_wait_for_themselves_alone(world, read, tmp_path):
    turns.spend({world.contributor.pk: 20.0})
    bring_in(world, tmp_path, ["theirs.txt"], actor=world.contributor)
    work()
    assert read == ["theirs.txt"]
    turns.spend({turns.IMPORTS: 20.0})
    bring_in(world, tmp_path, ["late.txt"], actor=world.head)
    make_document(world.space, "note.txt", b"zibeline", actor=world.head)
    work()
    assert read == ["theirs.txt", "note.txt"]
    assert PutOff.objects.get().version.original_name == "late.txt"


def test_what_was_imported_is_read_for_a_moment_each_until_something_arrives(world, read, tmp_path):
    turns.spend({turns.IMPORTS: 20.0})
    make_document(world.space, "known.txt", b"kiwi b.txt", actor=world.head)
    bring_in(world, tmp_path, ["a.txt", "b.txt", "slow.txt"])
    work()
    assert PutOff.objects.count() == 3
    rereading._take_up_imported()
    assert sorted(read) == ["a.txt", "known.txt", "slow.txt"]
    assert [(row.version.original_name, row.again) for row in PutOff.objects.all()] == [
        ("slow.txt", True)
    ]
    assert len(told()) == 4
    when_nothing_waits()
    assert PutOff.objects.count() == 0
    assert len(told()) == len(set(told())) + 1 == 5, "the slow one is told as it is read again"


def test_an_arrival_ends_the_reading_of_what_was_imported(world, read, tmp_path, monkeypatch):
    turns.spend({turns.IMPORTS: 20.0})
    bring_in(world, tmp_path, [f"{n}.txt" for n in range(20)])
    work()
    make_document(world.space, "new.txt", b"new", actor=world.head)
    all_but_the_first, results, extract = threading.Event(), rereading.read, reader.extract

    def one_then_others(*args, **more):
        if read:
            assert all_but_the_first.wait(120)
        return extract(*args, **more)

    def looked_at(*args, **more):
        for result in results(*args, **more):
            yield result
            all_but_the_first.set()

    monkeypatch.setattr(reader, "extract", one_then_others)
    monkeypatch.setattr(rereading, "read", looked_at)
    monkeypatch.setattr(rereading, "LOOK_AGAIN", 0.0)
    rereading._take_up_imported()
    assert 1 <= len(read) <= 2 * extraction.READERS, "what has begun comes to its end"
    assert PutOff.objects.count() == 20 - len(read)
    work()
    assert "new.txt" in read
    when_nothing_waits()
    assert PutOff.objects.count() == 0


def test_what_was_imported_and_cannot_be_read_is_parked_alone(world, read, tmp_path):
    turns.spend({turns.IMPORTS: 20.0})
    bring_in(world, tmp_path, ["good.txt", "lost.txt"])
    lost = Version.objects.get(original_name="lost.txt")
    path = blobs.path_of(lost.blob_id)
    path.rename(path.with_suffix(".away"))
    work()
    when_nothing_waits()
    entry = ParkedEntry.objects.get(consumer="documents-extraction").entry
    assert entry.object_id == str(lost.node_id)
    assert not PutOff.objects.exists()
    assert Extraction.objects.count() == 1


def test_a_machine_that_cannot_read_keeps_what_was_imported(world, take_the_sandbox_away, tmp_path):
    turns.spend({turns.IMPORTS: 20.0})
    bring_in(world, tmp_path, ["a.txt", "b.txt"])
    work()
    take_the_sandbox_away()
    with pytest.raises(rereading.TryLater, match="no sandbox here"):
        rereading.read_again()
    assert PutOff.objects.count() == 2
    assert ParkedEntry.objects.count() == 0
