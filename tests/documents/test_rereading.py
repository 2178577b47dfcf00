"""New readers reach old files: all, those of a kind, those that failed; new files go first."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from directory import consumers, periodic
from directory.models import JournalEntry, PeriodicJob
from documents import extraction, rereading
from documents.models import Extraction
from search import extraction as reader
from tests.search.extraction_files import pdf

from .factories import make_document
from .test_extraction import as_older_readers_left_it, found, index, work

__all__ = ["index"]

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("reread", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def three(world):
    """A text, a PDF and a file that cannot be read, all read."""
    made = {
        "text": make_document(world.space, "a.txt", b"zibeline"),
        "pdf": make_document(world.space, "b.pdf", pdf(["le kiwi de la commune"])),
        "broken": make_document(world.space, "c.pdf", b"%PDF-1.7\nnothing of the kind"),
    }
    work()
    return made


def old():
    names = Extraction.objects.filter(readers_version=0).values_list("pk", flat=True)
    return set(names)


def blobs_of(three, *names):
    return {three[name].current_version.blob_id for name in names}


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--all"], ["text", "pdf", "broken"]),
        (["--kind", "pdf"], ["pdf", "broken"]),
        (["--failed"], ["broken"]),
        (["--waiting"], []),
    ],
)
def test_what_is_asked_for_is_marked_and_read_by_the_clock(three, arguments, names):
    assert Extraction.objects.get(pk__in=blobs_of(three, "broken")).status == "malformed"
    assert f"{len(names)} wait." in run(*arguments)
    assert old() == blobs_of(three, *names)
    if names:
        assert PeriodicJob.objects.get(name=rereading.JOB).due_at <= timezone.now()
    consumers.drain("documents-extraction")
    assert not periodic.attempt(periodic.get(rereading.JOB)).failures
    assert rereading.waiting() == 0
    assert set(Extraction.objects.values_list("readers_version", flat=True)) == {
        reader.READERS_VERSION
    }


def test_a_mended_reader_is_found_and_what_is_the_same_is_told_to_nobody(world, three):
    as_older_readers_left_it(three["pdf"], "autre chose")
    assert found(world.member, "kiwi") == set()
    consumers.drain("documents-extraction")
    before = JournalEntry.objects.latest("sequence").sequence
    assert "0 wait." in run("--all", "--now")
    told = JournalEntry.objects.filter(sequence__gt=before, action="version.extracted")
    assert [entry.object_id for entry in told] == [str(three["pdf"].pk)]
    consumers.drain("search-index")
    assert found(world.member, "kiwi") == {"ancien b.pdf"}
    assert found(world.stranger, "kiwi") == set()


def test_new_files_go_first(world, three):
    make_document(world.space, "new.txt", b"nouveau")
    assert "New files go first" in run("--all", "--now")
    assert periodic.attempt(periodic.get(rereading.JOB)).due_at > timezone.now()
    assert len(old()) == 3
    work()
    run("--waiting", "--now")
    assert old() == set()


def test_what_takes_long_is_read_when_nothing_waits(world, index, monkeypatch, settings):
    """Files that take a minute each would keep those that come after them from being found."""
    monkeypatch.setattr(extraction, "PATIENCE", 0.0)
    slow = make_document(world.space, "b.pdf", pdf(["le kiwi de la commune"]))
    consumers.drain("documents-extraction")
    assert Extraction.objects.get().status == "timed_out"
    make_document(world.space, "new.txt", b"nouveau")
    assert "New files go first" in run("--waiting", "--now")
    work()
    assert old() == {slow.current_version.blob_id}
    run("--waiting", "--now")
    work()
    assert found(world.member, "kiwi") == {"b.pdf"}
    assert rereading.waiting() == 0


def test_what_takes_longer_than_it_may_is_not_read_for_ever(world, index, monkeypatch, settings):
    monkeypatch.setattr(extraction, "PATIENCE", -1.0)
    settings.EXTRACTION_SECONDS = 0
    make_document(world.space, "b.pdf", pdf(["le kiwi de la commune"]))
    consumers.drain("documents-extraction")
    assert rereading.waiting() == 1
    run("--waiting", "--now")
    assert Extraction.objects.get().status == "timed_out"
    assert rereading.waiting() == 0


def test_what_is_found_stays_until_it_is_found_again(world, three):
    run("--all")
    consumers.drain("search-index")
    assert found(world.member, "kiwi") == {"b.pdf"}
    assert Extraction.objects.get(pk__in=blobs_of(three, "pdf")).text


def test_a_kind_that_is_none_is_refused(three):
    with pytest.raises(CommandError, match=r"kind nothing; there are: .*pdf"):
        run("--kind", "nothing")


def test_a_machine_that_can_read_nothing_is_told_and_waited_for(
    three, take_the_sandbox_away, caplog
):
    take_the_sandbox_away()
    with pytest.raises(CommandError, match="no sandbox here"):
        run("--all", "--now")
    assert len(old()) == 3
    assert any("no sandbox here" in message for message in caplog.messages)
