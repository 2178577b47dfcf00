"""Imports of what cannot be taken, in part or at all: each thing is told, nothing is half done."""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.utils import translation

from directory import journal
from directory.models import Role
from documents import blobs
from documents.actions import trash
from documents.importing import Importer
from documents.importing.leftovers import is_leftover
from documents.models import Imported, Kind, Node, Version
from tests.directory.factories import make_person, make_service

from .factories import content_of, make_space
from .imports import EVERYTHING, paths, run
from .test_races import at_once

LEFTOVER_FILES = [
    *(".DS_Store", "._rapport.docx", "Thumbs.db", "thumbs.db", "ehthumbs.db", "desktop.ini"),
    *("~$pport.docx", ".~lock.rapport.odt#", "~WRL0003.tmp", "film.mp4.part", "x.crdownload"),
    *("plan.dwl", "base.laccdb", ".nfs000000000123abcd", ".note.txt.swp", ".directory"),
]
LEFTOVER_FOLDERS = [
    *("$RECYCLE.BIN", "System Volume Information", "lost+found", ".Trash-1000", ".Trashes"),
    *("@eaDir", "#recycle", ".snapshot", ".Spotlight-V100", "__MACOSX"),
]
WANTED = [
    *("rapport.docx", ".gitignore", ".htaccess", "plan.dwg", "template.tmpl", "part", "~notes.txt"),
    *("contrepartie.txt", "x.db", "tmp", "rapport.part.pdf", "Corbeille", "desktop.ini.txt"),
]


@pytest.mark.parametrize("name", LEFTOVER_FILES)
def test_leftovers_of_programs_are_known(name):
    assert is_leftover(name, is_folder=False)


@pytest.mark.parametrize("name", LEFTOVER_FOLDERS)
def test_leftovers_of_systems_are_known(name):
    assert is_leftover(name, is_folder=True)


@pytest.mark.parametrize("name", WANTED)
def test_what_people_made_is_no_leftover(name):
    assert not is_leftover(name, is_folder=False)
    assert not is_leftover(name, is_folder=True)


def test_leftovers_are_left_and_told_unless_they_are_asked_for(space, share):
    for name in LEFTOVER_FILES:
        (share / "Budgets" / name).write_text(name)
    for name in LEFTOVER_FOLDERS:
        (share / name).mkdir()
        (share / name / "dedans.txt").write_text("x")
    number = len(LEFTOVER_FILES) + len(LEFTOVER_FOLDERS)
    told = run(share, space)
    assert f"{number} not taken" in told
    assert f"{number} of those are leftovers" in told
    assert ": It is a leftover of a system or a program." in told
    assert paths(space) == EVERYTHING
    run(share, space, leftovers=True)
    taken = paths(space)
    assert "/lost+found/dedans.txt" in taken
    assert "/Budgets/~$pport.docx" in taken


def test_an_empty_file_is_taken(space, share):
    (share / "rien.txt").touch()
    assert "4 files added" in run(share, space)
    assert content_of(Node.objects.get(name="rien.txt")) == b""
    assert "4 unchanged" in run(share, space)


def test_a_name_that_is_too_long_for_windows_and_webdav_is_told(space, share):
    # 255 bytes in the share's file system, more once its accents are composed as they are kept.
    (share / ("\u0958" * 85)).write_text("x")
    assert "The name is too long" in run(share, space)
    assert paths(space) == EVERYTHING


def test_marigots_own_folders_are_no_share(space, share, tmp_path):
    blob_folder = Path(settings.BLOB_FOLDER)
    blob_folder.mkdir(exist_ok=True)
    inside = blob_folder / "ab"
    inside.mkdir()
    link = tmp_path / "innocent"
    link.symlink_to(blob_folder)
    for folder in (blob_folder, inside, blob_folder.parent, link, Path("/")):
        with pytest.raises(CommandError, match="Marigot keeps its own data"):
            run(folder, space)
    assert not Version.objects.exists()


