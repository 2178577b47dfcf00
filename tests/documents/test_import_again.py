"""An import that is run again: what users did meanwhile with what it brought stays done."""

from __future__ import annotations

import os
import shutil

import pytest
from django.core.management import CommandError
from django.utils import translation

from directory import journal
from directory.models import Role
from documents.actions import (
    Refused,
    break_inheritance,
    create_folder,
    move,
    rename,
    restore_from_trash,
    trash,
)
from documents.models import Imported, Node, Version
from tests.directory.factories import make_person, make_service

from .factories import content_of, make_folder, make_space, make_version
from .imports import EVERYTHING, paths, run


def node(name):
    return Node.objects.get(name=name)


def change(path, text):
    path.write_text(text)
    os.utime(path, (0, 1_700_000_000 + len(text)))


def test_what_is_in_the_trash_stays_there_and_is_told(space, share, tmp_path):
    run(share, space)
    trash(actor=None, node=node("note.txt"))
    last = journal.last_sequence()
    told = run(share, space)
    assert "0 files added, 0 new versions, 2 unchanged" in told
    assert "not taken: Budgets/note.txt: It has been in the trash since" in told
    assert journal.last_sequence() == last
    change(share / "Budgets" / "note.txt", "Une autre note.")
    assert "It has been in the trash since" in run(share, space, checksum=True)
    assert paths(space) == EVERYTHING - {"/Budgets/note.txt"}
    restore_from_trash(actor=None, node=node("note.txt"))
    assert "1 new versions" in run(share, space)
    assert content_of(node("note.txt")) == b"Une autre note."


def test_a_folder_in_the_trash_is_told_once_and_nothing_comes_back_into_it(space, share):
    run(share, space)
    moved = node("primitif.txt")
    move(actor=None, node=moved, to=space.root)
    trash(actor=None, node=node("Budgets"))
    (share / "Budgets" / "nouveau.txt").write_text("Nouveau.")
    (share / "Budgets" / "2026").mkdir()
    (share / "Budgets" / "2026" / "primitif.txt").write_text("Le suivant.")
    change(share / "Budgets" / "2025" / "primitif.txt", "Corrigé.")
    told = run(share, space)
    assert "0 files added, 1 new versions, 1 unchanged, 0 folders made, 1 not taken" in told
    assert "not taken: Budgets: It has been in the trash since" in told
    assert "with its contents" in told
    assert paths(space) == {"/lisez-moi.txt", "/primitif.txt", "/vide"}
    assert content_of(moved) == "Corrigé.".encode()


def test_what_was_renamed_or_moved_stays_where_it_is_and_gets_its_versions_there(space, share):
    run(share, space)
    other = make_space(make_service("schools"))
    note, primitive = node("note.txt"), node("primitif.txt")
    rename(actor=None, node=note, name="Note de cadrage.txt")
    move(actor=None, node=note, to=space.root)
    move(actor=None, node=primitive, to=other.root)
    last = journal.last_sequence()
    told = run(share, space)
    assert "3 unchanged" in told
    assert "2 had been renamed or moved" in told
    assert journal.last_sequence() == last
    change(share / "Budgets" / "note.txt", "Une autre note.")
    change(share / "Budgets" / "2025" / "primitif.txt", "Corrigé.")
    assert "2 new versions" in run(share, space)
    assert paths(space) == {
        "/Budgets",
        "/Budgets/2025",
        "/Note de cadrage.txt",
        "/lisez-moi.txt",
        "/vide",
    }
    assert paths(other) == {"/primitif.txt"}
    assert content_of(note) == b"Une autre note."
    assert content_of(primitive) == "Corrigé.".encode()
    assert "3 unchanged" in run(share, space)


def test_what_is_new_goes_into_the_folder_that_was_renamed(space, share):
    run(share, space)
    rename(actor=None, node=node("Budgets"), name="Finances")
    (share / "Budgets" / "nouveau.txt").write_text("Nouveau.")
    assert "1 files added" in run(share, space)
    assert "/Finances/nouveau.txt" in paths(space)
    assert not Node.objects.filter(name="Budgets").exists()


