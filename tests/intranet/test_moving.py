"""Whoever moves a published page is told who gains and who loses it, and what stays closed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from directory import access
from directory.access import Level
from directory.models import Role
from documents.models import Node
from intranet.moving import changes
from tests.directory.factories import group_of, join, make_person
from tests.documents.factories import make_document, make_space
from tests.html import has

from .factories import make_image, make_note, make_page, make_section

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def mover(finance, schools, head, member, other):
    """A head of both services; Mia reads the first alone, Olga the second."""
    join(head, group_of(schools, Role.HEAD))
    return head


@pytest.fixture
def closed(finance, mover) -> Node:
    """A document that only the first service reads."""
    return make_document(make_space(finance, "budgets", actor=mover), "plan.txt", actor=mover)


def note_linking(service, node, by, title="Bonjour"):
    link = {"type": "document", "value": {"document": str(node.pk), "label": "The plan"}}
    return make_note(service, title, by=by, body=[link])


def confirming(page, there):
    return reverse("wagtailadmin_pages:move_confirm", args=[page.pk, there.pk])


def question(there, *pages):
    address = reverse("wagtailadmin_page_moving", args=[there.pk])
    return f"{address}?{'&'.join(f'id={page.pk}' for page in pages)}"


def at_home(page) -> bool:
    page.refresh_from_db()
    return page.scope_id == page.service.scope_id and page.service.slug == "finance"


def test_who_gains_who_loses_and_what_they_cannot_open_is_told(
    sign_in, finance, schools, mover, closed, other
):
    note = note_linking(finance, closed, mover)
    there = make_section(schools)["fr"]
    client = sign_in(mover)
    for send in (client.get, client.post):  # asked once, in the place of "are you sure"
        answer = send(confirming(note, there))
        assert (answer.status_code, answer["Location"]) == (302, question(there, note))
        assert at_home(note)
    shown = client.get(question(there, note), headers=ENGLISH).content.decode()
    for words in (
        "1 more person can read it: Olga Other",
        "1 reader can no longer read it: Mia Member",
        "plan.txt",
        "1 person cannot open it: Olga Other",
        "Open the document and move",
    ):
        assert words in " ".join(shown.split())
    assert client.post(question(there, note), {"documents": "leave"}).status_code == 302
    note.refresh_from_db()
    assert (note.scope_id, note.get_parent().pk) == (schools.scope_id, there.pk)
    assert not access.can(other, Level.READ, Node.objects.get(pk=closed.pk).scope_id)


def test_the_document_is_opened_to_the_new_readers(sign_in, finance, schools, mover, closed, other):
    note = note_linking(finance, closed, mover)
    there = make_section(schools)["fr"]
    sent = sign_in(mover).post(question(there, note), {"documents": "open"})
    assert sent.status_code == 302
    note.refresh_from_db()
    assert note.scope_id == schools.scope_id
    opened = Node.objects.get(pk=closed.pk).scope_id
    assert access.can(other, Level.READ, opened)
    assert not access.can(other, Level.CONTRIBUTE, opened)


def test_a_picture_is_told_too(sign_in, finance, schools, mover):
    image = make_image(finance.scope, "The harbour")
    shown = {"image": image.pk, "alt_text": "Boats", "decorative": False}
    note = make_note(finance, by=mover, body=[{"type": "image", "value": shown}])
    there = make_section(schools)["fr"]
    shown = sign_in(mover).get(question(there, note)).content.decode()
    assert "The harbour" in shown
    assert "C’est une image" in shown
    assert not has(shown, "[value='open']")


def test_pages_below_are_asked_about_with_the_one_that_moves(
    sign_in, finance, schools, mover, closed
):
    above = make_page(finance, "Above", draft=True)
    below = make_page(finance, "Below")
    below.move(above, pos="last-child")
    there = make_section(schools)["fr"]
    (change,) = changes([above], there, mover)
    assert change.page == below
    assert (change.scope, change.links) == (schools.scope_id, [])


def test_nothing_is_asked_where_no_reader_changes(sign_in, finance, schools, mover, closed):
    there = make_section(schools)["fr"]
    client = sign_in(mover)
    for page in (
        make_note(finance, "Draft", by=mover, draft=True),
        make_note(finance, "For all", by=mover, audience="organisation"),
    ):
        assert client.get(confirming(page, there)).status_code == 200
        assert client.post(confirming(page, there)).status_code == 302
        page.refresh_from_db()
        assert page.get_parent().pk == there.pk


def test_several_that_move_at_once_are_asked_about_at_once(
    sign_in, finance, schools, mover, closed
):
    notes = [note_linking(finance, closed, mover, title) for title in ("One", "Two")]
    there = make_section(schools)["fr"]
    client = sign_in(mover)
    bulk = reverse("wagtail_bulk_action", args=["intranet", "basepage", "move"])
    ids = "&".join(f"id={note.pk}" for note in notes)
    answer = client.post(f"{bulk}?{ids}&next=/admin/", {"chooser": there.pk})
    assert (answer.status_code, answer["Location"]) == (302, question(there, *notes))
    assert all(at_home(note) for note in notes)
    shown = client.get(answer["Location"], headers=ENGLISH).content.decode()
    assert shown.count("1 person cannot open it:") == 2
    assert client.post(answer["Location"], {"documents": "open"}).status_code == 302
    for note in notes:
        note.refresh_from_db()
        assert note.scope_id == schools.scope_id


def test_the_question_is_for_who_may_move_the_page(sign_in, finance, schools, mover, other):
    note = make_note(finance, by=mover)
    there = make_section(schools)["fr"]
    contributor = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    for person, status in ((mover, 200), (contributor, 404), (other, 404)):
        assert sign_in(person).get(question(there, note)).status_code == status
        answer = sign_in(person).post(question(there, note), {"documents": "?"})
        assert answer.status_code == 404
    nothing = question(there)
    for address in (nothing, f"{nothing}id=x", question(there, note) + "&id=0", "9" * 30):
        assert sign_in(mover).get(address).status_code == 404
    assert at_home(note)


def test_a_change_of_readers_costs_so_many_queries(
    finance, schools, mover, closed, django_assert_num_queries
):
    note = note_linking(finance, closed, mover)
    there = make_section(schools)["fr"]
    changes([note], there, mover)
    with django_assert_num_queries(11):
        assert len(changes([note], there, mover)) == 1
