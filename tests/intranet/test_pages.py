"""Pages on the site: who reads them, in which language, and what the journal says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar
from wagtail.models import Revision

from directory.access import Level
from directory.models import JournalEntry, Role
from intranet.actions.schedule import publish_due
from intranet.models import BasePage, HomePage, NotePage, SectionPage
from tests.directory.factories import make_person
from tests.html import elements, has, read_in

from .factories import make_event, make_note, make_page, make_section, paragraph, writer

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def status(sign_in):
    return lambda user, address: sign_in(user).get(address).status_code


def actions(page):
    return list(
        JournalEntry.objects.filter(
            object_type="intranet.basepage", object_id=str(page.pk)
        ).values_list("action", flat=True)
    )


def test_a_section_is_made_once_in_each_language(finance):
    first, second = make_section(finance), make_section(finance)
    assert {code: page.pk for code, page in first.items()} == {
        code: page.pk for code, page in second.items()
    }
    assert first["fr"].translation_key == first["en"].translation_key
    assert (first["fr"].title, first["en"].title) == ("Finances", "Finance")
    assert HomePage.objects.count() == 2
    assert BasePage.objects.filter(depth=2).count() == 2
    assert BasePage.find_problems() == ([], [], [], [], [])


def test_the_pages_stand_in_the_scope_of_their_audience(finance):
    section = make_section(finance)["fr"]
    closed = make_note(finance, "closed")
    public = make_note(finance, "public", audience="organisation")
    assert section.scope_id == finance.public_scope_id
    assert closed.scope_id == finance.scope_id
    assert public.scope_id == finance.public_scope_id
    assert closed.service_id == public.service_id == finance.pk


def test_who_reads_what(status, finance, schools):
    closed = make_note(finance, "closed")
    public = make_note(finance, "public", audience="organisation")
    member = make_person("mia.member", service=finance)
    other = make_person("olga.other", service=schools, role=Role.HEAD)
    stranger = make_person("sam.stranger", outsider=True)
    admin = make_person("ida.admin", it_admin=True)
    root = make_person("rita.root", outsider=True)
    root.is_superuser = root.is_staff = True
    root.save()
    found = {
        person.username: tuple(
            status(person, page.address_own) for page in (public.get_parent(), public, closed)
        )
        for person in (member, other, stranger, admin, root)
    }
    assert found == {
        "mia.member": (200, 200, 200),
        "olga.other": (200, 200, 404),
        "sam.stranger": (404, 404, 404),
        "ida.admin": (200, 200, 404),
        "rita.root": (404, 404, 404),
    }
    assert status(stranger, "/fr/") == 200


def test_a_draft_is_no_page_for_anybody(status, sign_in, finance):
    draft = make_note(finance, "draft", draft=True)
    head = make_person("hal.head", service=finance, role=Role.HEAD)
    assert status(head, draft.address_own) == 404
    # The section shows what is in preparation to those who write there, and to nobody else.
    section = draft.get_parent().address_own
    assert "draft" in sign_in(head).get(section).content.decode()
    member = make_person("mia.member", service=finance)
    assert "draft" not in sign_in(member).get(section).content.decode()


class BelowContribute(int):
    """A level that somebody may add to the three: everybody who reads has it, not more."""

    def and_above(self):
        return [level.codename for level in Level]


def test_drafts_are_shown_from_the_level_contribute_on(finance):
    make_note(finance, "note")
    make_note(finance, "draft", draft=True)
    member = make_person("mia.member", service=finance)
    head = make_person("hugo.head", service=finance, role=Role.HEAD)

    def seen(person, level):
        return set(NotePage.objects.visible_to(person, level).values_list("title", flat=True))

    for level in (Level.READ, BelowContribute(0), BelowContribute(1)):
        assert seen(member, level) == seen(head, level) == {"note"}
    for level in (Level.CONTRIBUTE, Level.MANAGE):
        assert seen(member, level) == set()
        assert seen(head, level) == {"note", "draft"}


def test_a_note_says_what_it_is(sign_in, finance):
    note = make_note(
        finance,
        "Congés d'été",
        summary="Les dates à retenir",
        body=paragraph("Le service ferme le <b>14</b>."),
        reference="2026-12",
        signed_by="La directrice",
        contact="poste 12",
    )
    client = sign_in(make_person("mia.member", service=finance))
    page = client.get(note.address_own).content.decode()
    for text in (
        "Congés d&#x27;été",
        "Les dates à retenir",
        "<b>14</b>",
        "2026-12",
        "La directrice",
        "poste 12",
    ):
        assert text in page


def test_what_happens_to_a_page_is_in_the_journal(finance, schools):
    note = make_note(finance, "note", audience="organisation", notify=True)
    entry = JournalEntry.objects.get(action="page.published", object_id=str(note.pk))
    assert entry.payload == {"kind": "notepage", "notify": True}
    assert entry.scope_id == finance.public_scope_id
    assert entry.actor == writer(finance)
    note.refresh_from_db()
    assert note.notify is False
    note.audience = "service"
    note.save_revision().publish()
    target = make_section(schools)["fr"]
    NotePage.objects.get(pk=note.pk).move(target, pos="last-child")
    moved = NotePage.objects.get(pk=note.pk)
    assert (moved.service_id, moved.scope_id) == (schools.pk, schools.scope_id)
    moved.unpublish()
    moved.delete()
    assert actions(note) == [
        "page.published",
        "page.scope_changed",
        "page.published",
        "page.scope_changed",
        "page.moved",
        "page.unpublished",
        "page.deleted",
    ]


def test_an_old_version_does_not_bring_back_another_sections_scope(finance, schools):
    note = make_note(finance, "note", audience="organisation")
    old = note.get_latest_revision()
    note.move(make_section(schools)["fr"], pos="last-child")
    old.refresh_from_db()
    old.publish()
    assert NotePage.objects.get(pk=note.pk).scope_id == schools.public_scope_id


def test_a_branch_that_is_deleted_is_told_page_by_page(finance):
    above = make_page(finance, "above")
    below = above.add_child(instance=type(above)(title="below", audience="service"))
    above.refresh_from_db()
    above.delete()
    assert actions(above)[-1] == actions(below)[-1] == "page.deleted"


def test_a_scheduled_note_goes_live_and_expires_by_itself(status, finance):
    soon = timezone.now() + timedelta(hours=1)
    later = soon + timedelta(hours=1)
    note = make_note(finance, "note", draft=True, go_live_at=soon, expire_at=later)
    member = make_person("mia.member", service=finance)
    assert publish_due() == 0
    assert status(member, note.address_own) == 404
    assert "page.published" not in actions(note)
    due = timezone.now()  # as if the hour had passed
    revision = Revision.objects.get(approved_go_live_at=soon)
    revision.content["go_live_at"] = due.isoformat()
    revision.approved_go_live_at = due
    revision.save()
    assert publish_due() == 1
    assert status(member, note.address_own) == 200
    NotePage.objects.filter(pk=note.pk).update(expire_at=timezone.now())
    assert publish_due() == 1
    assert status(member, note.address_own) == 404
    assert actions(note) == ["page.published", "page.unpublished"]


def test_a_note_of_one_language_is_shown_in_the_frame_of_the_other(sign_in, finance):
    note = make_note(finance, "Bonjour", audience="organisation")
    client = sign_in(make_person("mia.member", service=finance))
    listed = client.get("/en/finance/").content.decode()
    assert "Bonjour" in listed
    page = client.get(f"/en/finance/{note.slug}/")
    assert page.status_code == 200
    assert has(page, "html[lang='en']")
    assert has(page, "article.sheet[lang='fr']")
    assert "This page exists in French only." in read_in(page)
    assert note.address_own == f"/fr/finance/bonjour-{note.code}/"


@pytest.mark.parametrize(
    ("shown", "said", "written"), [("en", "French", "fr"), ("fr", "Anglais", "en")]
)
def test_lists_mark_what_is_written_in_the_other_language(sign_in, finance, shown, said, written):
    own = make_note(finance, "Own", language=shown, audience="organisation")
    note = make_note(finance, "Foreign", language=written, audience="organisation")
    client = sign_in(make_person("mia.member", service=finance))
    for address in (f"/{shown}/", "/notes/", f"/{shown}/finance/"):
        listed = client.get(address, headers={"accept-language": shown})
        items = elements(listed, "li:has(.item-title)")
        [marked] = [item for item in items if note.title in read_in(item)]
        assert marked["lang"] == written
        assert has(marked, ".badge:has(svg)", said), marked
        [unmarked] = [item for item in items if own.title in read_in(item)]
        assert not has(unmarked, ".badge")


def test_the_french_name_of_a_language_is_not_capitalised(sign_in, finance):
    note = make_note(finance, "Hello", language="en", audience="organisation")
    client = sign_in(make_person("mia.member", service=finance))
    page = client.get(note.address_own.replace("/en/", "/fr/"))
    assert "Cette page n’existe qu’en anglais." in page.content.decode()


def test_a_note_of_two_languages_is_listed_once_and_each_leads_to_the_other(sign_in, finance):
    french = make_note(finance, "Bonjour", audience="organisation")
    hello = make_note(
        finance, "Hello", language="en", audience="organisation", translation_of=french
    )
    client = sign_in(make_person("mia.member", service=finance))
    english = client.get("/en/finance/").content.decode()
    assert "Hello" in english
    assert "Bonjour" not in english
    moved = client.get(f"/en/finance/{french.slug}/")
    assert moved.headers["Location"] == hello.address_own == f"/en/finance/hello-{french.code}/"
    assert hello.address_own in client.get(french.address_own).content.decode()


def test_a_translation_out_of_sight_does_not_hide_the_note(sign_in, finance, schools):
    french = make_note(finance, "Bonjour", audience="organisation")
    hello = make_note(finance, "Hello", language="en", audience="service", translation_of=french)
    client = sign_in(make_person("olga.other", service=schools))
    english = client.get("/en/finance/").content.decode()
    assert "Bonjour" in english
    assert "Hello" not in english
    page = client.get(f"/en/finance/{french.slug}/")
    assert page.status_code == 200
    assert "hello" not in page.content.decode().lower()
    assert client.get(hello.address_own).status_code == 404


def test_an_event_comes_as_a_file_for_calendars(status, sign_in, finance):
    start = timezone.now() + timedelta(days=2)
    event = make_event(
        finance, "Fête, été; \\ 1", start=start, place_name="Salle\nbleue", summary="é" * 80
    )
    client = sign_in(make_person("mia.member", service=finance))
    answer = client.get(f"{event.address_own}?ics")
    assert answer["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "SUMMARY:Fête\\, été\\; \\\\ 1" in lines
    assert "LOCATION:Salle\\nbleue" in lines
    (told,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert {name: told.decoded(name) for name in told} == {
        "UID": str(event.uid),
        "DTSTAMP": event.last_published_at.replace(microsecond=0),
        "DTSTART": start.replace(microsecond=0),
        "DTEND": start.replace(microsecond=0) + timedelta(hours=1),
        "SUMMARY": "Fête, été; \\ 1",
        "LOCATION": "Salle\nbleue",
        "DESCRIPTION": "é" * 80,
        "URL": event.get_full_url(),
    }
    assert status(make_person("sam.stranger", outsider=True), f"{event.address_own}?ics") == 404


@pytest.mark.django_db(transaction=True)
def test_the_section_follows_the_names_of_the_service(finance):
    from directory.actions.services import rename_service
    from directory.consumers import drain

    drain("intranet.sections")
    rename_service(actor=None, service=finance, name_fr="Budget", name_en="Treasury")
    drain("intranet.sections")
    titles = dict(SectionPage.objects.values_list("locale__language_code", "title"))
    assert titles == {"fr": "Budget", "en": "Treasury"}


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_a_page_is_only_read_on_the_site(sign_in, finance, method):
    note = make_note(finance, "note")
    client = sign_in(make_person("mia.member", service=finance))
    assert getattr(client, method)(note.address_own).status_code == 405


def test_head_tells_no_more_than_get(sign_in, finance):
    note = make_note(finance, "note")
    assert (
        sign_in(make_person("mia.member", service=finance)).head(note.address_own).status_code
        == 200
    )
    assert sign_in(make_person("olga.other")).head(note.address_own).status_code == 404
