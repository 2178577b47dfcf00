"""What somebody may not see is not trashed, moved or restored by them, and nothing tells of it."""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from django.test import Client

from directory.access import Level
from directory.models import JournalEntry
from documents import selectors
from documents.actions import Refused, break_inheritance, move, restore_from_trash, share, trash

from .factories import content_of, make_document, make_folder, make_space
from .test_tree import assert_scopes_fit, fresh, sees

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What differs from one look to the next, or tells how much is written in all the organisation.
VARYING = re.compile(
    r'<time .*?</time>|name="csrfmiddlewaretoken" value="\w+"|FToken": "\w+"|nonce="[^"]*"'
    r'|"menu-[0-9a-f]+"|data-since="\d+"'
)


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client


@pytest.fixture
def branch(world):
    """A folder of the space with a folder in it, and in that a document that only the head reads.

    `manager` manages that document, and has nothing else in the space.
    """
    world.other = make_space(world.finance, "annexe")
    world.folder = make_folder(world.space, "Agents")
    world.inner = make_folder(world.folder, "2026")
    world.plain = make_document(world.inner, "liste.txt", b"liste")
    world.closed = make_document(world.inner, "sanction.txt", b"sanction", actor=world.head)
    share(actor=world.head, node=world.closed, to=world.stranger, level=Level.MANAGE)
    break_inheritance(actor=world.head, node=fresh(world.closed), keep_access=False)
    world.manager = world.stranger
    return world


def test_what_is_closed_is_not_trashed_with_its_folder_and_goes_back_into_it(branch):
    trash(actor=branch.contributor, node=branch.folder)
    assert fresh(branch.plain).is_trashed
    for person in (branch.head, branch.manager):
        assert sees(person, branch.closed)
    assert fresh(branch.closed).parent == branch.space.root
    assert content_of(branch.closed) == b"sanction"
    assert_scopes_fit(branch.space)
    restore_from_trash(actor=branch.contributor, node=fresh(branch.folder))
    assert fresh(branch.closed).parent == branch.inner
    assert fresh(branch.closed).back_to is None
    assert not fresh(branch.plain).is_trashed
    assert_scopes_fit(branch.space)
    entries = JournalEntry.objects.filter(object_id=str(branch.closed.pk))
    assert "document.set_aside" in entries.values_list("action", flat=True)


def test_what_was_moved_meanwhile_stays_where_it_was_put(branch):
    trash(actor=branch.contributor, node=branch.folder)
    target = make_folder(branch.space, "Ailleurs")
    move(actor=branch.head, node=fresh(branch.closed), to=target)
    restore_from_trash(actor=branch.contributor, node=fresh(branch.folder))
    assert fresh(branch.closed).parent == target


def test_what_is_closed_is_not_taken_to_another_space(branch):
    gone = make_document(branch.inner, "ancien.txt", actor=branch.head)
    break_inheritance(actor=branch.head, node=gone, keep_access=False)
    trash(actor=branch.head, node=fresh(gone))
    move(actor=branch.both, node=branch.folder, to=branch.other.root)
    assert fresh(branch.plain).space == branch.other
    for node in (branch.closed, gone):
        assert (fresh(node).space, fresh(node).parent) == (branch.space, branch.space.root)
    assert fresh(gone).is_trashed
    assert sees(branch.head, branch.closed)
    assert_scopes_fit(branch.space)
    assert_scopes_fit(branch.other)
    restore_from_trash(actor=branch.head, node=fresh(gone))
    assert fresh(gone).parent == branch.space.root


def test_who_sees_all_of_it_takes_all_of_it(branch):
    move(actor=branch.head, node=branch.folder, to=make_folder(branch.space, "Archives"))
    assert fresh(branch.closed).parent == branch.inner
    trash(actor=branch.head, node=fresh(branch.folder))
    assert fresh(branch.closed).trash_root == branch.folder


def test_what_is_seen_and_not_ones_own_to_change_is_named_and_stops_it(branch):
    share(actor=branch.head, node=branch.closed, to=branch.both, level=Level.READ)
    for attempt in (
        lambda: trash(actor=branch.both, node=branch.folder),
        lambda: move(actor=branch.both, node=branch.folder, to=branch.other.root),
    ):
        with pytest.raises(Refused, match=r"sanction\.txt"):
            attempt()
    assert not fresh(branch.folder).is_trashed
    assert fresh(branch.closed).parent == branch.inner


def test_what_went_into_the_trash_with_a_folder_is_taken_back_by_who_may(branch):
    trash(actor=branch.head, node=branch.folder)
    # Who may take the folder back is told to; the others have their own document back alone.
    with pytest.raises(Refused) as refused:
        restore_from_trash(actor=branch.head, node=fresh(branch.closed))
    assert refused.value.code == "trashed_with_folder"
    assert selectors.trashed_for(branch.manager) == [branch.closed]
    assert selectors.trashed_for(branch.head) == []
    client = signed_in(branch.manager)
    assert "sanction.txt" in client.get("/spaces/").content.decode()
    client.post(f"/d/{branch.closed.pk}/restore/")
    assert fresh(branch.closed).parent == branch.space.root
    assert sees(branch.manager, branch.closed)
    assert not sees(branch.member, branch.closed)
    assert fresh(branch.plain).is_trashed
    assert selectors.trashed_for(branch.manager) == []
    assert_scopes_fit(branch.space)