def test_a_file_that_somebody_writes_to_is_told_and_taken_later(space, share):
    busy = share / "journal.log"
    over = threading.Event()

    def write():
        with busy.open("wb", buffering=0) as file:
            while not over.is_set():
                file.write(b"x" * 4096)
                file.seek(file.tell() % 2**20)

    busy.write_bytes(b"x" * 2**24)
    thread = threading.Thread(target=write)
    thread.start()
    try:
        told = run(share, space)
    finally:
        over.set()
        thread.join()
    assert "journal.log: Somebody is writing to it" in told
    assert paths(space) == EVERYTHING
    assert not list((settings.BLOB_FOLDER / "tmp").iterdir())
    assert "1 files added" in run(share, space)
    assert content_of(Node.objects.get(name="journal.log")) == busy.read_bytes()


def test_a_file_that_became_a_link_or_a_pipe_is_not_followed(space, share):
    from documents.importing.staging import NotTaken, stage
    from documents.importing.walking import Skipped, walk

    [found] = [
        each
        for each in walk(share, limit=10**9)
        if not isinstance(each, Skipped) and each.parts == ("lisez-moi.txt",)
    ]
    for become in (lambda: found.path.symlink_to("/etc/passwd"), lambda: os.mkfifo(found.path)):
        found.path.unlink()
        become()
        with pytest.raises(NotTaken):
            stage(found)
    found.path.unlink()
    with translation.override("en"), pytest.raises(NotTaken, match="cannot be read"):
        stage(found)
    assert not list((settings.BLOB_FOLDER / "tmp").iterdir())


def test_a_disk_that_is_full_ends_the_import_and_leaves_nothing_half_done(space, share):
    run(share, space)
    (share / "gros.bin").write_bytes(os.urandom(48 * 2**20))
    (share / "zz.txt").write_text("après")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (32 * 2**20, hard))
    try:
        with pytest.raises(CommandError, match=r"no room left.*What was imported stays"):
            run(share, space)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert paths(space) == EVERYTHING
    assert not list((settings.BLOB_FOLDER / "tmp").iterdir())
    assert "2 files added, 0 new versions, 3 unchanged" in run(share, space)
    assert [problem for problem in blobs.verify() if problem] == []


def test_what_the_transaction_takes_back_is_not_counted(space, share):
    author = make_person("mia.member", service=space.service, role=Role.CONTRIBUTOR)
    importer = Importer(share, space.root, actor=author)
    importer.run()
    assert importer.report.added == Version.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_share_at_once_take_each_file_once(blob_folder, tmp_path_factory):
    space = make_space(make_service("archives"))
    share = tmp_path_factory.mktemp("share")
    for number in range(450):
        folder = share / f"dossier {number % 7}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.txt").write_text(f"fichier {number}")
    importers = [Importer(share, space.root) for _ in range(2)]
    results = at_once(*(importer.run for importer in importers))
    assert not [each for each in results if isinstance(each, Exception)], results
    assert sum(importer.report.added for importer in importers) == 450
    assert sum(importer.report.unchanged for importer in importers) == 450
    assert not any(importer.report.skipped for importer in importers)
    documents = Node.objects.filter(kind=Kind.DOCUMENT)
    assert documents.count() == Version.objects.count() == 450
    assert Node.objects.filter(kind=Kind.FOLDER).count() == 8
    assert Imported.objects.filter(node__isnull=False).count() == 457
    assert list(journal.verify()) == []


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_users_delete_while_it_is_imported(blob_folder, tmp_path_factory):
    """What is in by then goes into the trash with it; the rest is told, and other folders come."""
    space = make_space(make_service("archives"))
    share = tmp_path_factory.mktemp("share")
    for name in ("a", "b"):
        (share / name).mkdir()
        for number in range(300):
            (share / name / f"{number}.txt").write_text(f"{name} {number}")
    seen = []

    def delete(report):
        if not seen:
            seen.append(report.added)
            trash(actor=None, node=Node.objects.get(name="a"))

    with translation.override("en"):
        report = Importer(share, space.root, progress=delete).run()
    assert 0 < seen[0] < 300
    first = [each for each in report.skipped if each.place.startswith("a/")]
    assert first
    assert all("trash" in each.why for each in first)
    assert report.added + len(report.skipped) == 600
    assert Node.objects.live().filter(parent__name="b").count() == 300
    assert not Node.objects.live().filter(parent__name="a").exists()
    told = [each.place for each in Importer(share, space.root).run().skipped]
    assert told == ["a"]
    connection.close()
