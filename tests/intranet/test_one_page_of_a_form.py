"""A form for a new page makes one page, however often and in which order it is sent."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Locale

from directory.models import JournalEntry, Role
from intranet.form_keys import FIELD
from intranet.models import BasePage, EventPage, NotePage
from tests.directory.factories import make_person
from tests.documents.factories import make_document, make_space
from tests.html import has, value_of
from tests.racing import at_once

from .factories import make_section
from .test_admin_writing import form
from .test_drafts import body

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

PUBLISH = {"action-publish": "x"}
AUTOSAVE = {"accept": "application/json"}


def adding(finance, kind: str = "notepage") -> str:
    section = make_section(finance)["fr"]
    return reverse("wagtailadmin_pages:add", args=["intranet", kind, section.pk])


def opened(client: Client, address: str) -> dict[str, str]:
    """The key of a form that is opened."""
    shown = client.get(address)
    key = shown.context["form"][FIELD].value()
    assert value_of(shown, FIELD) == key
    return {FIELD: key}


def latest(page: BasePage) -> str:
    return page.get_latest_revision_as_object().title


def test_what_is_published_right_after_typing_is_the_page_of_the_first_autosave(
    sign_in, finance, head
):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    first = client.post(address, form("B") | key, headers=AUTOSAVE).json()
    answer = client.post(address, form("Budget", notify="on") | key | PUBLISH)
    assert answer.status_code == 302
    note = NotePage.objects.get()
    assert (note.pk, note.title, note.live) == (first["pk"], "Budget", True)
    assert note.slug == f"budget-{note.code}"
    entry = JournalEntry.objects.get(action="page.published", object_id=str(note.pk))
    assert (entry.actor, entry.payload["notify"]) == (head, True)


@pytest.mark.parametrize("button", [PUBLISH, {"action-submit": "x"}, {}])
def test_an_autosave_that_comes_late_lays_nothing_over_what_was_sent(
    sign_in, finance, head, button
):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    assert client.post(address, form("Budget") | key | button).status_code == 302
    late = client.post(address, form("B") | key, headers=AUTOSAVE)
    assert (late.status_code, late.json()["error_code"]) == (400, "invalid_revision")
    assert latest(NotePage.objects.get()) == "Budget"


def test_a_draft_that_is_saved_twice_is_one(sign_in, finance, head):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    for title in ("Budget", "Budget 2027"):
        answer = client.post(address, form(title) | key)
        note = NotePage.objects.get()
        assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[note.pk])
    assert (latest(note), note.live) == ("Budget 2027", False)


def test_a_form_that_was_refused_keeps_its_key(sign_in, finance, head):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    refused = client.post(address, form("") | key | PUBLISH)
    assert refused.context["form"][FIELD].value() == key[FIELD]
    assert not NotePage.objects.exists()
    client.post(address, form("Budget") | key, headers=AUTOSAVE)
    refused = client.post(address, form("") | key | PUBLISH)
    edit = reverse("wagtailadmin_pages:edit", args=[NotePage.objects.get().pk])
    assert has(refused, f"form[action='{edit}']")


def test_a_publication_that_is_asked_about_keeps_to_the_page(sign_in, finance, head, other):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    closed = make_document(make_space(finance, "budgets", actor=head), "plan.txt", actor=head)
    link = {"value-document": closed.get_absolute_url(), "value-label": "The plan"}
    note = form("Budget", audience="organisation") | body({"type": "document"} | link)
    first = client.post(address, note | key, headers=AUTOSAVE).json()["pk"]
    for _ in range(2):
        answer = client.post(address, note | key | PUBLISH)
        question = reverse("wagtailadmin_page_links", args=[first])
        assert answer["Location"] == f"{question}?do=publish"
        assert not NotePage.objects.get().live


def test_two_forms_are_two_pages(sign_in, finance, head):
    client, address = sign_in(head), adding(finance)
    for _ in range(2):
        client.post(address, form("Budget") | opened(client, address) | PUBLISH)
    assert len({note.slug for note in NotePage.objects.filter(title="Budget")}) == 2


def test_a_key_is_good_for_its_person_place_and_kind_alone(sign_in, finance, schools, head):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    client.post(address, form("Budget") | key)
    colleague = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    sign_in(colleague).post(address, form("Mine") | key)
    client.post(adding(finance, "eventpage"), form("Fair", start="", end="", place_name="") | key)
    for text in ("", "x", f"{key[FIELD][:-1]}_", "\u00e9" * 3000):
        assert client.post(address, form("Other") | {FIELD: text}).status_code == 302
    assert NotePage.objects.count() == 6
    assert EventPage.objects.count() == 1
    assert latest(NotePage.objects.get(title="Budget")) == "Budget"


def test_who_may_no_longer_edit_the_page_does_not_by_its_form(sign_in, finance, schools, head):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    client.post(address, form("Budget") | key)
    note = NotePage.objects.get()
    note.move(make_section(schools)["fr"], "last-child")
    assert client.post(address, form("Changed") | key | PUBLISH).status_code == 404
    note = NotePage.objects.get()
    assert (latest(note), note.live) == ("Budget", False)


def test_a_form_whose_page_is_gone_makes_it_again(sign_in, finance, head):
    client, address = sign_in(head), adding(finance)
    key = opened(client, address)
    client.post(address, form("Budget") | key)
    note = NotePage.objects.get()
    english = note.copy_for_translation(Locale.objects.get(language_code="en"))
    client.post(reverse("wagtailadmin_pages:delete", args=[note.pk]))
    assert client.post(address, form("Budget") | key | PUBLISH).status_code == 302
    again = NotePage.objects.exclude(pk=english.pk).get()
    assert (again.live, again.translation_key) == (True, english.translation_key)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("autosaved", [True, False])
def test_two_that_come_at_once_make_one_page(sign_in, finance, head, autosaved):
    address = adding(finance)
    for number in range(3):
        one, other = sign_in(head), sign_in(head)
        key, title = opened(one, address), f"Budget {number}"
        headers = AUTOSAVE if autosaved else {}
        answers = at_once(
            lambda: one.post(address, form("B") | key, headers=headers),  # noqa: B023
            lambda: other.post(address, form(title) | key | PUBLISH),  # noqa: B023
        )
        assert answers[1].status_code == 302, answers
        assert answers[0].status_code in ((200, 400) if autosaved else (302,)), answers
        assert NotePage.objects.count() == number + 1
        if autosaved:
            assert latest(NotePage.objects.get(title=title, live=True)) == title
    assert BasePage.find_problems() == ([], [], [], [], [])