def test_two_folders_of_the_share_that_are_one_here_mix_no_files(space, share):
    run(share, space)
    rename(actor=None, node=node("Budgets"), name="Finances")
    (share / "Finances").mkdir()
    (share / "Budgets" / "x.txt").write_text("un")
    (share / "Finances" / "x.txt").write_text("deux")
    told = run(share, space)
    assert "Finances/x.txt: Another file of the share has its name" in told
    assert content_of(node("x.txt")) == b"un"


def test_what_users_wrote_is_not_written_over_by_a_file_that_has_not_changed(space, share):
    run(share, space)
    note = node("note.txt")
    make_version(note, b"Mieux.")
    assert "3 unchanged" in run(share, space)
    assert "3 unchanged" in run(share, space, checksum=True)
    os.utime(share / "Budgets" / "note.txt", (0, 1_700_000_000))
    assert "3 unchanged" in run(share, space)
    assert content_of(note) == b"Mieux."
    assert Version.objects.filter(node=note).count() == 2


def test_what_was_destroyed_does_not_come_back(space, share):
    run(share, space)
    node("vide").delete()
    assert "vide: It was imported before, and has since been destroyed" in run(share, space)
    assert "/vide" not in paths(space)


def test_each_space_has_a_memory_of_its_own(space, share):
    run(share, space)
    trash(actor=None, node=node("note.txt"))
    other = make_space(make_service("schools"))
    assert "3 files added" in run(share, other)
    assert paths(other) == EVERYTHING


def test_a_share_that_is_mounted_elsewhere_is_known_by_where_it_was(space, share, tmp_path):
    run(share, space)
    trash(actor=None, node=node("note.txt"))
    elsewhere = tmp_path / "mnt" / "G"
    shutil.copytree(share, elsewhere)
    told = run(elsewhere, space, known_as=share)
    assert "0 files added, 0 new versions, 2 unchanged" in told
    # Part of the share is known as well.
    told = run(elsewhere / "Budgets", space, known_as=share / "Budgets")
    assert "0 files added, 0 new versions, 1 unchanged" in told


def test_what_was_there_before_by_its_name_is_remembered_too(space, share):
    run(share, space)
    Imported.objects.all().delete()
    assert "3 unchanged" in run(share, space)
    trash(actor=None, node=node("note.txt"))
    assert "It has been in the trash since" in run(share, space)


def test_the_author_writes_only_where_they_may(space, share):
    author = make_person("cal.contributor", service=space.service, role=Role.CONTRIBUTOR)
    run(share, space, author=author.username)
    closed = make_folder(space, "Clos")
    break_inheritance(actor=None, node=closed, keep_access=False)
    note = node("note.txt")
    move(actor=None, node=note, to=closed)
    change(share / "Budgets" / "note.txt", "Une autre note.")
    change(share / "lisez-moi.txt", "Changé.")
    told = run(share, space, author=author.username)
    assert "1 new versions" in told
    assert "Budgets/note.txt: The author may not write where it is now." in told
    assert content_of(note) == b"Une note."


def test_a_target_that_goes_into_the_trash_ends_the_import(space, share):
    from documents.importing import Importer

    folder = create_folder(actor=None, parent=space.root, name="G")
    importer = Importer(share, folder)
    trash(actor=None, node=folder)
    with translation.override("en"), pytest.raises(Refused, match="in the trash"):
        importer.run()
    assert not Version.objects.exists()


def test_the_command_says_so_when_its_target_goes(space, share, monkeypatch):
    from documents.management.commands import import_tree

    ensure = import_tree.ensure_path

    def and_trash(**options):
        folder = ensure(**options)
        trash(actor=None, node=folder)
        return folder

    monkeypatch.setattr(import_tree, "ensure_path", and_trash)
    with pytest.raises(CommandError, match="trash"):
        run(share, space, into="G")
