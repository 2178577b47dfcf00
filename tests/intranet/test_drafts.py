"""A draft is kept in whatever state it is; what is missing is told when it is published."""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import Locale

from directory.models import JournalEntry, Role
from intranet.actions.schedule import publish_due
from intranet.blocks import BodyBlock, new_table
from intranet.indexing import Events
from intranet.models import EventPage, NotePage
from intranet.readiness import NotReadyError
from tests.directory.factories import make_person
from tests.kept import kept

from .factories import make_event, make_image, make_note, make_section
from .test_admin_writing import form

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SOON = timezone.now() + timedelta(days=1)


@kept
def contributor(finance):
    return make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)


def body(*blocks: dict[str, str]) -> dict[str, str]:
    """The fields of a text of `blocks`, each with its type and its values."""
    fields = {"body-count": str(len(blocks))}
    for number, block in enumerate(blocks):
        here = f"body-{number}"
        fields |= {f"{here}-deleted": "", f"{here}-order": str(number), f"{here}-id": ""}
        fields |= {f"{here}-{name}": value for name, value in block.items()}
    return fields


TABLE = {"data": [["Year", "Amount"], ["2026", "12"]], "cell": [], "table_caption": ""}
UNSAID = {
    "type": "table",
    "value": json.dumps(TABLE | {"table_header_choice": "", "mergeCells": []}),
}
BROKEN = [
    UNSAID,
    {"type": "heading", "value-text": "x" * 300, "value-level": "2"},
    {"type": "quote", "value-text": "", "value-source": ""},
    {"type": "document", "value-document": "no link", "value-label": ""},
    {"type": "image", "value-image": "", "value-alt_text": "", "value-decorative": ""},
]


def new(client: Client, finance, fields: dict[str, str], language: str = "fr"):
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    return client.post(address, fields, headers={"accept-language": language})


def test_a_draft_is_kept_whatever_state_its_blocks_are_in(sign_in, finance, head):
    client = sign_in(head)
    answer = new(client, finance, form("Half written") | body(*BROKEN))
    assert answer.status_code == 302
    note = NotePage.objects.get(title="Half written")
    assert not note.live
    kept = note.get_latest_revision_as_object().body
    assert [child.block_type for child in kept] == [block["type"] for block in BROKEN]
    assert kept[0].value["data"] == TABLE["data"]
    assert kept[1].value["text"] == "x" * 300
    assert kept[3].value["document"] == "no link"
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    shown = client.get(edit)
    assert shown.status_code == 200
    assert client.get(reverse("wagtailadmin_pages:view_draft", args=[note.pk])).status_code == 200
    assert client.post(edit, form("Half written") | body(*BROKEN)).status_code == 302
    # The same, to be published, is told what is wrong, and stays a draft.
    answer = client.post(edit, form("Half written") | body(*BROKEN) | {"action-publish": "x"})
    assert answer.status_code == 200
    assert set(answer.context["form"].errors.as_data()["body"][0].block_errors) == {0, 1, 2, 3, 4}
    note.refresh_from_db()
    assert not note.live


def test_a_draft_without_a_title_is_kept_and_not_published(sign_in, finance, head):
    client = sign_in(head)
    assert new(client, finance, form("")).status_code == 302
    note = NotePage.objects.get()
    assert note.title == "Sans titre"
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    for title in ("", "Sans titre", "Untitled"):
        answer = client.post(edit, form(title) | {"action-publish": "x"})
        assert answer.status_code == 200
        assert "title" in answer.context["form"].errors
    assert client.post(edit, form("Bonjour") | {"action-publish": "x"}).status_code == 302
    note.refresh_from_db()
    assert (note.live, note.title, note.slug) == (True, "Bonjour", f"bonjour-{note.code}")


def test_the_address_is_that_of_the_title_at_publication(sign_in, finance, head):
    """A draft is kept while its title is being typed."""
    client = sign_in(head)
    new(client, finance, form("B"))
    note = NotePage.objects.get()
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    client.post(edit, form("Budget") | {"action-publish": "x"})
    note.refresh_from_db()
    assert note.slug == f"budget-{note.code}"
    client.post(edit, form("Budget 2027") | {"action-publish": "x"})
    note.refresh_from_db()
    assert (note.title, note.slug) == ("Budget 2027", f"budget-{note.code}")


def test_an_event_that_ends_before_it_starts_is_a_draft_and_no_event(sign_in, finance, head):
    section = make_section(finance)["fr"]
    client = sign_in(head)
    address = reverse("wagtailadmin_pages:add", args=["intranet", "eventpage", section.pk])
    fields = form("Fair", start="02/12/2026 10:00", end="01/12/2026 10:00", place_name="")
    assert client.post(address, fields).status_code == 302
    refused = client.post(address, fields | {"action-publish": "x"})
    assert "end" in refused.context["form"].errors


