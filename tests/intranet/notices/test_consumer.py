"""Published notes become notices, once, and the notices follow their notes."""

from __future__ import annotations

import pytest
from django.utils import translation

from directory import consumers, journal
from directory.models import JournalEntry, Role
from intranet.models import BasePage, NotePage
from intranet.notices.consumer import NoticeMaker
from intranet.notices.models import Notice, NoticeKind
from intranet.notices.querysets import state_of
from tests.directory.factories import make_person, make_service
from tests.intranet.factories import make_note, writer
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def finance():
    return make_service("finance")


@kept
def zoe(finance):
    return make_person("zoe.finance", service=finance)


def deliver() -> None:
    consumers.drain("notices")


def texts(person) -> list[str]:
    return [notice.title for notice in Notice.objects.for_person(person)]


def publish(page, by) -> None:
    """Publish the newest state of a page, as the editor's button does."""
    page.save_revision(user=by).publish(user=by)


def test_a_note_that_asks_for_it_becomes_a_notice_for_its_readers(finance, zoe):
    ivo = make_person("ivo.schools")
    make_note(finance, "Sans bruit")
    note = make_note(finance, "Budget 2027", summary="Les grandes lignes.", notify=True)
    deliver()
    notice = Notice.objects.get()
    assert (notice.kind, notice.page_id, notice.scope) == (NoticeKind.NOTE, note.pk, finance.scope)
    assert (notice.title_fr, notice.body_fr) == ("Budget 2027", "Les grandes lignes.")
    assert (state_of(zoe).unread, state_of(ivo).unread) == (1, 0)
    # Whoever wrote the note need not be told of it.
    assert state_of(writer(finance)).unread == 0


def test_an_entry_is_answered_once_however_often_it_is_read(finance, zoe):
    make_note(finance, "Budget 2027", notify=True)
    entries = list(JournalEntry.objects.filter(action="page.published"))
    for _ in range(3):
        NoticeMaker().handle(entries)
    assert Notice.objects.count() == 1


def test_a_publication_that_asks_again_tells_again_and_others_do_not(finance, zoe):
    by = writer(finance)
    note = make_note(finance, "Budget 2027", notify=True)
    note.title = "Budget 2027 (corrigé)"
    publish(note, by)
    deliver()
    assert texts(zoe) == ["Budget 2027 (corrigé)"]
    note = NotePage.objects.get(pk=note.pk)
    note.notify = True
    publish(note, by)
    deliver()
    assert texts(zoe) == ["Budget 2027 (corrigé)"] * 2


def test_both_languages_are_one_notice(finance, zoe):
    note = make_note(finance, "Budget 2027", notify=True)
    deliver()
    first = Notice.objects.get()
    make_note(finance, "2027 budget", language="en", translation_of=note, notify=True)
    deliver()
    notice = Notice.objects.get()
    assert (notice.title_fr, notice.title_en) == ("Budget 2027", "2027 budget")
    assert notice.sequence == first.sequence
    entries = list(JournalEntry.objects.filter(action="page.published"))
    NoticeMaker().handle(entries)
    assert Notice.objects.count() == 1


def test_a_version_for_others_gives_no_title(finance, zoe):
    note = make_note(finance, "Pour tous", audience="organisation", notify=True)
    make_note(finance, "Secret wording", language="en", translation_of=note, notify=True)
    deliver()
    ivo = make_person("ivo.schools")
    with translation.override("en"):
        assert texts(ivo) == ["Pour tous"]
        assert sorted(texts(zoe)) == ["Pour tous", "Secret wording"]


def test_the_notice_is_out_of_sight_with_its_note_before_any_consumer_ran(finance, zoe):
    note = make_note(finance, "Budget 2027", audience="organisation", notify=True)
    deliver()
    ivo = make_person("ivo.schools")
    assert texts(ivo) == texts(zoe) == ["Budget 2027"]
    note.audience = "service"
    publish(note, writer(finance))
    assert (texts(ivo), texts(zoe)) == ([], ["Budget 2027"])
    deliver()
    assert (texts(ivo), texts(zoe)) == ([], ["Budget 2027"])
    assert Notice.objects.get().scope == finance.scope
    NotePage.objects.get(pk=note.pk).unpublish()
    assert texts(zoe) == []
    assert state_of(zoe).unread == 0


def test_a_title_goes_with_the_version_it_came_from(finance, zoe):
    note = make_note(finance, "Budget 2027", notify=True)
    english = make_note(finance, "2027 budget", language="en", translation_of=note)
    deliver()
    assert Notice.objects.get().title_en == "2027 budget"
    english.unpublish()
    deliver()
    assert Notice.objects.get().title_en == ""
    publish(NotePage.objects.get(pk=english.pk), writer(finance))
    deliver()
    assert Notice.objects.get().title_en == "2027 budget"
    BasePage.objects.filter(pk=english.pk).delete()
    deliver()
    assert Notice.objects.get().title_en == ""
    BasePage.objects.filter(pk=note.pk).delete()
    assert Notice.objects.count() == 0
    deliver()


def test_a_note_that_is_gone_when_its_turn_comes_harms_nobody(finance, zoe):
    note = make_note(finance, "Budget 2027", notify=True)
    NotePage.objects.get(pk=note.pk).unpublish()
    deliver()
    assert Notice.objects.count() == 0
    other = make_note(finance, "Autre", notify=True)
    BasePage.objects.filter(pk=other.pk).delete()
    deliver()
    assert Notice.objects.count() == 0
    assert list(journal.verify()) == []


def test_opening_leads_to_the_version_in_the_readers_language(finance, zoe, sign_in):
    note = make_note(finance, "Budget 2027", notify=True)
    deliver()
    pk = Notice.objects.get().pk
    client = sign_in(zoe, headers={"Accept-Language": "en"})
    target = client.get(f"/notices/{pk}/")["Location"]
    assert target.startswith("/en/")
    assert client.get(target).status_code == 200
    english = make_note(finance, "2027 budget", language="en", translation_of=note)
    assert client.get(f"/notices/{pk}/")["Location"] == english.address_in("en")


def test_heads_withdraw_the_notice_of_a_note_too(finance, zoe, sign_in):
    head = make_person("hal.head", service=finance, role=Role.HEAD)
    make_note(finance, "Budget 2027", notify=True)
    deliver()
    client = sign_in(head)
    assert "Budget 2027" in client.get("/notices/sent/").content.decode()
    client.post(f"/notices/{Notice.objects.get().pk}/withdraw/")
    assert state_of(zoe).unread == 0
