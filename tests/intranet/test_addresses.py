"""The address of a page tells of no page that is hidden: it is the same whatever stands beside."""

from __future__ import annotations

import pytest
from django.urls import reverse

from directory.access import Level
from directory.models import Role
from intranet.models import BasePage, NotePage, PlainPage
from tests.directory.factories import give, group_of, join, make_person
from tests.html import has

from .factories import make_note, make_page, make_section
from .test_admin_writing import form

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
OLD = {"slug": "budget"}
"""As the pages have it that were made before addresses had a code."""


@pytest.fixture
def guest(finance, schools):
    """Somebody who writes in the public scopes of both services and sees nothing else."""
    for service in (finance, schools):
        make_section(service)
    person = make_person("gus.guest", outsider=True)
    for service in (finance, schools):
        give(person, Level.MANAGE, service.public_scope)
    return person


@pytest.fixture(params=[False, True], ids=["alone", "beside a hidden draft"])
def hidden(request, finance, head):
    """Whether a draft of that title and address, out of the guest's sight, is there."""
    if request.param:
        make_note(finance, "Budget", by=head, draft=True, **OLD)
    return request.param


def own(page: BasePage) -> bool:
    return bool(page.slug == f"budget-{page.code}")


def test_a_new_page_has_the_same_address_beside_a_hidden_one(sign_in, finance, guest, hidden):
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    typed = form("Budget", audience="organisation", slug="budget")
    assert sign_in(guest).post(address, typed).status_code == 302
    note = NotePage.objects.get(owner=guest)
    assert own(note)
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    assert sign_in(guest).post(edit, typed | {"action-publish": "x"}).status_code == 302
    note.refresh_from_db()
    assert note.live
    assert own(note)
    assert sign_in(guest).get(note.address_own).status_code == 200


def test_a_copy_has_the_same_address_beside_a_hidden_one(sign_in, finance, schools, guest, hidden):
    source = make_note(schools, "Budget", audience="organisation", **OLD)
    there = make_section(finance)["fr"]
    copy = reverse("wagtailadmin_pages:copy", args=[source.pk])
    client = sign_in(guest)
    assert not has(client.get(copy), "[name='new_slug']")
    sent = {"new_title": "Budget", "new_slug": "budget", "new_parent_page": there.pk}
    assert client.post(copy, sent).status_code == 302
    assert own(NotePage.objects.exclude(pk=source.pk).get(draft_title="Budget", owner=guest))


def test_a_page_moves_the_same_way_beside_a_hidden_one(sign_in, finance, schools, guest, hidden):
    there = make_section(finance)["fr"]
    join(guest, group_of(schools, Role.HEAD))  # whose it is to give to another service
    client = sign_in(guest)
    note = make_note(schools, "Budget", audience="organisation", by=guest, **OLD)
    move = reverse("wagtailadmin_pages:move_confirm", args=[note.pk, there.pk])
    assert client.get(move).status_code == 200
    assert client.post(move).status_code == 302
    note.refresh_from_db()
    assert own(note)
    assert note.get_parent().pk == there.pk
    assert note.url_path == f"{there.url_path}{note.slug}/"
    other = make_note(schools, "Budget", audience="organisation", by=guest, **OLD)
    bulk = reverse("wagtail_bulk_action", args=["intranet", "basepage", "move"])
    answer = client.post(f"{bulk}?id={other.pk}&next=/admin/", {"chooser": there.pk})
    assert answer.status_code == 302
    other.refresh_from_db()
    assert own(other)
    assert other.get_parent().pk == there.pk


def test_a_translation_has_the_same_address_beside_a_hidden_one(sign_in, finance, guest):
    note = make_note(finance, "Budget", audience="organisation", **OLD)
    make_note(finance, "Budget", language="en", draft=True, **OLD)
    translate = reverse("simple_translation:submit_page_translation", args=[note.pk])
    english = make_section(finance)["en"].locale
    assert sign_in(guest).post(translate, {"locales": english.pk}).status_code == 302
    assert own(NotePage.objects.get(translation_key=note.translation_key, locale=english))


def test_an_address_stays_where_the_page_stands_and_comes_along_where_it_goes(
    sign_in, finance, schools, head
):
    """What was saved before a move brings no old address back; nor does a new title."""
    note = make_note(finance, "Budget", **OLD)
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    client = sign_in(head)
    assert client.post(edit, form("Budget 2027") | {"action-publish": "x"}).status_code == 302
    note.refresh_from_db()
    assert note.slug == "budget"
    assert client.post(edit, form("Budget 2028")).status_code == 302
    note.refresh_from_db()
    note.move(make_section(schools)["fr"], pos="last-child")
    note.refresh_from_db()
    moved = note.slug
    assert moved == f"budget-2027-{note.code}"
    note.get_latest_revision().publish(skip_permission_checks=True)
    note.refresh_from_db()
    assert (note.title, note.slug) == ("Budget 2028", moved)
    note.move(make_section(finance)["fr"], pos="last-child")
    note.refresh_from_db()
    assert note.slug == moved


def test_what_stands_below_goes_along(finance, schools):
    above = make_page(finance, "Above", slug="above")
    below = PlainPage(title="Below", slug="below", locale=above.locale)
    above.add_child(instance=below)
    above.move(make_section(schools)["fr"], pos="last-child")
    above.refresh_from_db()
    below.refresh_from_db()
    assert below.url_path == f"{above.url_path}below/"
    assert above.slug == f"above-{above.code}"


def test_a_title_without_letters_has_an_address_too(finance):
    note = make_note(finance, "?!")
    assert note.slug == note.code
