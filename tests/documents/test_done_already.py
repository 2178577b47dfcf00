"""What is there, or done, already; and what cannot be done to what something is."""

from __future__ import annotations

import uuid

import pytest
from django.http import Http404

from directory import journal
from directory.access import Level
from documents.actions import (
    NameTaken,
    Refused,
    break_inheritance,
    create_folder,
    move,
    rename,
    restore_from_trash,
    restore_inheritance,
    restore_version,
    share,
    trash,
    update_space,
)
from documents.actions.folders import ensure_path
from documents.actions.tree import locked
from documents.models import Node

from .factories import make_document, make_folder, make_version


@pytest.fixture
def folder(world):
    return make_folder(world.space, "dossier")


def told() -> int:
    return journal.last_sequence()


def test_what_is_done_already_is_not_told_again(world, folder):
    document = make_document(folder, "a.txt")
    share(actor=world.head, node=folder, to=world.stranger, level=Level.READ)
    break_inheritance(actor=world.head, node=folder)
    trash(actor=world.head, node=document)
    before = told()
    trash(actor=world.head, node=document)
    rename(actor=world.head, node=folder, name="dossier")
    move(actor=world.head, node=folder, to=folder.parent)
    break_inheritance(actor=world.head, node=folder)
    assert told() == before
    restore_from_trash(actor=world.head, node=document)
    restore_inheritance(actor=world.head, node=folder)
    before = told()
    restore_from_trash(actor=world.head, node=document)
    restore_inheritance(actor=world.head, node=folder)
    restore_inheritance(actor=world.head, node=document)
    restore_version(actor=world.head, node=document, number=1)
    assert told() == before
    assert not Node.objects.get(pk=document.pk).is_trashed


def test_what_is_not_there_is_not_found(world, folder):
    document = make_document(folder, "a.txt")
    with pytest.raises(Http404):
        locked(uuid.uuid4())
    with pytest.raises(Http404):
        locked(folder, uuid.uuid4())
    with pytest.raises(Http404):
        restore_version(actor=world.head, node=document, number=2)


def test_a_space_is_no_folder_to_be_renamed_moved_or_thrown_away(world):
    root = world.space.root
    for act in (
        lambda: rename(actor=world.head, node=root, name="other"),
        lambda: move(actor=world.head, node=root, to=make_folder(world.space)),
        lambda: trash(actor=world.head, node=root),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "root"


def test_a_space_keeps_a_name(world):
    with pytest.raises(Refused) as refused:
        update_space(actor=world.head, space=world.space, name_fr=" ", name_en="")
    assert refused.value.code == "empty"


def test_folders_that_are_there_are_taken_and_a_document_is_none(world, folder):
    make_document(folder, "a.txt")
    assert ensure_path(actor=world.head, parent=folder, parts=[]) == folder
    inner = ensure_path(actor=world.head, parent=world.space.root, parts=["dossier", "inner"])
    assert inner.parent == folder
    again = ensure_path(actor=world.head, parent=world.space.root, parts=["dossier", "inner"])
    assert again == inner
    with pytest.raises(NameTaken):
        ensure_path(actor=world.head, parent=folder, parts=["a.txt", "below"])


def test_a_folder_has_no_versions(world, folder):
    with pytest.raises(Http404):
        make_version(folder, b"1", actor=world.head)


def test_a_folder_with_rights_of_its_own_is_called_what_it_is_renamed_to(world, folder):
    break_inheritance(actor=world.head, node=folder)
    rename(actor=world.head, node=folder, name="other")
    assert Node.objects.get(pk=folder.pk).scope.label == "other"


def test_nothing_is_put_into_a_document(world, folder):
    document = make_document(folder, "a.txt")
    with pytest.raises(Refused) as refused:
        create_folder(actor=world.head, parent=document, name="inner")
    assert refused.value.code == "not_a_folder"


# What is inside with rights of its own; see decision 19


def test_what_stayed_behind_and_was_thrown_away_itself_stays_there(world, folder):
    secret = make_document(folder, "secret.txt")
    break_inheritance(actor=world.head, node=secret, keep_access=False)
    trash(actor=world.contributor, node=folder)
    secret.refresh_from_db()
    assert (secret.parent, secret.back_to) == (world.space.root, folder)
    trash(actor=world.head, node=secret)
    restore_from_trash(actor=world.contributor, node=folder)
    secret.refresh_from_db()
    assert (secret.is_trashed, secret.parent, secret.back_to) == (True, world.space.root, None)


def test_what_stays_behind_of_a_folder_with_rights_follows_the_one_above(world, folder):
    share(actor=world.head, node=folder, to=world.stranger, level=Level.CONTRIBUTE)
    secret = make_document(folder, "secret.txt")
    break_inheritance(actor=world.head, node=secret, keep_access=False)
    secret.refresh_from_db()
    assert secret.own_scope.parent == Node.objects.get(pk=folder.pk).own_scope
    trash(actor=world.contributor, node=folder)
    secret = Node.objects.get(pk=secret.pk)
    assert secret.own_scope.parent == world.space.scope
    restore_from_trash(actor=world.contributor, node=folder)
    secret = Node.objects.get(pk=secret.pk)
    assert secret.parent == folder
    assert secret.own_scope.parent == Node.objects.get(pk=folder.pk).own_scope


def test_rights_inside_rights_that_one_has_keep_nothing_behind(world, folder):
    inner = make_folder(folder, "inner")
    deep = make_document(inner, "deep.txt")
    for node in (inner, deep):
        break_inheritance(actor=world.head, node=node)
    trash(actor=world.head, node=folder)
    assert all(node.is_trashed for node in Node.objects.filter(pk__in=[inner.pk, deep.pk]))
