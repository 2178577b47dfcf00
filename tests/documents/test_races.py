"""Two at once: the same name, the same version number, each other's folder."""

# ruff: noqa: B023  (the threads are over before the variables change)
from __future__ import annotations

import pytest

from directory import access, journal
from directory.access import Level
from documents.actions import (
    Conflict,
    IntoItself,
    NameTaken,
    Refused,
    break_inheritance,
    create_folder,
    move,
    share,
    trash,
    unshare,
)
from documents.models import Blob, Node, Version
from tests.racing import at_once

from .conftest import make_world
from .factories import make_document, make_folder, make_version, put

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def world():
    return make_world()


def kinds(results):
    return sorted(type(result).__name__ for result in results)


def test_of_two_uploads_of_a_name_one_is_told(world):
    for number in range(ROUNDS):
        results = at_once(
            *(
                lambda content=content: put(world.space, f"a{number}.txt", content)
                for content in (b"one", b"two", b"three")
            )
        )
        assert kinds(results) == ["NameTaken", "NameTaken", "Uploaded"]
    assert Node.objects.filter(kind=1).count() == ROUNDS
    assert list(journal.verify()) == []


def test_uploads_of_a_name_as_versions_lose_none(world):
    for number in range(ROUNDS):
        contents = {f"{number} {i}".encode() for i in range(4)}
        results = at_once(
            *(
                lambda c=c: put(world.space, f"a{number}", c, conflict=Conflict.NEW_VERSION)
                for c in contents
            )
        )
        assert kinds(results) == ["Uploaded"] * 4
        node = Node.objects.get(name=f"a{number}")
        assert [v.number for v in node.versions.order_by("number")] == [1, 2, 3, 4]
        assert node.current_version.number == 4


def test_versions_added_at_once_are_numbered_without_gap(world):
    node = make_document(world.space, "a", b"0")
    for number in range(ROUNDS):
        at_once(*(lambda i=i: make_version(node, b"%d %d" % (number, i)) for i in range(3)))
    numbers = list(
        Version.objects.filter(node=node).order_by("number").values_list("number", flat=True)
    )
    assert numbers == list(range(1, 3 * ROUNDS + 2))


def test_the_same_bytes_at_once_are_kept_once(world):
    for number in range(ROUNDS):
        results = at_once(
            lambda: put(world.space, f"a{number}", b"%d" % number),
            lambda: put(world.other, f"b{number}", b"%d" % number),
        )
        assert kinds(results) == ["Uploaded", "Uploaded"]
    assert Blob.objects.count() == ROUNDS


def test_folders_moved_into_each_other_make_no_ring(world):
    for number in range(ROUNDS):
        one, two = make_folder(world.space, f"a{number}"), make_folder(world.space, f"b{number}")
        results = at_once(
            lambda: move(actor=None, node=one, to=two), lambda: move(actor=None, node=two, to=one)
        )
        assert kinds(results) == ["IntoItself", "Node"]
        assert any(isinstance(result, IntoItself) for result in results)
    assert Node.objects.under(world.space.root).count() == 2 * ROUNDS + 1


def test_what_comes_into_a_folder_while_it_is_closed_is_closed_too(world):
    for number in range(ROUNDS):
        folder = make_folder(world.space, f"f{number}")
        inner = make_folder(folder, "inner")
        results = at_once(
            lambda: put(inner, "late.txt", b"x"),
            lambda: break_inheritance(actor=None, node=folder, keep_access=False),
        )
        assert kinds(results) == ["Node", "Uploaded"]
        scopes = set(Node.objects.under(folder).values_list("scope_id", flat=True))
        assert scopes == {Node.objects.get(pk=folder.pk).own_scope_id}


def test_what_comes_into_a_folder_while_it_goes_is_refused_or_goes_too(world):
    for number in range(ROUNDS):
        folder = make_folder(world.space, f"f{number}")
        results = at_once(
            lambda: put(folder, "late.txt", b"x"), lambda: trash(actor=None, node=folder)
        )
        assert isinstance(results[0], Refused) or Node.objects.get(pk=results[0].node.pk).is_trashed
        assert not Node.objects.live().filter(parent=folder).exists()


def test_a_move_between_spaces_both_ways_at_once(world):
    for number in range(ROUNDS):
        one, two = make_folder(world.space, f"a{number}"), make_folder(world.other, f"b{number}")
        results = at_once(
            lambda: move(actor=None, node=one, to=two), lambda: move(actor=None, node=two, to=one)
        )
        assert kinds(results) == ["IntoItself", "Node"]
    for node in Node.objects.exclude(parent=None).select_related("parent"):
        assert node.space_id == node.parent.space_id
        assert node.scope_id == node.parent.scope_id


def test_of_two_folders_of_a_name_one_is_made(world):
    for number in range(ROUNDS):
        results = at_once(
            *(
                lambda: create_folder(actor=None, parent=world.space.root, name=f"f{number}")
                for _ in range(2)
            )
        )
        assert kinds(results) == ["NameTaken", "Node"]
        assert any(isinstance(result, NameTaken) for result in results)


def test_of_two_managers_who_take_each_others_access_away_one_stays(world):
    for number in range(ROUNDS):
        folder = make_folder(world.space, f"f{number}")
        break_inheritance(actor=None, node=folder, keep_access=False)
        folder = Node.objects.get(pk=folder.pk)
        heads = folder.own_scope.group_grants.get()
        mine = share(actor=None, node=folder, to=world.member, level=Level.MANAGE)
        other = share(actor=None, node=folder, to=world.stranger, level=Level.MANAGE)
        unshare(actor=None, node=folder, grant=heads)
        results = at_once(
            lambda: unshare(actor=world.member, node=folder, grant=other, sure=True),
            lambda: unshare(actor=world.stranger, node=folder, grant=mine, sure=True),
        )
        assert kinds(results) in (["Http404", "NoneType"], ["NobodyLeft", "NoneType"])
        assert access.having(Level.MANAGE, folder.own_scope).count() == 1


def test_of_two_managers_of_a_folder_one_stays_where_the_other_depends_on_another_space(world):
    for number in range(ROUNDS):
        outer = make_folder(world.space, f"f{number}")
        given = share(actor=None, node=outer, to=world.member, level=Level.MANAGE)
        outer = Node.objects.get(pk=outer.pk)
        inner = make_folder(outer, "inner")
        break_inheritance(actor=world.member, node=inner, keep_access=False)
        inner = move(actor=None, node=Node.objects.get(pk=inner.pk), to=world.other.root)
        other = share(actor=None, node=inner, to=world.stranger, level=Level.MANAGE)
        unshare(actor=None, node=inner, grant=inner.own_scope.group_grants.get())
        results = at_once(
            lambda: unshare(actor=None, node=outer, grant=given),
            lambda: unshare(actor=None, node=inner, grant=other),
        )
        assert kinds(results) == ["NobodyLeft", "NoneType"]
        assert access.having(Level.MANAGE, inner.own_scope).count() == 1
        trash(actor=None, node=inner)  # its name is free for the next round
