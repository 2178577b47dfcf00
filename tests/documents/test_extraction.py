"""From an upload to the words inside it being found, by those who may, and by nobody else."""

from __future__ import annotations

import threading

import pytest
from django.http import QueryDict

from directory import consumers
from directory.consumers.runner import TryLater
from directory.models import JournalEntry
from documents import blobs, indexing, rereading
from documents.actions import (
    break_inheritance,
    move,
    rename,
    restore_from_trash,
    restore_inheritance,
    trash,
    update_space,
)
from documents.extraction import TextExtraction
from documents.models import Extraction, VersionText
from search import extraction as reader
from search.parameters import read
from search.searching import search
from tests.search.extraction_files import pdf, xlsx

from .factories import make_document, make_folder, make_version

FRENCH = "Le conseil municipal a délibéré sur la tortue zibeline de la commune.".encode()


@pytest.fixture(autouse=True)
def index(settings, tmp_path):
    settings.SEARCH, settings.SEARCH_FOLDER = "tantivy", tmp_path / "index"


def work():
    consumers.drain("documents-extraction")
    consumers.drain("search-index")


def found(person, words):
    return {hit.title for hit in hits(person, words)}


def hits(person, words):
    query = QueryDict(mutable=True)
    query["q"] = words
    return [each.hit for each in search(person, read(query)).shown]


@pytest.mark.django_db
def test_the_words_of_an_upload_are_found_by_those_who_may(world):
    work()
    make_document(world.space, "Compte_rendu 12.txt", FRENCH)
    assert found(world.member, "zibeline") == set()
    work()
    for words in ("zibeline", "tortues zibelines", "compte rendu", "delibere"):
        assert found(world.member, words) == {"Compte_rendu 12.txt"}, words
        assert found(world.stranger, words) == set()
    hit = hits(world.member, "zibeline")[0]
    assert hit.url.startswith("/d/")
    assert hit.context == "Service finance › Espace budgets"


@pytest.mark.django_db
def test_a_workbook_shows_what_is_in_it_and_is_found_by_what_its_cells_show(client, world):
    rows = [["Solde", 1234567.5], [45852]]
    made = xlsx(rows, formats=['#,##0.00 "€"', "dd/mm/yyyy"], header="Fin de la feuille")
    node = make_document(world.space, "tableau.xlsx", made)
    work()
    for words in ("Solde", "1234567.5", "1 234 567,50", "14/07/2025"):
        assert found(world.member, words) == {"tableau.xlsx"}, words
    client.force_login(world.member)
    page = client.get(node.get_absolute_url()).content.decode()
    shown = ("1234567.5", "Fin de la feuille", "567,50", "14/07/2025")
    assert [words for words in shown if words in page] == [*shown[:2]]


def test_what_is_only_found_is_indexed_beside_the_longest_text(monkeypatch):
    monkeypatch.setattr(indexing, "MAX_BODY", 100)
    read = Extraction(pk="0" * 64, status="ok")
    read.text, read.for_search = "a" * 95, "z" * 50
    assert indexing._body(read) == "a" * 89 + "\n" + "z" * 10
    read.text = "a" * 30
    assert indexing._body(read) == "a" * 30 + "\n" + "z" * 50


@pytest.mark.django_db
def test_a_content_is_read_once_for_all_that_have_it(world):
    first = make_document(world.space, "a.txt", FRENCH)
    second = make_document(world.space, "b.txt", FRENCH)
    work()
    extraction = Extraction.objects.get()
    assert (extraction.status, extraction.language) == ("ok", "fr")
    assert extraction.text.strip() == FRENCH.decode()
    assert found(world.member, "zibeline") == {"a.txt", "b.txt"}
    told = JournalEntry.objects.filter(action="version.extracted")
    assert {e.object_id for e in told} == {str(first.pk), str(second.pk)}
    third = make_document(world.other, "c.txt", FRENCH)
    work()
    # It is told of in its own turn, and read no second time.
    assert {e.object_id for e in told.all()} == {str(n.pk) for n in (first, second, third)}
    assert Extraction.objects.get().extracted_at == extraction.extracted_at
    assert found(world.stranger, "zibeline") == {"c.txt"}


