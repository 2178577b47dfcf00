"""Moving, the trash, and access rights of a folder's own."""

from __future__ import annotations

import pytest
from django.http import Http404

from directory import access
from directory.access import Level
from directory.models import JournalEntry
from documents.actions import (
    IntoItself,
    NameTaken,
    Refused,
    break_inheritance,
    move,
    restore_from_trash,
    restore_inheritance,
    share,
    trash,
)
from documents.models import Node

from .factories import content_of, make_document, make_folder, make_version, put


def fresh(node):
    return Node.objects.get(pk=node.pk)


def sees(person, node):
    return Node.objects.live().visible_to(person).filter(pk=node.pk).exists()


def assert_scopes_fit(space):
    """Everything stands in its own scope, or in that of the folder it lies in."""
    for node in Node.objects.filter(space=space).select_related("parent", "own_scope"):
        if node.own_scope is not None:
            assert node.scope_id == node.own_scope_id
            assert node.own_scope.parent_id == node.parent.scope_id
        elif node.parent is not None:
            assert node.scope_id == node.parent.scope_id
        else:
            assert node.scope_id == space.scope_id
        assert node.parent is None or node.parent.space_id == node.space_id


# Moving


def test_a_move_keeps_id_link_and_history(world):
    target = make_folder(world.space, "archives")
    node = make_document(world.space, "a.txt", b"1")
    make_version(node, b"2")
    moved = move(actor=world.contributor, node=node, to=target)
    assert (moved.pk, moved.parent) == (node.pk, target)
    assert [v.number for v in moved.versions.all()] == [2, 1]
    assert content_of(moved) == b"2"
    assert JournalEntry.objects.latest("sequence").action == "document.moved"


def test_a_move_to_another_space_takes_the_subtree_into_its_scope(world):
    folder = make_folder(world.space, "dossier")
    inner = make_folder(folder, "inner")
    deep = make_document(inner, "deep.txt")
    secret = make_document(inner, "secret.txt")
    break_inheritance(actor=world.head, node=secret, keep_access=False)
    gone = make_document(folder, "gone.txt")
    trash(actor=None, node=gone)
    move(actor=None, node=folder, to=world.other.root)
    for node in (folder, inner, deep, gone):
        assert fresh(node).scope_id == world.other.scope_id
        assert fresh(node).space_id == world.other.pk
    assert sees(world.stranger, deep)
    assert not sees(world.member, deep)
    assert not sees(world.stranger, secret)
    assert sees(world.head, secret)
    assert fresh(secret).own_scope.parent_id == world.other.scope_id
    assert_scopes_fit(world.space)
    assert_scopes_fit(world.other)


@pytest.mark.parametrize("who", ["member", "contributor", "head", "stranger"])
def test_a_move_needs_the_right_on_both_sides(world, who):
    node = make_document(world.space)
    with pytest.raises(Http404):
        move(actor=getattr(world, who), node=node, to=world.other.root)
    assert fresh(node).space_id == world.space.pk


def test_a_folder_is_not_moved_into_itself(world):
    folder = make_folder(world.space, "a")
    inner = make_folder(make_folder(folder, "b"), "c")
    for target in (folder, inner):
        with pytest.raises(IntoItself):
            move(actor=None, node=folder, to=target)


def test_a_taken_name_stops_a_move_unless_both_are_kept(world):
    target = make_folder(world.space, "t")
    make_document(target, "a.txt")
    node = make_document(world.space, "A.txt")
    with pytest.raises(NameTaken):
        move(actor=None, node=node, to=target)
    assert fresh(node).parent_id == world.space.root_id
    assert move(actor=None, node=node, to=target, keep_both=True).name == "A (2).txt"


def test_a_root_a_document_and_the_trash_are_no_targets(world):
    folder = make_folder(world.space)
    node = make_document(world.space)
    with pytest.raises(Refused):
        move(actor=None, node=world.space.root, to=world.other.root)
    with pytest.raises(Refused):
        move(actor=None, node=folder, to=node)
    trash(actor=None, node=folder)
    with pytest.raises(Refused):
        move(actor=None, node=node, to=folder)


def test_a_move_to_where_it_is_changes_nothing(world):
    node = make_document(world.space)
    before = JournalEntry.objects.count()
    move(actor=world.contributor, node=node, to=world.space.root)
    assert JournalEntry.objects.count() == before


# The trash


def test_the_trash_takes_what_is_below_and_gives_it_back(world):
    folder = make_folder(world.space, "dossier")
    inner = make_document(folder, "inner.txt")
    before = make_document(folder, "before.txt")
    trash(actor=world.contributor, node=before)
    trash(actor=world.contributor, node=folder)
    assert not Node.objects.live().filter(pk__in=[folder.pk, inner.pk]).exists()
    assert set(Node.objects.get_queryset().trash_roots()) == {folder, before}
    with pytest.raises(Refused) as refused:
        restore_from_trash(actor=world.contributor, node=inner)
    assert refused.value.code == "trashed_with_folder"
    restore_from_trash(actor=world.contributor, node=folder)
    assert fresh(inner).trashed_at is None
    assert fresh(before).is_trashed
    assert sees(world.member, inner)