def test_a_folder_comes_back_without_what_is_closed_to_who_takes_it_back(branch):
    trash(actor=branch.head, node=branch.folder)
    restore_from_trash(actor=branch.contributor, node=fresh(branch.folder))
    assert not fresh(branch.plain).is_trashed
    assert fresh(branch.closed).trash_root == branch.closed
    restore_from_trash(actor=branch.manager, node=fresh(branch.closed))
    assert fresh(branch.closed).parent == branch.inner


def test_what_was_trashed_in_a_shared_folder_is_found_by_who_was_invited_to_it(branch):
    share(actor=branch.head, node=branch.inner, to=branch.stranger, level=Level.CONTRIBUTE)
    trash(actor=branch.stranger, node=fresh(branch.plain))
    assert selectors.trashed_for(branch.stranger) == [branch.plain]
    assert selectors.trashed_for(branch.contributor) == []  # it is in the trash of the space


def test_a_folder_goes_into_one_that_lay_in_it_out_of_sight(branch):
    """To refuse it would tell that the shared folder lies in it."""
    hidden = make_folder(branch.inner, "fermé", actor=branch.head)
    break_inheritance(actor=branch.head, node=hidden, keep_access=False)
    given = make_folder(fresh(hidden), "ouvert", actor=branch.head)
    share(actor=branch.head, node=given, to=branch.contributor, level=Level.CONTRIBUTE)
    move(actor=branch.contributor, node=branch.folder, to=fresh(given))
    assert fresh(branch.folder).parent == given
    assert fresh(hidden).parent == branch.space.root
    assert_scopes_fit(branch.space)


def played(world, slug: str, *, hidden: bool) -> list[object]:
    """Do with a branch, as its contributor, all that can be done; return all that was answered."""
    space = make_space(world.finance, slug, name_fr="Espace", name_en="Space")
    folder = make_folder(space, "Agents")
    inner = make_folder(folder, "2026")
    target = make_folder(space, "Archives")
    away = make_space(world.finance, f"{slug}-annexe", name_fr="Annexe", name_en="Annexe")
    make_document(inner, "liste.txt")
    if hidden:
        for where, name in ((folder, "a.txt"), (inner, "b.txt"), (inner, "Fermé")):
            make = make_document if "." in name else make_folder
            closed = make(where, name, actor=world.head)
            break_inheritance(actor=world.head, node=closed, keep_access=False)
            share(actor=world.head, node=closed, to=world.stranger, level=Level.MANAGE)
        make_document(fresh(closed), "dedans.txt", actor=world.head)
    client = signed_in(world.both)
    pages = [f"/spaces/{slug}/", f"/spaces/{slug}/trash/", f"/d/{target.pk}/"]
    pages += [f"/d/{folder.pk}/", f"/d/{inner.pk}/", f"/d/move/?node={folder.pk}"]
    steps = [
        ("/d/trash/", {"node": folder.pk}),
        ("/d/untrash/", {"node": folder.pk}),
        ("/d/trash/", {"node": inner.pk}),
        ("/d/trash/", {"node": folder.pk}),
        (f"/d/{folder.pk}/restore/", {}),
        (f"/d/{inner.pk}/restore/", {}),
        (f"/d/{inner.pk}/rename/", {"name": "2025"}),
        ("/d/move/", {"node": folder.pk, "to": target.pk}),
        ("/d/move/", {"node": target.pk, "to": inner.pk}),
        (f"/d/{folder.pk}/folder/", {"name": "A.TXT"}),
        (f"/d/{inner.pk}/folder/", {"name": "fermé"}),
        ("/d/move/", {"node": folder.pk, "to": away.root_id}),
    ]
    answers: list[object] = []
    for address, data in steps:
        done = client.post(address, data)
        answers.append((done.status_code, done.get("Location")))
        answers += [shown.content.decode() for shown in map(client.get, pages)]
    order: dict[str, str] = {}
    return [_plain(str(answer), order) for answer in answers]


def _plain(text: str, order: dict[str, str]) -> str:
    text = UUID.sub(lambda match: order.setdefault(match[0], f"<{len(order)}>"), text)
    return VARYING.sub("", text)


def test_nothing_tells_of_what_is_hidden_in_a_branch(world):
    before = transaction.savepoint()
    without = played(world, "monde", hidden=False)
    transaction.savepoint_rollback(before)
    for one, other in zip(without, played(world, "monde", hidden=True), strict=True):
        assert one == other


def test_the_trash_names_a_folder_to_whoever_reads_it(branch):
    head, contributor = branch.head, branch.contributor
    closed = make_folder(branch.space, "Disciplinary")
    shared, open_one = make_document(closed, "a.txt", b"a"), make_document(branch.folder, "b.txt")
    break_inheritance(actor=head, node=closed, keep_access=False)
    share(actor=head, node=fresh(shared), to=contributor, level=Level.CONTRIBUTE)
    for node in (shared, open_one):
        trash(actor=contributor, node=fresh(node))
    address = f"/spaces/{branch.space.slug}/trash/"
    shown = signed_in(contributor).get(address).content.decode()
    assert "a.txt" in shown
    assert "Agents" in shown
    assert "Disciplinary" not in shown
    assert "Disciplinary" in signed_in(head).get(address).content.decode()