@pytest.mark.django_db
@pytest.mark.parametrize("known", [False, True], ids=["new", "there already, out of sight"])
def test_whether_the_bytes_lie_elsewhere_is_not_told(world, client, known):
    """Two worlds: in one of them somebody else has the same file. They answer alike."""
    work()
    make_document(world.other, "theirs.txt", FRENCH if known else b"Autre chose.")
    work()
    mine = make_document(world.space, "mine.txt", FRENCH)
    client.force_login(world.member, backend="directory.backends.DirectoryBackend")

    def page():
        return client.get(mine.get_absolute_url()).content.decode()

    consumers.drain("search-index")
    assert "zibeline" not in page()
    assert found(world.member, "zibeline") == set()
    before = JournalEntry.objects.latest("sequence").sequence
    consumers.drain("documents-extraction")
    assert "zibeline" in page()
    consumers.drain("search-index")
    assert found(world.member, "zibeline") == {"mine.txt"}
    told = JournalEntry.objects.filter(sequence__gt=before).values_list("action", "object_id")
    assert list(told) == [("version.extracted", str(mine.pk))]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("vide.txt", b"", "empty"),
        ("cassé.pdf", b"%PDF-1.4 not really", "malformed"),
        ("binaire.bin", bytes(range(256)) * 20, "unsupported"),
    ],
)
def test_a_file_without_text_is_noted_and_found_by_its_name(world, name, content, status):
    node = make_document(world.space, name, content)
    work()
    assert Extraction.objects.get().status == status
    assert found(world.member, name.split(".")[0]) == {name}
    assert blobs.path_of(node.current_version.blob_id).read_bytes() == content


@pytest.mark.django_db
def test_the_index_follows_every_change(world):
    node = make_document(world.space, "a.txt", FRENCH)
    work()
    make_version(node, b"Plus rien que du papier.")
    work()
    assert found(world.member, "zibeline") == set()
    assert found(world.member, "papier") == {"a.txt"}
    rename(actor=None, node=node, name="kiwi.txt")
    work()
    assert found(world.member, "kiwi") == {"kiwi.txt"}
    trash(actor=None, node=node)
    work()
    assert found(world.member, "papier") == set()
    restore_from_trash(actor=None, node=node)
    work()
    assert found(world.member, "papier") == {"kiwi.txt"}


@pytest.mark.django_db
def test_what_is_in_a_folder_follows_the_folder(world):
    folder = make_folder(world.space, "Dossier")
    make_document(make_folder(folder, "dedans"), "a.txt", FRENCH)
    work()
    assert found(world.member, "zibeline") == {"a.txt"}
    trash(actor=None, node=folder)
    work()
    assert found(world.member, "zibeline") == set()
    restore_from_trash(actor=None, node=folder)
    move(actor=None, node=folder, to=world.other.root)
    work()
    assert found(world.stranger, "zibeline") == {"a.txt"}
    assert found(world.member, "zibeline") == set()
    assert "dedans" in found(world.stranger, "dedans")


@pytest.mark.django_db
def test_a_right_that_changes_counts_before_the_index_knows(world):
    folder = make_folder(world.space, "Dossier")
    make_document(folder, "a.txt", FRENCH)
    work()
    break_inheritance(actor=world.head, node=folder, keep_access=False)
    assert found(world.member, "zibeline") == set()
    assert found(world.head, "zibeline") <= {"a.txt"}
    work()
    assert found(world.member, "zibeline") == set()
    assert found(world.head, "zibeline") == {"a.txt"}
    restore_inheritance(actor=world.head, node=folder)
    assert found(world.member, "zibeline") == {"a.txt"}  # without touching the index


@pytest.mark.django_db
def test_spaces_and_folders_are_found_by_name(world):
    make_folder(world.space, "Délibérations")
    work()
    assert found(world.member, "délibération") == {"Délibérations"}
    assert len(found(world.member, "budgets")) == 1
    update_space(actor=None, space=world.space, name_fr="Comptes", name_en="Accounts")
    work()
    assert len(found(world.member, "comptes")) == len(found(world.member, "accounts")) == 1
    assert found(world.stranger, "comptes") == set()


@pytest.mark.django_db
def test_a_machine_that_cannot_read_is_waited_for(world, monkeypatch):
    good = make_document(world.space, "a.txt", b"readable words")
    make_document(world.space, "b.pdf", b"%PDF-1.7")
    real = reader.extract

    def down(path, *, name, **more):
        if name == "b.pdf":
            raise reader.ExtractionUnavailable("no sandbox here")
        return real(path, name=name, **more)

    monkeypatch.setattr(reader, "extract", down)
    with pytest.raises(TryLater):
        consumers.drain("documents-extraction")
    assert Extraction.objects.get().pk == good.current_version.blob_id
    monkeypatch.undo()
    consumers.drain("documents-extraction")
    assert Extraction.objects.count() == 2