def test_a_name_taken_meanwhile_gets_a_number(world):
    node = make_document(world.space, "a.txt", b"old")
    trash(actor=None, node=node)
    make_document(world.space, "a.txt", b"new")
    restored = restore_from_trash(actor=world.contributor, node=node)
    assert restored.name == "a (2).txt"
    assert content_of(restored) == b"old"


def test_what_lost_its_folder_comes_back_above_it(world):
    folder = make_folder(world.space, "dossier")
    node = make_document(folder, "a.txt")
    trash(actor=None, node=node)
    trash(actor=None, node=folder)
    assert restore_from_trash(actor=None, node=node).parent_id == world.space.root_id
    assert_scopes_fit(world.space)


def test_what_was_better_protected_is_not_restored_into_the_open(world):
    folder = make_folder(world.space, "secret")
    node = make_document(folder, "a.txt")
    break_inheritance(actor=world.head, node=folder, keep_access=False)
    trash(actor=world.head, node=node)
    trash(actor=world.head, node=folder)
    with pytest.raises(Refused) as refused:
        restore_from_trash(actor=world.head, node=node)
    assert refused.value.code == "folder_first"
    restore_from_trash(actor=world.head, node=folder)
    assert restore_from_trash(actor=world.head, node=node).parent_id == folder.pk
    assert not sees(world.member, node)


def test_a_space_is_not_trashed(world):
    with pytest.raises(Refused):
        trash(actor=None, node=world.space.root)


# Access of its own


def test_breaking_keeps_who_has_access_until_it_is_taken(world):
    folder = make_folder(world.space, "rh")
    inner = make_document(folder, "inner.txt")
    break_inheritance(actor=world.head, node=folder)
    for person in (world.member, world.contributor, world.head):
        assert sees(person, inner)
    scope = fresh(folder).own_scope
    assert not scope.inherits
    assert access.can(world.contributor, Level.CONTRIBUTE, scope)
    assert_scopes_fit(world.space)


def test_breaking_can_leave_the_managers_alone(world):
    folder = make_folder(world.space, "rh")
    inner = make_document(folder, "inner.txt")
    break_inheritance(actor=world.head, node=folder, keep_access=False)
    assert sees(world.head, inner)
    assert not sees(world.member, inner)
    assert not sees(world.contributor, inner)
    later = put(folder, "later.txt", b"x", actor=world.head).node
    assert not sees(world.member, later)
    share(actor=world.head, node=folder, to=world.stranger, level=Level.READ)
    assert sees(world.stranger, later)


def test_restoring_gives_it_back_to_the_folder_above(world):
    folder = make_folder(world.space, "rh")
    inner = make_document(folder, "inner.txt")
    break_inheritance(actor=world.head, node=folder, keep_access=False)
    share(actor=world.head, node=folder, to=world.stranger, level=Level.READ)
    restore_inheritance(actor=world.head, node=folder)
    assert sees(world.member, inner)
    assert not sees(world.stranger, inner)
    break_inheritance(actor=world.head, node=folder, keep_access=False)
    assert not sees(world.member, inner)


def test_sharing_adds_to_those_who_have_access(world):
    node = make_document(world.space)
    share(actor=world.head, node=node, to=world.stranger, level=Level.READ)
    assert sees(world.stranger, node)
    assert sees(world.member, node)
    assert not sees(world.stranger, make_document(world.space, "other.txt"))


def test_nested_rights_stay_nested(world):
    outer = make_folder(world.space, "outer")
    inner = make_folder(outer, "inner")
    node = make_document(inner, "a.txt")
    break_inheritance(actor=world.head, node=inner, keep_access=False)
    break_inheritance(actor=world.head, node=outer, keep_access=True)
    assert_scopes_fit(world.space)
    assert not sees(world.member, node)
    restore_inheritance(actor=world.head, node=inner)
    assert sees(world.member, node)


@pytest.mark.parametrize("who", ["member", "contributor", "stranger", "it_admin"])
def test_managers_alone_change_who_has_access(world, who):
    node = make_document(world.space)
    actor = getattr(world, who)
    for attempt in [
        lambda: break_inheritance(actor=actor, node=node),
        lambda: restore_inheritance(actor=actor, node=node),
        lambda: share(actor=actor, node=node, to=actor, level=Level.MANAGE),
    ]:
        with pytest.raises(Http404):
            attempt()


def test_the_root_of_a_space_can_stand_on_its_own(world):
    break_inheritance(actor=world.head, node=world.space.root, keep_access=False)
    node = make_document(world.space)
    assert sees(world.head, node)
    assert not sees(world.member, node)
