"""The pages: what they show to whom, and in how many queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.access import Level
from directory.models import Role
from documents import places
from documents.actions import break_inheritance, share
from documents.models import Node
from tests.directory.factories import group_of, join
from tests.html import has, read_in

from .asking import page, signed_in, text_of
from .factories import make_document, make_folder, make_version

pytestmark = pytest.mark.one_database


def test_the_spaces_of_a_person_and_nothing_else(full):
    shown = text_of(page(full.member, "/spaces/"))
    assert "budgets" in shown
    assert "classes" not in shown
    assert "Bilan 2026.txt" in shown  # changed last
    assert "budgets" not in text_of(page(full.stranger, "/spaces/"))
    assert "/spaces/new/" not in shown
    assert "/spaces/new/" in text_of(page(full.head, "/spaces/"))


def test_a_space_and_its_folders(full):
    shown = text_of(page(full.member, "/spaces/budgets/"))
    assert "Dossier secret" in shown
    address = reverse("documents:node", args=[full.folder.pk])
    assert address in shown
    assert "Bilan 2026.txt" in text_of(page(full.member, address))


def test_there_are_boxes_to_tick_for_those_alone_who_may_change_something(full):
    address = f"/d/{full.folder.pk}/"
    assert not has(page(full.member, address), ".pick")
    assert has(page(full.contributor, address), ".pick")


def test_a_long_folder_is_filtered_by_names(full):
    address = f"/d/{full.folder.pk}/"
    assert not has(page(full.member, address), "#name-filter")
    for number in range(25):
        make_document(full.folder, f"Reçu {number}.txt")
    hidden = make_document(full.folder, "Reçu caché.txt")
    break_inheritance(actor=full.head, node=hidden, keep_access=False)
    assert has(page(full.member, address), "#name-filter")
    shown = text_of(page(full.member, address, data={"name": "RECU 12"}))
    assert "Reçu 12.txt" in shown
    assert "Reçu 13.txt" not in shown
    assert "Bilan 2026.txt" not in shown
    nothing = text_of(page(full.member, address, data={"name": "caché"}))
    assert "Reçu" not in nothing  # and not counted either
    assert has(nothing, ".empty")


def test_the_places_to_move_to_say_whose_they_are(full):
    client = signed_in(full.both)
    root = client.get(f"/d/move/?node={full.folder.pk}")
    assert f"{full.schools.name} · {full.other.name}" in read_in(root)
    assert f"{full.finance.name} · {full.space.name}" in read_in(root)
    assert "disabled" in text_of(root)  # it is there already, and the page says so


def test_a_place_of_another_service_is_not_offered_to_who_may_not_hand_over(full):
    address = f"/d/move/?node={full.folder.pk}&look={full.other.root_id}"
    refused = text_of(signed_in(full.both).get(address, headers={"accept-language": "en"}))
    assert "its heads alone may hand it over" in refused
    assert "disabled" in refused
    join(full.both, group_of(full.finance, Role.HEAD))
    assert "disabled" not in text_of(signed_in(full.both).get(address))


def test_the_way_says_whose_space_it_is(full):
    """Many services call their spaces alike: the name alone would not tell them apart."""
    shown = page(full.member, f"/d/{full.document.pk}/")
    assert f"{full.finance.name} · {full.space.name}" in read_in(shown)
    assert has(page(full.member, "/spaces/budgets/"), "p.above", full.finance.name)


def test_the_link_of_a_document_can_be_copied_by_whoever_reads_it(full):
    for address in (f"/d/{full.document.pk}/", "/spaces/budgets/"):
        assert has(page(full.member, address), f"[data-copy='{address}']")


def test_who_reads_sees_no_button_to_write(full):
    for person, may in [(full.member, False), (full.contributor, True)]:
        shown = text_of(page(person, "/spaces/budgets/"))
        assert (f"/d/{full.space.root_id}/upload/" in shown) is may
        assert ("/spaces/budgets/trash/" in shown) is may


@pytest.mark.parametrize("who", ["stranger", "it_admin"])
def test_what_is_denied_does_not_exist(full, who):
    person = getattr(full, who)
    missing = "00000000-0000-7000-8000-000000000000"
    for address in [
        "/spaces/budgets/",
        f"/d/{full.folder.pk}/",
        f"/d/{full.folder.pk}/",
        f"/d/{full.document.pk}/",
        f"/d/{full.document.pk}/download",
        f"/d/{full.document.pk}/v/1/download",
    ]:
        denied = page(person, address)
        absent = page(
            person,
            address.replace("budgets", "nothing")
            .replace(str(full.folder.pk), missing)
            .replace(str(full.document.pk), missing),
        )
        assert denied.status_code == absent.status_code == 404
        assert "secret" not in text_of(denied)


def test_the_permanent_link_of_a_document_lasts(full):
    from documents.actions import move, rename

    link = full.document.get_absolute_url()
    assert link == f"/d/{full.document.pk}/"
    rename(actor=full.contributor, node=full.document, name="Autre.txt")
    move(actor=None, node=full.document, to=full.other.root)
    shown = page(full.stranger, link)
    assert shown.status_code == 200
    assert "Autre.txt" in text_of(shown)
    assert page(full.member, link).status_code == 404


def test_the_page_of_a_document_tells_its_versions(full):
    shown = text_of(page(full.member, f"/d/{full.document.pk}/"))
    for number in (1, 2):
        assert f"/d/{full.document.pk}/v/{number}/download" in shown
    assert "Carl Contributor" in shown
    assert "/v/1/restore/" not in shown
    assert "/v/1/restore/" in text_of(page(full.contributor, f"/d/{full.document.pk}/"))


def test_a_shared_folder_tells_nothing_of_where_it_is(full):
    inner = make_folder(full.folder, "Partage")
    make_document(inner, "dedans.txt")
    make_folder(inner, "Plus bas")
    share(actor=full.head, node=inner, to=full.stranger, level=Level.READ)
    assert f"/d/{inner.pk}/" in text_of(page(full.stranger, "/spaces/"))
    shown = page(full.stranger, f"/d/{inner.pk}/")
    assert shown.status_code == 200
    text = text_of(shown)
    assert "dedans.txt" in text
    assert "Plus bas" in text
    for secret in ("budgets", "Dossier secret", str(full.folder.pk)):
        assert secret not in text
    document = Node.objects.get(name="dedans.txt")
    text = text_of(page(full.stranger, f"/d/{document.pk}/"))
    for secret in ("budgets", "Dossier secret", str(full.folder.pk)):
        assert secret not in text


def test_whatever_address_a_picker_takes_opens_to_whoever_reads_what_it_names(full):
    for node in (full.document, full.folder, full.space.root):
        for address in (f"/d/{node.pk}/", f"/spaces/budgets/f/{node.pk}/", "/spaces/budgets/"):
            assert places.named_at(address) in (node.pk, "budgets")
            opened = signed_in(full.member).get(address, follow=True)
            assert opened.status_code == 200, address
            assert page(full.stranger, address).status_code == 404


def test_a_folder_has_one_address_that_is_open_to_whoever_reads_it(full):
    """Somebody who is invited to one folder and somebody of the space have the same link."""
    inner = make_folder(full.folder, "Partage")
    below = make_folder(inner, "Plus bas")
    share(actor=full.head, node=inner, to=full.stranger, level=Level.READ)
    for node in (inner, below):
        address = Node.objects.get(pk=node.pk).get_absolute_url()
        for person in (full.member, full.stranger):
            assert page(person, address).status_code == 200
            # Mails hold the address of before. Whatever space it names, it tells nothing of it.
            for slug in ("budgets", "classes", "nothing"):
                old = page(person, f"/spaces/{slug}/f/{node.pk}/")
                assert (old.status_code, old["Location"]) == (302, address)
                old = page(person, f"/spaces/{slug}/f/{node.pk}/?sort=-date&name=a+b")
                assert old["Location"] == f"{address}?sort=-date&name=a+b"
    full.space.root.refresh_from_db()
    assert full.space.root.get_absolute_url() == "/spaces/budgets/"
    root = page(full.member, f"/d/{full.space.root_id}/?sort=-date")
    assert root["Location"] == "/spaces/budgets/?sort=-date"
    for person, way in (
        (full.member, [full.space.root.title, "Dossier secret", "Partage"]),
        (full.stranger, ["Partage"]),
    ):
        steps = page(person, f"/d/{below.pk}/").context["path"]
        assert [step.title.rpartition(" · ")[2] for step in steps] == way
        assert {page(person, step.url).status_code for step in steps} == {200}
    assert page(full.stranger, f"/spaces/budgets/f/{full.folder.pk}/").status_code == 404


def test_a_place_to_move_to_may_be_pasted_and_shared_folders_are_offered(full):
    given = make_folder(full.other, "Dépôt")
    share(actor=None, node=given, to=full.contributor, level=Level.CONTRIBUTE)
    client = signed_in(full.contributor)
    shown = client.get("/d/move/", {"node": [full.document.pk], "look": full.space.root_id})
    assert "Dépôt" in text_of(shown)
    assert "classes" not in text_of(shown)
    for address in (
        f"http://testserver/d/{given.pk}/",
        f" /d/{given.pk}/?sort=-date ",
        f"http://testserver/spaces/x/f/{given.pk}/",
    ):
        shown = client.get("/d/move/", {"node": [full.document.pk], "place": address})
        assert shown.context["target"] == given
        assert "classes" not in text_of(shown)
    space = client.get("/d/move/", {"node": [full.document.pk], "place": "/spaces/budgets/"})
    assert space.context["target"] == full.space.root
    for address in ("/spaces/classes/", f"/d/{full.other.root_id}/", "/d/x/", "x", "//["):
        shown = client.get("/d/move/", {"node": [full.document.pk], "place": address})
        assert shown.status_code == 422
        assert "Espace classes" not in text_of(shown)
    # To another service it goes by the heads alone.
    share(actor=None, node=given, to=full.head, level=Level.CONTRIBUTE)
    signed_in(full.head).post("/d/move/", {"node": [full.document.pk], "to": given.pk})
    full.document.refresh_from_db()
    assert full.document.parent == given
    # Who was invited to a document alone does not read the folder that it lies in.
    share(actor=None, node=full.document, to=full.stranger, level=Level.CONTRIBUTE)
    assert page(full.stranger, f"/d/move/?node={full.document.pk}").status_code == 200


def test_a_hidden_document_is_not_listed_and_not_counted(full):
    hidden = make_document(full.folder, "cache.txt")
    before = text_of(page(full.member, f"/d/{full.folder.pk}/"))
    assert "cache.txt" in before
    break_inheritance(actor=full.head, node=hidden, keep_access=False)
    response = page(full.member, f"/d/{full.folder.pk}/")
    assert "cache.txt" not in text_of(response)
    assert response.context["page"].paginator.count == 1


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["z", "a.pdf", "b.txt"]),
        ("-name", ["z", "b.txt", "a.pdf"]),
        ("size", ["z", "b.txt", "a.pdf"]),
        ("-date", ["z", "b.txt", "a.pdf"]),
        ("type", ["z", "a.pdf", "b.txt"]),
    ],
)
def test_a_folder_is_sorted(world, sort, expected):
    make_folder(world.space, "z")
    make_document(world.space, "a.pdf", b"longer")
    make_document(world.space, "b.txt", b"x")
    response = page(world.member, f"/spaces/budgets/?sort={sort}")
    assert [row.node.name for row in response.context["rows"]] == expected
    assert page(world.member, "/spaces/budgets/?sort=secret").status_code == 404


def test_a_large_folder_has_pages(world):
    from documents.views import browse

    for number in range(browse.PAGE + 5):
        make_folder(world.space, f"n{number}")
    assert len(page(world.member, "/spaces/budgets/").context["rows"]) == browse.PAGE
    assert len(page(world.member, "/spaces/budgets/?page=2").context["rows"]) == 5


@pytest.mark.parametrize(
    ("address", "most"), [("/spaces/", 12), ("/spaces/budgets/", 12), ("/d/ID/", 13)]
)
def test_the_number_of_queries_does_not_grow_with_what_is_shown(world, address, most):
    node = make_document(world.space, "first.txt")
    address = address.replace("ID", str(node.pk))

    def count():
        client = signed_in(world.contributor)
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return [q["sql"] for q in queries]

    before = count()
    for number in range(12):
        folder = make_folder(world.space, f"f{number}")
        make_document(world.space, f"d{number}.txt", actor=world.contributor)
        if number % 3 == 0:
            break_inheritance(actor=world.head, node=folder)
        make_version(node, b"%d" % number, actor=world.head)
    assert len(after := count()) == len(before), after
    assert len(before) <= most, before
