"""Bringing in a file share: structure, dates, second runs, kills, and what is not taken."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from directory import consumers, journal
from directory.models import Role
from documents import rereading
from documents.actions import break_inheritance
from documents.importing import walk
from documents.models import Extraction, Kind, Node, Version
from search.extraction import Status
from tests.directory.factories import make_person, make_service
from tests.faults.test_consumer_kill import database_url

from .factories import content_of, make_document, make_space
from .imports import EVERYTHING, paths, run

ROOT = Path(__file__).resolve().parents[2]


def shared(*parts: str) -> Path:
    """A folder of the shared data, wherever above the checkout it lies; skip where it is not."""
    for above in ROOT.parents:
        folder = above.joinpath("shared", "data", *parts)
        if folder.is_dir():
            return folder
    pytest.skip("the shared data are not beside the checkout")


def test_structure_dates_and_contents_are_kept(space, share):
    told = run(share, space)
    assert "3 files added" in told
    assert "0 not taken" in told
    assert paths(space) == EVERYTHING
    note = Node.objects.get(name="note.txt")
    assert note.modified_at.isoformat() == "2010-01-01T00:00:00.123456+00:00"
    assert note.current_version.modified_at == note.modified_at
    assert note.current_version.source == Version.Source.IMPORT
    assert content_of(note) == b"Une note."
    assert Node.objects.get(name="vide").modified_at.year == 2001
    assert list(journal.verify()) == []


def test_a_second_run_takes_nothing_twice_and_what_changed_is_a_new_version(space, share):
    run(share, space)
    ids = dict(Node.objects.values_list("name", "pk"))
    last = journal.last_sequence()
    assert "3 unchanged" in run(share, space)
    assert "3 unchanged" in run(share, space, checksum=True)
    assert journal.last_sequence() == last

    (share / "lisez-moi.txt").write_text("À lire ensuite.")
    (share / "nouveau.txt").write_text("Nouveau.")
    told = run(share, space)
    assert "1 files added, 1 new versions, 2 unchanged" in told
    changed = Node.objects.get(name="lisez-moi.txt")
    assert changed.pk == ids["lisez-moi.txt"]
    assert [v.number for v in changed.versions.all()] == [2, 1]
    assert content_of(changed) == "À lire ensuite.".encode()


def test_a_touched_file_with_the_same_content_is_no_new_version(space, share):
    run(share, space)
    os.utime(share / "lisez-moi.txt", (0, 1_500_000_000))
    assert "3 unchanged" in run(share, space)
    assert Version.objects.count() == 3


def test_a_document_with_rights_of_its_own_is_not_taken_twice(space, share):
    run(share, space)
    break_inheritance(actor=None, node=Node.objects.get(name="lisez-moi.txt"))
    assert "3 unchanged" in run(share, space)
    (share / "lisez-moi.txt").write_text("Autre chose.")
    assert "1 new versions" in run(share, space)
    assert Node.objects.filter(name="lisez-moi.txt").count() == 1


def test_what_is_kept_under_a_mended_name_is_told(space, share, tmp_path):
    (share / "Notes: mars").mkdir()
    (share / "Notes: mars" / "fin..txt").write_text("as it is")
    (share / "Notes: mars" / "a:b.txt").write_text("mended")
    report = tmp_path / "report.csv"
    told = run(share, space, report=report)
    with report.open(newline="", encoding="utf-8-sig") as file:
        rows = {row["path"]: row["why"] for row in csv.DictReader(file, delimiter=";")}
    kept = {node.name for node in Node.objects.filter(name__startswith="Notes")}
    assert rows == {
        "Notes: mars": f"Kept as “{kept.pop()}”.",
        "Notes: mars/a:b.txt": "Kept as “a-b.txt”.",
    }
    assert "2 have names that other systems refuse: mended." in told
    assert "kept as “a-b.txt”" in told


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("a-b.txt", "a:b.txt", "a-b.txt"),
        ("a:b.txt", "a|b.txt", "a-b.txt"),
        ("a?b.txt", "a_b.txt", "a_b.txt"),  # the one that is mended comes first
        ("fin", "fin.", "fin"),
        ("A<b.txt", "a(b.txt", "a(b.txt"),
    ],
)
def test_two_names_that_are_mended_to_one_are_told_as_such(tmp_path, first, second, kept):
    for name in (first, second):
        (tmp_path / name).write_text(name)
    with translation.override("en"):
        _found, skipped = walk(tmp_path, limit=1000)
    assert (skipped.place, skipped.why) == (
        second,
        f"Other systems refuse some names: it and “{first}” would both be kept as “{kept}”. "
        "Rename one of them.",
    )
    with translation.override("fr"):
        _found, skipped = walk(tmp_path, limit=1000)
    assert skipped.why == (
        "D’autres systèmes refusent certains noms\u00a0: il serait conservé, "
        f"comme «\u00a0{first}\u00a0», sous le nom «\u00a0{kept}\u00a0». Renommez l’un des deux."
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Note.txt", "note.txt"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("l'été.txt", "l\u2019été.txt"),
        ("a  b.txt", "a b.txt"),
        ("A:b.txt", "a:b.txt"),  # both are mended, which is not why they are one
    ],
)
def test_two_names_that_look_alike_are_told_as_such(tmp_path, first, second):
    for name in (first, second):
        (tmp_path / name).write_text(name)
    with translation.override("en"):
        _found, skipped = walk(tmp_path, limit=1000)
    assert f"differs from “{first}” only by case, spaces or characters" in skipped.why


def test_what_is_not_taken_is_told_with_the_reason(space, share, tmp_path, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    (share / "link").symlink_to(share / "lisez-moi.txt")
    (share / "loop").symlink_to(share)
    (share / "big.bin").write_bytes(b"x" * 2000)
    os.mkfifo(share / "pipe")
    (share / "CON.txt").write_text("device")
    (share / "LISEZ-MOI.TXT").write_text("clash")
    Path(os.fsdecode(os.fsencode(share) + b"/caf\xe9.txt")).write_text("latin")
    (share / "turned\u202efdp.exe").write_text("direction")
    report = tmp_path / "report.csv"
    told = run(share, space, report=report)
    with report.open(newline="", encoding="utf-8-sig") as file:
        rows = {row["path"]: row["why"] for row in csv.DictReader(file, delimiter=";")}
    assert set(rows) == {
        "CON.txt",
        "big.bin",
        "caf\\udce9.txt",
        "link",
        "lisez-moi.txt",
        "loop",
        "pipe",
        "turned\\x202efdp.exe",
    }
    assert all(rows.values())
    assert "8 not taken" in told
    # The first of two names that clash is taken, and it alone.
    assert paths(space) == EVERYTHING - {"/lisez-moi.txt"} | {"/LISEZ-MOI.TXT"}


def test_an_unreadable_folder_is_told_and_the_rest_is_taken(space, share):
    if os.geteuid() == 0:
        # Root reads everything: a folder that vanishes while it is walked stands for it.
        from documents.importing import Skipped, walk

        seen = []
        for found in walk(share, limit=10**9):
            seen.append(found)
            if not isinstance(found, Skipped) and found.parts == ("vide",):
                (share / "vide").rmdir()
        assert [s.place for s in seen if isinstance(s, Skipped)] == ["vide"]
        return
    (share / "vide").chmod(0)
    assert "1 not taken" in run(share, space)
    assert paths(space) == EVERYTHING


def test_names_that_the_space_has_otherwise_are_told(space, share):
    make_document(space, name="Budgets", content=b"a document of that name")
    told = run(share, space)
    assert "3 not taken" in told or "4 not taken" in told
    assert paths(space) == {"/Budgets", "/lisez-moi.txt", "/vide"}


def test_a_dry_run_writes_nothing(space, share):
    last = journal.last_sequence()
    told = run(share, space, dry_run=True)
    assert "3 files would be added" in told
    assert paths(space) == set()
    assert journal.last_sequence() == last


def test_into_a_folder_by_somebody_who_may(space, share):
    member = make_person("mia.member", service=space.service)
    with pytest.raises(CommandError, match="may not write"):
        run(share, space, author=member.username)
    author = make_person("cal.contributor", service=space.service, role=Role.CONTRIBUTOR)
    run(share, space, author=author.username, into="Ancien serveur/G")
    assert "/Ancien serveur/G/Budgets/2025/primitif.txt" in paths(space)
    assert Version.objects.filter(author=author).count() == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"space": "nowhere"}, "no space nowhere"),
        ({"author": "nobody"}, "no active account"),
        ({"folder": "/no/such/folder"}, "not a folder"),
    ],
)
def test_wrong_words_are_answered(space, share, arguments, said):
    options = {"folder": share, "space": space.slug} | arguments
    with pytest.raises(CommandError, match=said):
        call_command("import_tree", options.pop("folder"), **options)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_stopped_in_the_middle_and_run_again(blob_folder, tmp_path_factory, how):
    space = make_space(make_service("archives"))
    share = tmp_path_factory.mktemp("share")  # apart from the data folder of this test
    for number in range(1500):
        folder = share / f"dossier {number % 30}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(f"fichier {number}")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "MARIGOT_DATABASE_URL": database_url(),
        "MARIGOT_DATA": str(Path(settings.BLOB_FOLDER).parent),
    }
    command = [sys.executable, "manage.py", "import_tree", str(share), "--space", space.slug]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not Version.objects.exists():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(how)
    _out, error = process.communicate(timeout=120)
    assert process.returncode != 0
    before = Version.objects.count()
    assert 0 < before < 1500, "it was not stopped in the middle"
    if how == signal.SIGINT:
        assert b"Run the command again" in error
    # Nothing half: each row has its bytes.
    for version in Version.objects.select_related("node")[:50]:
        assert content_of(version.node).startswith(b"fichier")
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    connection.close()
    documents = Node.objects.filter(space=space, kind=Kind.DOCUMENT)
    assert documents.count() == Version.objects.count() == 1500
    assert list(journal.verify()) == []


@pytest.mark.slow
def test_the_real_files_are_taken_and_read(space):
    files = shared("files", "tika")
    told = run(files, space)
    total = sum(1 for path in files.rglob("*") if path.is_file())
    assert f"{total} files added" in told
    consumers.drain("documents-extraction")
    while rereading.read_again():  # what a slower machine has put off
        pass
    found = Extraction.objects.values_list("status", flat=True)
    assert len(found) == len(set(Version.objects.values_list("blob_id", flat=True)))
    assert sum(status == Status.OK for status in found) > 0.8 * len(found)
    assert not {Status.CRASHED, Status.TIMED_OUT} & set(found)