def unstarted(finance, by, **fields) -> EventPage:
    """The draft of an event that does not say when it starts, as the form writes it."""
    return make_event(finance, "Fair", by=by, draft=True, start=None, **fields)


@pytest.mark.parametrize(
    ("language", "compulsory", "too_long"),
    [
        ("fr", "Champ requis.", "au plus 400 caract"),
        ("en", "This field is required.", "at most 400 characters"),
    ],
)
def test_what_an_event_lacks_is_told_beside_the_field_to_publish_it(
    sign_in, finance, contributor, head, language, compulsory, too_long
):
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_pages:add", args=["intranet", "eventpage", section.pk])
    fields = form("Fair", start="", end="", place_name="", summary="x" * 401)
    client = sign_in(contributor)
    assert client.post(address, fields).status_code == 302
    event = EventPage.objects.get(title="Fair")
    assert (event.live, event.start, event.summary) == (False, None, "x" * 401)
    edit = reverse("wagtailadmin_pages:edit", args=[event.pk])
    assert client.post(edit, fields).status_code == 302
    for person, action in ((contributor, "action-submit"), (head, "action-publish")):
        for where in (address, edit):
            refused = sign_in(person).post(
                where, fields | {action: "x"}, headers={"accept-language": language}
            )
            faults = refused.context["form"].errors
            assert compulsory in str(faults["start"])
            assert too_long in str(faults["summary"])
            assert compulsory in refused.content.decode()
            assert too_long in refused.content.decode()
    event.refresh_from_db()
    assert (event.live, event.workflow_in_progress) == (False, False)
    whole = fields | {"start": "02/12/2026 10:00", "summary": "x" * 400}
    client = sign_in(head)
    client.get(edit, headers={"accept-language": "fr"})
    assert client.post(edit, whole | {"action-publish": "x"}).status_code == 302
    event.refresh_from_db()
    assert event.live


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Début : Indiquez quand l’événement commence."),
        ("en", "Start: Say when the event starts."),
    ],
)
def test_a_review_approves_no_event_without_a_start(
    sign_in, finance, contributor, head, language, words
):
    event = unstarted(finance, contributor)
    event.get_workflow().start(event, contributor)
    state = event.current_workflow_task_state
    action = reverse("wagtailadmin_pages:workflow_action", args=[event.pk, "approve", state.pk])
    answer = sign_in(head).post(action, headers={"accept-language": language})
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[event.pk])
    assert words in said(answer).replace("\u00a0", " ")
    state.refresh_from_db()
    assert state.status == "in_progress"


@pytest.mark.parametrize("fields", [{"start": None}, {"start": SOON, "summary": "x" * 401}])
def test_the_clock_publishes_no_event_that_is_not_ready(finance, head, caplog, fields):
    event = make_event(finance, "Fair", by=head, draft=True, **fields)
    revision = event.get_latest_revision()
    revision.approved_go_live_at = timezone.now()
    revision.save()
    with caplog.at_level(logging.CRITICAL):
        assert publish_due() == 0
    event.refresh_from_db()
    assert not event.live


def test_an_event_without_a_start_breaks_nothing_that_shows_it(sign_in, finance, head):
    event = unstarted(finance, head, end=timezone.now() + timedelta(days=1))
    client = sign_in(head)
    names = ("edit", "view_draft", "history", "copy", "preview_on_edit")
    for name in names:
        shown = client.get(reverse(f"wagtailadmin_pages:{name}", args=[event.pk]))
        assert shown.status_code == 200, name
    section = event.get_parent()
    for address in (
        *("/fr/", "/fr/finance/", reverse("intranet:events")),
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_explore", args=[section.pk]),
        reverse("wagtailadmin_pages:search") + "?q=Fair",
    ):
        assert client.get(address).status_code == 200, address
    assert "Fair" not in client.get(reverse("intranet:events")).content.decode()
    assert client.get(event.address_in("fr") + "?ics").status_code == 404
    assert not event.is_over
    assert not list(Events().documents([str(event.pk)]))
    translating = reverse("simple_translation:submit_page_translation", args=[event.pk])
    english = Locale.objects.get(language_code="en")
    assert client.post(translating, {"locales": [english.pk]}).status_code == 302
    assert EventPage.objects.get(locale=english).start is None


def test_a_draft_of_a_section_is_kept_however_long_its_summary(sign_in, finance, head):
    section = make_section(finance)["fr"]
    edit = reverse("wagtailadmin_pages:edit", args=[section.pk])
    client, fields = sign_in(head), form("", summary="x" * 301)
    assert client.post(edit, fields).status_code == 302
    section.refresh_from_db()
    assert section.get_latest_revision_as_object().summary == "x" * 301
    assert "summary" in client.post(edit, fields | {"action-publish": "x"}).context["form"].errors


