"""The fields of a draft keep what was typed, whatever it is; publication says what is wrong."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from directory.access import Level
from directory.actions.grants import grant_access
from directory.models import AccessScope
from intranet.models import BasePage, HomePage, NotePage
from intranet.models.base_page import SLUG_LENGTH

from .factories import make_event, make_note, make_page, make_section
from .test_admin_writing import form
from .test_drafts import contributor, said  # noqa: F401

pytestmark = pytest.mark.django_db

ROOM = {"title": 255, "summary": 400, "contact": 200}
"""How many characters each text of a page may have once it is published."""
LINES = {
    "notepage": ROOM | {"reference": 60, "signed_by": 200},
    "eventpage": ROOM | {"place_name": 200},
    "plainpage": ROOM,
}
MAKE = {"notepage": make_note, "eventpage": make_event, "plainpage": make_page}
TOO_LONG = {"fr": "au plus {} caract", "en": "at most {} characters"}


def added(finance, kind: str) -> str:
    """Where a page of `kind` is begun."""
    section = make_section(finance)["fr"]
    return reverse("wagtailadmin_pages:add", args=["intranet", kind, section.pk])


def edited(page: BasePage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def kept(page: BasePage) -> BasePage:
    """The draft of `page` as it is kept."""
    return BasePage.objects.get(pk=page.pk).specific.get_latest_revision_as_object()


def typed(**fields: str) -> dict[str, str]:
    """What the form of any kind of page sends."""
    return form("Page", start="2026-12-02 10:00", end="", place_name="") | fields


def faults(client: Client, address: str, fields: dict[str, str], language: str) -> dict[str, str]:
    """What publication finds wrong, by field, as it is shown beside each."""
    client.cookies["marigot_language"] = language
    answer = client.post(
        address, fields | {"action-publish": "x"}, headers={"accept-language": language}
    )
    assert answer.status_code == 200
    shown = answer.content.decode()
    found = {name: str(each) for name, each in answer.context["form"].errors.items()}
    for words in answer.context["form"].errors.values():
        assert str(escape(words[0])) in shown
    return found


@pytest.mark.parametrize("kind", LINES)
def test_a_draft_keeps_texts_of_any_length(sign_in, finance, head, kind):
    client = sign_in(head)
    long = {name: "é" * 3000 + name for name in LINES[kind]}
    assert client.post(added(finance, kind), typed(**long)).status_code == 302
    page = BasePage.objects.get(draft_title=long["title"])
    assert {name: getattr(kept(page), name) for name in long} == long
    assert client.get(edited(page)).status_code == 200
    assert client.post(edited(page), typed(**long)).status_code == 302
    assert {name: getattr(kept(page), name) for name in long} == long
    for language, words in TOO_LONG.items():
        found = faults(client, edited(page), typed(**long), language)
        assert found.keys() == long.keys()
        for name, room in LINES[kind].items():
            assert words.format(room) in found[name]
        assert faults(client, added(finance, kind), typed(**long), language).keys() == long.keys()
    fitting = {name: "é" * room for name, room in LINES[kind].items()}
    answer = client.post(edited(page), typed(**fitting) | {"action-publish": "x"})
    assert answer.status_code == 302
    page.refresh_from_db()
    assert page.live
    assert len(page.slug) <= SLUG_LENGTH


@pytest.mark.parametrize("kind", LINES)
def test_the_draft_of_a_published_page_keeps_texts_of_any_length(sign_in, finance, head, kind):
    start = {"start": "2026-12-02T10:00Z"} if kind == "eventpage" else {}
    page = MAKE[kind](finance, "Short", by=head, **start)
    long = {name: "é" * 3000 + name for name in LINES[kind]}
    assert sign_in(head).post(edited(page), typed(**long)).status_code == 302
    assert {name: getattr(kept(page), name) for name in long} == long
    page.refresh_from_db()
    assert (page.live, page.title, page.contact) == (True, "Short", "")


def test_a_browser_cuts_no_text_that_is_pasted(sign_in, finance, head):
    for kind, lines in LINES.items():
        shown = sign_in(head).get(added(finance, kind)).context["form"]
        for name in lines:
            assert "maxlength" not in str(shown[name])


def test_titles_that_begin_alike_have_addresses_of_their_own(sign_in, finance, head):
    client = sign_in(head)
    for end in ("", "a", "b"):
        fields = typed(title="é" * 254 + end) | {"action-publish": "x"}
        assert client.post(added(finance, "plainpage"), fields).status_code == 302
    slugs = BasePage.objects.filter(title__startswith="é" * 254).values_list("slug", flat=True)
    assert len(set(slugs)) == 3
    assert max(map(len, slugs)) <= 255


def test_a_note_without_its_date_is_a_draft(sign_in, finance, contributor, head):  # noqa: F811
    client = sign_in(contributor)
    fields = typed(title="Undated", date="")
    assert client.post(added(finance, "notepage"), fields).status_code == 302
    note = NotePage.objects.get(title="Undated")
    assert (note.live, note.date, kept(note).date) == (False, None, None)
    assert client.post(edited(note), fields).status_code == 302
    for name in ("edit", "view_draft", "history", "copy", "preview_on_edit"):
        shown = client.get(reverse(f"wagtailadmin_pages:{name}", args=[note.pk]))
        assert shown.status_code == 200, name
    client = sign_in(head)
    for address in ("/fr/", "/fr/finance/", reverse("wagtailadmin_home")):
        assert client.get(address).status_code == 200, address
    for language, words in (("fr", "Champ requis."), ("en", "This field is required.")):
        found = faults(client, edited(note), fields, language)
        assert found.keys() == {"date"}
        assert words in found["date"]
    fields = typed(title="Dated") | {"action-publish": "x"}
    assert client.post(edited(note), fields).status_code == 302


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["Date : Indiquer la date de la note.", "Contact : ", "au plus 200 caract"]),
        ("en", ["Date: Give the note a date.", "Contact: ", "at most 200 characters"]),
    ],
)
def test_a_review_says_what_a_note_lacks(sign_in, finance, head, language, words):
    note = make_note(finance, "Undated", by=head, draft=True, date=None, contact="x" * 201)
    note.get_workflow().start(note, head)
    state = note.current_workflow_task_state
    action = reverse("wagtailadmin_pages:workflow_action", args=[note.pk, "approve", state.pk])
    answer = sign_in(head).post(action, headers={"accept-language": language})
    assert answer["Location"] == edited(note)
    for each in words:
        assert each in said(answer).replace("\u00a0", " ")
    note.refresh_from_db()
    assert not note.live


def test_a_home_page_keeps_a_welcome_of_any_length(sign_in, finance, head):
    grant_access(actor=None, scope=AccessScope.site(), level=Level.MANAGE, to=head)
    home = HomePage.objects.get(locale__language_code="fr")
    client, fields = sign_in(head), typed(welcome="é" * 3000)
    assert client.post(edited(home), fields).status_code == 302
    assert kept(home).welcome == "é" * 3000
    for language, words in TOO_LONG.items():
        assert words.format(600) in faults(client, edited(home), fields, language)["welcome"]
