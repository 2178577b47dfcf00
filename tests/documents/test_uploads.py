"""Uploading: new documents, new versions, conflicts of names, and who may."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404

from directory.models import JournalEntry
from documents import blobs
from documents.actions import (
    Conflict,
    NameTaken,
    Refused,
    add_version,
    break_inheritance,
    create_folder,
    rename,
    restore_version,
    trash,
    upload,
)
from documents.models import Blob, Immutable, Node, Version

from .factories import content_of, make_document, make_folder, make_version, put


def entries(node):
    return list(
        JournalEntry.objects.filter(object_type="documents.node", object_id=str(node.pk))
        .order_by("sequence")
        .values_list("action", flat=True)
    )


def test_an_upload_makes_a_document_with_its_first_version(world):
    folder = make_folder(world.space, "2026", actor=world.contributor)
    done = put(folder, " Bilan.PDF ", b"%PDF-1.7 ...", actor=world.contributor)
    node = Node.objects.get(pk=done.node.pk)
    assert done.created
    assert (node.name, node.parent, node.space) == ("Bilan.PDF", folder, world.space)
    assert (node.scope_id, node.mime, node.size) == (world.space.scope_id, "application/pdf", 12)
    assert (node.created_by, node.modified_by) == (world.contributor, world.contributor)
    assert (node.current_version.number, node.current_version.author) == (1, world.contributor)
    assert content_of(node) == b"%PDF-1.7 ..."
    assert entries(node) == ["document.uploaded"]
    entry = JournalEntry.objects.get(object_id=str(node.pk))
    assert entry.payload["version"] == 1
    assert entry.payload["sha256"] == node.current_version.blob_id


def test_an_import_keeps_the_date_of_the_file_and_an_upload_is_of_now(world):
    date = datetime(2011, 5, 4, 12, tzinfo=UTC)
    with blobs.stage([b"x"]) as staged:
        uploaded = upload(
            actor=None, folder=world.space.root, name="a", staged=staged, modified_at=date
        ).node
    with blobs.stage([b"x"]) as staged:
        imported = upload(
            actor=None,
            folder=world.space.root,
            name="b",
            staged=staged,
            modified_at=date,
            source=Version.Source.IMPORT,
        ).node
    assert imported.modified_at == date
    assert uploaded.modified_at.year > 2020
    assert uploaded.current_version.modified_at == date


@pytest.mark.parametrize("same", ["BILAN.txt", unicodedata.normalize("NFD", "bilan.txt")])
def test_a_taken_name_is_told_and_nothing_changes(world, same):
    make_document(world.space, "bilan.txt", b"one")
    with pytest.raises(NameTaken) as told:
        put(world.space, same, b"two", actor=world.contributor)
    assert told.value.existing.name == "bilan.txt"
    assert content_of(told.value.existing) == b"one"
    with pytest.raises(NameTaken):
        create_folder(actor=world.contributor, parent=world.space.root, name=same)


def test_accented_names_clash_whatever_the_system_that_typed_them(world):
    make_document(world.space, "Été.txt")
    with pytest.raises(NameTaken):
        put(world.space, unicodedata.normalize("NFD", "été.TXT"), b"two")
    put(world.space, "ete.txt", b"another name")


def test_a_new_version_is_made_when_asked(world):
    node = make_document(world.space, "bilan.txt", b"one")
    done = put(
        world.space, "Bilan.txt", b"two", actor=world.contributor, conflict=Conflict.NEW_VERSION
    )
    assert (done.node.pk, done.created, done.version.number) == (node.pk, False, 2)
    assert content_of(node) == b"two"
    assert node.name == "bilan.txt"
    assert entries(node) == ["document.uploaded", "document.version_added"]


def test_both_are_kept_when_asked(world):
    for expected in ["bilan.txt", "bilan (2).txt", "bilan (3).txt"]:
        done = put(world.space, "bilan.txt", b"x", conflict=Conflict.KEEP_BOTH)
        assert done.node.name == expected


def test_a_document_cannot_become_a_version_of_a_folder(world):
    make_folder(world.space, "bilan")
    with pytest.raises(NameTaken):
        put(world.space, "bilan", b"x", conflict=Conflict.NEW_VERSION)


def test_the_same_bytes_again_are_no_new_version(world):
    node = make_document(world.space, "bilan.txt", b"one")
    done = put(world.space, "bilan.txt", b"one", conflict=Conflict.NEW_VERSION)
    assert (done.unchanged, done.version.number) == (True, 1)
    assert make_version(node, b"one").number == 1
    assert node.versions.count() == 1


def test_bytes_are_kept_once_for_all_documents(world):
    first = make_document(world.space, "a.txt", b"same")
    second = make_document(world.other, "b.txt", b"same")
    assert first.current_version.blob == second.current_version.blob
    assert Blob.objects.count() == 1


def test_a_hidden_name_is_free(world):
    secret = make_document(world.space, "salaires.txt", b"secret")
    break_inheritance(actor=world.head, node=secret, keep_access=False)
    done = put(world.space, "salaires.txt", b"mine", actor=world.contributor)
    assert done.created
    assert done.node.name == "salaires.txt"
    assert content_of(secret) == b"secret"
    with pytest.raises(NameTaken):  # who sees it is told
        put(make_folder(world.space), "x", b"", actor=world.head)
        rename(actor=world.head, node=make_document(world.space, "b"), name="Salaires.txt")


@pytest.mark.parametrize(
    ("who", "may"),
    [("contributor", True), ("head", True), ("member", False), ("stranger", False)],
)
def test_contributors_write(world, who, may):
    actor = getattr(world, who)
    node = make_document(world.space, "old.txt", b"1")
    make_version(node, b"2")
    attempts = [
        lambda: put(world.space, "new.txt", b"x", actor=actor),
        lambda: create_folder(actor=actor, parent=world.space.root, name="new"),
        lambda: make_version(node, b"3", actor=actor),
        lambda: restore_version(actor=actor, node=node, number=1),
        lambda: rename(actor=actor, node=node, name="renamed.txt"),
        lambda: trash(actor=actor, node=node),
    ]
    before = JournalEntry.objects.count()
    for attempt in attempts:
        if may:
            attempt()
        else:
            with pytest.raises(Http404):
                attempt()
    assert (JournalEntry.objects.count() == before) is not may


def test_who_may_only_read_a_document_cannot_give_it_a_version_by_its_name(world):
    node = make_document(world.space, "a.txt", b"1")
    break_inheritance(actor=world.head, node=node, keep_access=False)
    from directory.access import Level
    from documents.actions import share

    share(actor=world.head, node=node, to=world.contributor, level=Level.READ)
    with pytest.raises(Http404):
        put(world.space, "a.txt", b"2", actor=world.contributor, conflict=Conflict.NEW_VERSION)
    assert content_of(node) == b"1"


def test_restoring_makes_a_new_version(world):
    node = make_document(world.space, "a.txt", b"1")
    make_version(node, b"2")
    version = restore_version(actor=world.contributor, node=node, number=1, comment="back")
    assert (version.number, version.source, version.restored_from) == (3, "restore", 1)
    assert content_of(node) == b"1"
    assert [v.number for v in node.versions.all()] == [3, 2, 1]
    assert restore_version(actor=world.contributor, node=node, number=1).number == 3
    with pytest.raises(Http404):
        restore_version(actor=world.contributor, node=node, number=9)


def test_a_version_is_never_changed_or_deleted(world):
    version = make_document(world.space).current_version
    version.comment = "changed"
    for attempt in [
        version.save,
        version.delete,
        Version.objects.all().delete,
        lambda: Version.objects.update(comment="changed"),
        lambda: Version.objects.bulk_update([version], ["comment"]),
        lambda: version.node.versions.update(comment="changed"),
        lambda: Version._base_manager.all().delete(),
    ]:
        with pytest.raises(Immutable):
            attempt()
    assert Version.objects.get().comment == ""


def test_the_database_allows_each_number_once(world):
    version = make_document(world.space).current_version
    with pytest.raises(IntegrityError), transaction.atomic():
        Version(node_id=version.node_id, number=1, blob_id=version.blob_id, size=0, mime="").save()


def test_the_database_refuses_two_live_nodes_of_a_name(world):
    node = make_document(world.space, "a.txt")
    other = make_document(world.space, "b.txt")
    with pytest.raises(IntegrityError), transaction.atomic():
        Node.objects.filter(pk=other.pk).update(name_key=node.name_key)


def test_a_document_without_a_version_cannot_be(world):
    node = make_document(world.space)
    with pytest.raises(IntegrityError), transaction.atomic():
        Node.objects.filter(pk=node.pk).update(current_version=None)


def test_nothing_goes_into_the_trash_or_into_a_document(world):
    folder = make_folder(world.space)
    trash(actor=None, node=folder)
    document = make_document(world.space)
    for where in (folder, document):
        with pytest.raises(Refused):
            put(where, "x", b"")


def test_what_is_in_the_trash_is_not_changed(world):
    node = make_document(world.space)
    trash(actor=None, node=node)
    with pytest.raises(Refused):
        make_version(node, b"2")
    with pytest.raises(Refused):
        rename(actor=None, node=node, name="x")


def test_a_bad_name_is_refused_before_anything_is_kept(world, blob_folder):
    with pytest.raises(ValidationError):
        put(world.space, "a/b", b"x")
    assert Blob.objects.count() == 0


def test_a_rename_keeps_id_and_history(world):
    node = make_document(world.space, "a.txt", b"1")
    make_version(node, b"2")
    renamed = rename(actor=world.contributor, node=node, name="b.pdf")
    assert (renamed.pk, renamed.name, renamed.mime) == (node.pk, "b.pdf", "application/pdf")
    assert node.versions.count() == 2
    assert entries(node)[-1] == "document.renamed"
    assert rename(actor=world.contributor, node=node, name="B.pdf").name == "B.pdf"


def test_adding_a_version_to_a_folder_is_not_found(world):
    folder = make_folder(world.space)
    with blobs.stage([b"x"]) as staged, pytest.raises(Http404):
        add_version(actor=None, node=folder, staged=staged)
