"""The fields of a draft keep what was typed, whatever it is; publication says what is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from directory.access import Level
from directory.actions.grants import grant_access
from directory.models import AccessScope
from intranet.models import BasePage, HomePage, NotePage
from intranet.models.content import SLUG_LENGTH
from tests.html import value_of

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
        ("fr", ["Date : Indiquez la date de la note.", "Contact : ", "au plus 200 caract"]),
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


SCHEDULE = ("go_live_at", "expire_at")
NO_DATES = {
    "notepage": {"date": "32/13/2026", "go_live_at": "12/1", "expire_at": "é\x00" * 9},
    "eventpage": {
        "start": "0001-01-01 00:00",
        "end": "demain",
        "go_live_at": "9999-12-31 23:59",
        "expire_at": "x" * 200,
    },
}


@pytest.mark.parametrize("kind", NO_DATES)
def test_a_draft_keeps_what_is_no_date(sign_in, finance, head, kind):
    client = sign_in(head)
    absurd = NO_DATES[kind]
    seen = {name: words.replace("\x00", "") for name, words in absurd.items()}
    page = None
    for _twice in range(2):
        where = edited(page) if page else added(finance, kind)
        assert client.post(where, typed(**absurd)).status_code == 302
        page = page or BasePage.objects.get(title="Page")
        assert kept(page).as_typed == seen
        shown = client.get(edited(page)).context["form"]
        assert {name: shown[name].value() for name in absurd} == seen
        assert value_of(str(shown["expire_at"]), "expire_at") == seen["expire_at"]
    assert client.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk])).status_code == 200
    preview = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    assert client.post(preview, typed(**absurd)).json()["is_valid"]
    for language in ("fr", "en"):
        found = faults(client, edited(page), typed(**absurd), language)
        assert found.keys() == absurd.keys()
    mended = typed(go_live_at="", expire_at="2100-01-01 10:00") | {"action-publish": "x"}
    assert client.post(edited(page), mended).status_code == 302
    page = BasePage.objects.get(pk=page.pk).specific
    assert (page.live, page.as_typed, kept(page).as_typed) == (True, {}, {})
    # And so does the draft of what is published, which is as it was.
    assert client.post(edited(page), typed(**absurd)).status_code == 302
    assert kept(page).as_typed == seen
    page.refresh_from_db()
    assert (page.live, page.as_typed, page.expire_at.year) == (True, {}, 2100)


def test_sections_and_home_pages_keep_a_schedule_that_is_none(sign_in, finance, head):
    grant_access(actor=None, scope=AccessScope.site(), level=Level.MANAGE, to=head)
    client, absurd = sign_in(head), dict.fromkeys(SCHEDULE, "0001-01-01 00:00")
    for page in (make_section(finance)["fr"], HomePage.objects.get(locale__language_code="fr")):
        assert client.post(edited(page), typed(**absurd)).status_code == 302
        assert kept(page).as_typed == absurd
        assert faults(client, edited(page), typed(**absurd), "fr").keys() == absurd.keys()


def test_a_draft_keeps_a_schedule_that_ends_before_it_begins(sign_in, finance, head):
    client = sign_in(head)
    for begin, end in (("2100-01-02 10:00", "2100-01-01 10:00"), ("", "2020-01-01 10:00")):
        fields = typed(title=end, go_live_at=begin, expire_at=end)
        assert client.post(added(finance, "plainpage"), fields).status_code == 302
        page = BasePage.objects.get(title=end)
        shown = client.get(edited(page)).context["form"]
        assert shown["expire_at"].value() == end
        assert "expire_at" in faults(client, edited(page), fields, "fr")


PAST = {
    "fr": "Ce moment est passé. Laissez vide pour publier tout de suite",
    "en": "This time is past. Leave it empty to publish at once",
}


@pytest.mark.parametrize("language", PAST)
def test_a_time_to_publish_at_that_is_past_is_told_and_not_taken(sign_in, finance, head, language):
    client = sign_in(head)
    fields = typed(go_live_at="2020-11-01 10:00", summary="Kept as it is")
    found = faults(client, added(finance, "notepage"), fields, language)
    assert found.keys() == {"go_live_at"}
    assert PAST[language] in found["go_live_at"]
    assert not NotePage.objects.filter(title="Page").exists()
    # A draft keeps it, and says so over the page as in the dialog, until it is mended.
    assert client.post(added(finance, "notepage"), fields).status_code == 302
    note = NotePage.objects.get(title="Page")
    shown = client.get(edited(note), headers={"accept-language": language})
    assert PAST[language] in said(shown)
    assert PAST[language] in shown.context["form"].fields["go_live_at"].help_text
    assert shown.context["form"]["go_live_at"].value() == "2020-11-01 10:00"
    assert PAST[language] in faults(client, edited(note), fields, language)["go_live_at"]
    assert client.post(edited(note), typed() | {"action-publish": "x"}).status_code == 302
    note.refresh_from_db()
    assert (note.live, note.as_typed) == (True, {})
    assert PAST[language] not in client.get(edited(note)).content.decode()


def test_a_time_to_publish_at_that_has_come_keeps_no_page_from_being_changed(
    sign_in, finance, head
):
    note = make_note(finance, "Page", go_live_at=timezone.now() - timedelta(days=1, seconds=7))
    client = sign_in(head)
    form = client.get(edited(note)).context["form"]
    fields = typed(go_live_at=value_of(str(form["go_live_at"]), "go_live_at"), summary="Changed")
    assert client.post(edited(note), fields | {"action-publish": "x"}).status_code == 302
    note.refresh_from_db()
    assert (note.live, note.summary) == (True, "Changed")


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Date : Vérifiez cette date."), ("en", "Date: Check this date.")]
)
def test_a_review_approves_no_date_that_is_none(sign_in, finance, head, language, words):
    client = sign_in(head)
    assert client.post(added(finance, "notepage"), typed(date="demain")).status_code == 302
    note = NotePage.objects.get(title="Page")
    note.get_workflow().start(note, head)
    state = note.current_workflow_task_state
    action = reverse("wagtailadmin_pages:workflow_action", args=[note.pk, "approve", state.pk])
    answer = client.post(action, headers={"accept-language": language})
    assert answer["Location"] == edited(note)
    assert words in said(answer).replace("\u00a0", " ")
    note.refresh_from_db()
    assert not note.live