@pytest.mark.django_db
def test_a_lost_content_holds_nothing_up(world, monkeypatch):
    lost = make_document(world.space, "lost.txt", b"lost words")
    blobs.path_of(lost.current_version.blob_id).unlink()
    make_document(world.space, "good.txt", b"good words")
    monkeypatch.setattr(TextExtraction, "max_attempts", 1)
    work()
    from directory.models import ParkedEntry

    assert ParkedEntry.objects.filter(consumer="documents-extraction").count() == 1
    assert found(world.member, "good") == {"good.txt"}
    assert found(world.member, "lost") == {"lost.txt"}


@pytest.mark.django_db
def test_two_files_are_read_at_once_and_no_more(world, monkeypatch):
    for number in range(8):
        make_document(world.space, f"{number}.txt", b"%d" % number)
    at_work, most, lock, both = 0, 0, threading.Lock(), threading.Barrier(2, timeout=120)
    real = reader.extract

    def watched(path, **more):
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        both.wait()
        answer = real(path, **more)
        with lock:
            at_work -= 1
        return answer

    monkeypatch.setattr(reader, "extract", watched)
    consumers.drain("documents-extraction")
    assert most == 2
    assert Extraction.objects.count() == 8


def as_older_readers_left_it(node, text):
    """Make what was found in a document what an earlier version of the readers found."""
    extraction = Extraction.objects.get(pk=node.current_version.blob_id)
    extraction.text, extraction.readers_version = text, 0
    extraction.save()
    rename(actor=None, node=node, name=f"ancien {node.name}")
    consumers.drain("search-index")


@pytest.mark.django_db
def test_new_readers_reach_old_files(world, django_assert_num_queries):
    again = [
        make_document(world.space, f"{number}.txt", b"kiwi %d" % number) for number in range(6)
    ]
    same = make_document(world.space, "same.txt", FRENCH)
    work()
    for node in again:
        as_older_readers_left_it(node, "autre chose")
    as_older_readers_left_it(same, FRENCH.decode())
    assert found(world.member, "kiwi") == set()
    before = JournalEntry.objects.latest("sequence").sequence
    consumers.drain("documents-extraction")
    while rereading.read_again():
        pass
    assert not Extraction.objects.exclude(readers_version=reader.READERS_VERSION).exists()
    told = JournalEntry.objects.filter(sequence__gt=before, action="version.extracted")
    assert {entry.object_id for entry in told} == {str(node.pk) for node in again}
    consumers.drain("search-index")
    assert len(found(world.member, "kiwi")) == 6
    assert found(world.stranger, "kiwi") == set()
    consumers.drain("documents-extraction")
    with django_assert_num_queries(4):
        assert not rereading.read_again()


@pytest.mark.django_db
def test_what_older_readers_found_stays_where_the_content_is_lost(world):
    node = make_document(world.space, "a.txt", FRENCH)
    work()
    as_older_readers_left_it(node, "ancienne lecture")
    blobs.path_of(node.current_version.blob_id).unlink()
    rereading.read_again()
    extraction = Extraction.objects.get()
    assert (extraction.text, extraction.readers_version) == (
        "ancienne lecture",
        reader.READERS_VERSION,
    )


@pytest.mark.django_db
def test_reading_again_tells_nothing_before_its_turn(world, monkeypatch):
    """The bytes lie elsewhere already and are read again there; here they have not arrived yet."""
    theirs = make_document(world.other, "theirs.txt", FRENCH)
    work()
    as_older_readers_left_it(theirs, "ancienne lecture")
    mine = make_document(world.space, "mine.txt", FRENCH)
    before = JournalEntry.objects.latest("sequence").sequence
    assert not rereading.read_again(), "what arrived goes first"
    assert JournalEntry.objects.latest("sequence").sequence == before
    monkeypatch.setattr(rereading, "something_arrived", lambda: False)  # it arrives meanwhile
    rereading.read_again()
    told = JournalEntry.objects.filter(sequence__gt=before).values_list("object_id", flat=True)
    assert list(told) == [str(theirs.pk)]
    assert not VersionText.objects.filter(version=mine.current_version).exists()


@pytest.mark.django_db
def test_a_scan_is_found_by_its_keywords(world):
    facts = "/Subject (Urbanisme) /Keywords (zonage, zibeline)"
    make_document(world.space, "scan.pdf", pdf([""], facts=facts))
    work()
    assert Extraction.objects.get().status == "no_text"
    assert found(world.member, "zibeline") == {"scan.pdf"}


def test_a_text_is_kept_whole_and_read_in_part():
    extraction = Extraction(pk="0" * 64, status="ok")
    assert (extraction.text, extraction.for_search) == ("", "")
    extraction.text = "é" * 100_000
    assert extraction.text == "é" * 100_000
    assert len(extraction.compressed_text) < 2000
    assert extraction.beginning(4000) == "é" * 4000
    extraction.text = ""
    assert (extraction.text, extraction.beginning(10)) == ("", "")