def test_a_draft_shows_a_picture_that_its_audience_cannot_see(sign_in, finance, head):
    image = make_image(finance.scope)
    client = sign_in(head)
    picture = {"type": "image", "value-image": str(image.pk), "value-alt_text": "x"}
    fields = form("For all", audience="organisation") | body(picture)
    assert new(client, finance, fields).status_code == 302
    assert "body" in new(client, finance, fields | {"action-publish": "x"}).context["form"].errors


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Indiquez quelles cellules du tableau sont des en-t"),
        ("en", "Say which cells of the table are headings"),
    ],
)
def test_a_table_without_headings_says_so_in_the_readers_language(
    sign_in, finance, head, language, words
):
    fields = form("Table") | body(UNSAID) | {"action-publish": "x"}
    shown = new(sign_in(head), finance, fields, language).content.decode()
    assert words in shown
    assert "Validation error in" not in shown


def test_a_new_table_has_its_first_row_as_heading():
    with translation.override("fr"):
        default = BodyBlock().child_blocks["table"].get_default()
    assert default["table_header_choice"] == "row"
    assert new_table() == default
    assert BodyBlock().child_blocks["table"].clean(default)["first_row_is_table_header"]


def unready(sign_in, finance, head) -> NotePage:
    """A draft whose table does not say what its headings are, asked to be reviewed."""
    client = sign_in(head)
    new(client, finance, form("Unready") | body(UNSAID))
    return NotePage.objects.get(title="Unready")


def said(answer) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_a_list_publishes_no_draft_that_is_not_ready(sign_in, finance, head):
    note, ready = unready(sign_in, finance, head), make_note(finance, "Ready", draft=True)
    client = sign_in(head)
    address = reverse("wagtail_bulk_action", args=["intranet", "basepage", "publish"])
    answer = client.post(
        f"{address}?id={ready.pk}&id={note.pk}&next=/admin/", headers={"accept-language": "en"}
    )
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[note.pk])
    assert "“Unready” was not published. Table: Say which cells" in said(answer)
    assert not NotePage.objects.filter(live=True).exists()
    assert not JournalEntry.objects.filter(action="page.published", object_id=str(note.pk))


def test_a_review_approves_no_draft_that_is_not_ready(sign_in, finance, contributor, head):
    note = unready(sign_in, finance, contributor)
    note.get_workflow().start(note, contributor)
    state = note.current_workflow_task_state
    action = reverse("wagtailadmin_pages:workflow_action", args=[note.pk, "approve", state.pk])
    answer = sign_in(head).post(action)
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[note.pk])
    state.refresh_from_db()
    assert state.status == "in_progress"
    note.refresh_from_db()
    assert not note.live


def test_the_clock_publishes_no_draft_that_is_not_ready(sign_in, finance, head, caplog):
    note = unready(sign_in, finance, head)
    revision = note.get_latest_revision()
    revision.approved_go_live_at = timezone.now()
    revision.save()
    with caplog.at_level(logging.CRITICAL):
        assert publish_due() == 0
    with pytest.raises(NotReadyError):
        revision.publish()


def test_what_is_checked_for_one_is_not_left_out_for_another():
    """The blocks are shared by all threads: a draft that is kept must not slacken them."""
    block = BodyBlock()
    value = block.to_python([{"type": "quote", "value": {"text": "", "source": ""}}])
    kept, go_on, found = threading.Event(), threading.Event(), []

    class Slow(list):
        def __iter__(self):
            kept.set()
            go_on.wait(120)
            return super().__iter__()

    drafting = threading.Thread(target=lambda: block.clean_deferred(Slow(value)))
    drafting.start()
    assert kept.wait(120)
    try:
        block.clean(value)
    except ValidationError as error:
        found.append(error)
    go_on.set()
    drafting.join()
    assert found


def test_what_nobody_sees_of_a_paste_is_left_out(sign_in, finance, head):
    soft, zero = "\u00ad", "\u200b"
    pasted = f"admi{soft}nis{zero}tration e\u0301lue"
    paragraph = {"key": "a", "type": "unstyled", "depth": 0, "text": pasted}
    draft = {"blocks": [paragraph | {"inlineStyleRanges": [], "entityRanges": []}], "entityMap": {}}
    table = TABLE | {"data": [[pasted, "12"]], "table_header_choice": "row", "mergeCells": []}
    fields = body(
        {"type": "paragraph", "value": json.dumps(draft)},
        {"type": "heading", "value-text": pasted, "value-level": "2"},
        {"type": "quote", "value-text": pasted, "value-source": pasted},
        {"type": "table", "value": json.dumps(table)},
    )
    assert (
        new(sign_in(head), finance, form(pasted) | fields | {"summary": pasted}).status_code == 302
    )
    note = NotePage.objects.get(title="administration élue").get_latest_revision_as_object()
    kept = json.dumps([note.title, note.summary, list(note.body.raw_data)], ensure_ascii=False)
    assert kept.count("administration élue") == 7
    assert soft not in kept
    assert zero not in kept
