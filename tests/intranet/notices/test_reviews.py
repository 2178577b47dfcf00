"""A draft that waits is told to those who review it, and what came of it to its author."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import LogContext

from directory import access, consumers
from directory.access import Level
from directory.actions.memberships import remove_member
from directory.models import JournalEntry, Role, User
from intranet.actions.notes import draft_page
from intranet.models import EventPage, NotePage
from intranet.notices.consumer import NoticeMaker
from intranet.notices.models import Notice, NoticeKind
from intranet.notices.querysets import state_of
from tests.directory.factories import group_of, make_person, make_service
from tests.intranet.factories import make_note, make_page, make_section
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@kept
def finance():
    service = make_service("finance")
    make_section(service)
    return service


@kept
def head(finance) -> User:
    return make_person("hal.head", service=finance, role=Role.HEAD)


@kept
def contributor(finance) -> User:
    return make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)


def deliver() -> None:
    consumers.drain("notices")


def submitted(finance, contributor, **fields) -> NotePage:
    note = make_note(finance, "Budget 2027", by=contributor, draft=True, **fields)
    note.get_workflow().start(note, contributor)
    deliver()
    return note


def act(note: NotePage, person: User, action: str, **details: str) -> None:
    state = note.current_workflow_task_state
    with LogContext(user=person):
        state.task.specific.on_action(state, person, action, **details)
    deliver()


def publish(note: NotePage, person: User | None) -> None:
    with LogContext(user=person):
        note.get_latest_revision().publish(user=person)
    deliver()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client


def waiting(person: User) -> list[str]:
    return [notice.title for notice in Notice.objects.unread_by(person)]


@pytest.mark.parametrize("audience", ["service", "organisation"])
def test_a_submitted_draft_reaches_its_reviewers_and_nobody_else(
    finance, head, contributor, audience
):
    member = make_person("mia.member", service=finance)
    other = make_person("olga.other", service=make_service("schools"), role=Role.HEAD)
    note = submitted(finance, contributor, audience=audience)
    assert waiting(head) == ["À relire\u00a0: Budget 2027"]
    assert state_of(head).unread == 1
    for person in (member, other, contributor):
        assert waiting(person) == []
        assert not Notice.objects.for_person(person)
    notice = Notice.objects.get()
    assert (notice.kind, notice.title_en) == (NoticeKind.REVIEW, "To review: Budget 2027")
    client = signed_in(head)
    answer = client.get(notice.get_absolute_url())
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[note.pk])
    shown = client.get(reverse("notices:list")).content.decode()
    assert "À relire" in shown
    assert "Budget 2027" in shown
    # What comes and goes by itself is not among what one has sent.
    assert "Budget 2027" not in client.get(reverse("notices:sent")).content.decode()


@pytest.mark.parametrize("end", ["approve", "reject", "cancel", "publish", "delete"])
def test_the_notice_ends_with_the_review(finance, head, contributor, end):
    note = submitted(finance, contributor)
    match end:
        case "cancel":
            note.current_workflow_state.cancel(user=contributor)
        case "publish":
            note.get_latest_revision().publish(user=head)
        case "delete":
            note.delete()
        case _:
            act(note, head, end)
    deliver()
    assert waiting(head) == []
    assert Notice.objects.filter(kind=NoticeKind.REVIEW, withdrawn_at=None).count() == 0


def test_what_was_sent_back_and_is_submitted_again_is_told_again(finance, head, contributor):
    note = submitted(finance, contributor)
    act(note, head, "reject")
    note.current_workflow_state.resume(user=contributor)
    deliver()
    assert waiting(head) == ["À relire\u00a0: Budget 2027"]


def test_a_draft_that_moved_is_none_of_those_who_headed_it(finance, head, contributor):
    schools = make_service("schools")
    note = submitted(finance, contributor, audience="organisation")
    note.move(make_section(schools)["fr"], pos="last-child")
    deliver()
    assert waiting(head) == []


@pytest.mark.parametrize("sent_back", [False, True])
def test_a_draft_below_what_moved_follows_too(finance, head, contributor, sent_back):
    schools = make_service("schools")
    above = make_page(finance, "Guides", by=head)
    page = make_page(finance, "Budget 2027", by=contributor, draft=True)
    page.move(above, pos="last-child")
    page.get_workflow().start(page, contributor)
    deliver()
    if sent_back:
        act(page, head, "reject")
    told = contributor if sent_back else head
    assert state_of(told).unread == 1
    # A move that changes no reader tells nobody anything anew.
    page.refresh_from_db()
    page.move(make_page(finance, "Leaflets", by=head), pos="last-child")
    above.refresh_from_db()
    page.refresh_from_db()
    page.move(above, pos="last-child")
    deliver()
    assert Notice.objects.for_person(told).count() == 1
    assert not Notice.objects.filter(withdrawn_at__isnull=False, kind=NoticeKind.CHANGES)
    above.refresh_from_db()
    above.move(make_section(schools)["fr"], pos="last-child")
    deliver()
    assert state_of(told).unread == 0
    assert not Notice.objects.for_person(told)


def test_an_entry_is_answered_once_however_often_it_is_read(finance, head, contributor):
    submitted(finance, contributor)
    entries = list(JournalEntry.objects.filter(action="page.submitted"))
    assert len(entries) == 1
    for _ in range(3):
        NoticeMaker().handle(entries)
    assert waiting(head) == ["À relire\u00a0: Budget 2027"]


def test_an_old_entry_tells_nothing_of_a_review_that_is_over(finance, head, contributor):
    note = make_note(finance, "Budget 2027", by=contributor, draft=True)
    note.get_workflow().start(note, contributor)
    note.current_workflow_state.cancel(user=contributor)
    deliver()
    assert not Notice.objects.exists()


ASKED = "Modifications demandées\u00a0: Budget 2027"
PUBLISHED = "Publié\u00a0: Budget 2027"


def test_the_author_is_told_that_changes_are_requested_and_nobody_else(finance, head, contributor):
    colleague = make_person("cleo.colleague", service=finance, role=Role.CONTRIBUTOR)
    note = submitted(finance, contributor)
    act(note, head, "reject", comment="Le total manque.")
    assert waiting(contributor) == [ASKED]
    for person in (head, colleague):
        assert waiting(person) == []
        assert not Notice.objects.for_person(person)
    notice = Notice.objects.for_person(contributor).get()
    assert (notice.kind, notice.author) == (NoticeKind.CHANGES, head)
    assert notice.title_en == "Changes requested: Budget 2027"
    assert {notice.body_fr, notice.body_en} == {"Le total manque."}
    client = signed_in(contributor)
    shown = client.get(reverse("notices:list")).content.decode()
    assert "Modifications demandées" in shown
    answer = client.get(notice.get_absolute_url())
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[note.pk])
    assert "Budget 2027" not in signed_in(head).get(reverse("notices:sent")).content.decode()


@pytest.mark.parametrize("by", ["author", "head"])
def test_whoever_comes_to_the_editor_has_read_what_leads_there(finance, head, contributor, by):
    note = submitted(finance, contributor)
    if by == "author":
        act(note, head, "reject")
    person = contributor if by == "author" else head
    assert len(waiting(person)) == 1
    editor = reverse("wagtailadmin_pages:edit", args=[note.pk])
    client = signed_in(person)
    assert client.head(editor).status_code == 200
    assert len(waiting(person)) == 1
    assert client.get(editor).status_code == 200
    assert waiting(person) == []
    assert Notice.objects.for_person(person).count() == 1


@pytest.mark.parametrize("end", ["resume", "publish", "cancel", "delete"])
def test_the_request_for_changes_ends_with_its_cause(finance, head, contributor, end):
    note = submitted(finance, contributor)
    act(note, head, "reject")
    match end:
        case "publish":
            publish(note, head)
        case "delete":
            note.delete()
        case "resume":
            note.current_workflow_state.resume(user=contributor)
        case _:
            note.current_workflow_state.cancel(user=contributor)
    deliver()
    assert ASKED not in [notice.title for notice in Notice.objects.for_person(contributor)]


def test_changes_are_told_again_where_they_are_requested_again(finance, head, contributor):
    note = submitted(finance, contributor)
    act(note, head, "reject")
    note.current_workflow_state.resume(user=contributor)
    deliver()
    assert waiting(contributor) == []
    act(note, head, "reject")
    assert waiting(contributor) == [ASKED]
    entries = list(JournalEntry.objects.filter(action="page.reviewed"))
    NoticeMaker().handle(entries)
    assert waiting(contributor) == [ASKED]


def test_who_may_edit_no_more_is_not_asked_for_changes(finance, head, contributor):
    note = submitted(finance, contributor, audience="organisation")
    held = contributor.memberships.get(access_group=group_of(finance, Role.CONTRIBUTOR))
    remove_member(actor=None, membership=held)
    act(note, head, "reject", comment="Le total manque.")
    assert access.can(contributor, Level.READ, note.scope)
    assert not Notice.objects.for_person(contributor)


def test_heads_are_told_nothing_of_what_they_did_themselves(finance, head):
    note = submitted(finance, head)
    act(note, head, "reject")
    assert not Notice.objects.for_person(head).exclude(kind=NoticeKind.REVIEW)
    note.current_workflow_state.resume(user=head)
    act(note, head, "approve")
    assert waiting(head) == []


@pytest.mark.parametrize("how", ["approve", "publish"])
def test_the_author_is_told_of_the_publication_once(finance, head, contributor, how):
    colleague = make_person("cleo.colleague", service=finance, role=Role.CONTRIBUTOR)
    note = submitted(finance, contributor)
    act(note, head, "approve") if how == "approve" else publish(note, head)
    assert waiting(contributor) == [PUBLISHED]
    assert waiting(head) == waiting(colleague) == []
    NoticeMaker().handle(list(JournalEntry.objects.filter(action="page.published")))
    publish(NotePage.objects.get(pk=note.pk), head)
    assert waiting(contributor) == [PUBLISHED]
    notice = Notice.objects.for_person(contributor).get()
    assert (notice.kind, notice.title_en) == (NoticeKind.PUBLISHED, "Published: Budget 2027")
    note = NotePage.objects.get(pk=note.pk)
    client = signed_in(contributor)
    answer = client.get(notice.get_absolute_url())
    assert answer["Location"] == note.address
    note.unpublish(user=head)
    deliver()
    assert not Notice.objects.for_person(contributor)


@pytest.mark.parametrize("kind", [NotePage, EventPage])
def test_whoever_opens_the_page_has_read_that_it_is_published(finance, head, contributor, kind):
    fields = {"start": timezone.now()} if kind is EventPage else {}
    page = draft_page(kind, actor=contributor, service=finance, title="Budget 2027", **fields)
    page.get_workflow().start(page, contributor)
    deliver()
    act(page, head, "approve")
    assert waiting(contributor) == [PUBLISHED]
    page.refresh_from_db()
    assert signed_in(contributor).get(page.address).status_code == 200
    assert waiting(contributor) == []


def test_a_note_that_all_are_told_of_is_told_to_its_author_once(finance, head, contributor):
    note = submitted(finance, contributor, notify=True)
    act(note, head, "approve")
    assert waiting(contributor) == ["Budget 2027"]
    note = NotePage.objects.get(pk=note.pk)
    note.save_revision(user=head)  # the wish for a notice is spent
    publish(note, head)
    assert waiting(contributor) == ["Budget 2027"]


def test_what_the_author_is_told_keeps_to_itself_when_the_page_changes(finance, head, contributor):
    note = submitted(finance, contributor)
    act(note, head, "approve")
    note = NotePage.objects.get(pk=note.pk)
    note.title = "Budget 2028"
    note.save_revision(user=head)
    publish(note, head)
    assert waiting(contributor) == [PUBLISHED]


def test_who_publishes_a_page_again_tells_its_author_nothing(finance, head, contributor):
    other = make_person("hugo.head", service=finance, role=Role.HEAD)
    own, sent = submitted(finance, head), submitted(finance, contributor)
    act(own, head, "approve")  # they know of it, and are told nothing
    act(sent, head, "approve")
    # As of a page that was published before its author was told of it.
    Notice.objects.filter(kind=NoticeKind.PUBLISHED).delete()
    for note in NotePage.objects.filter(pk__in=(own.pk, sent.pk)):
        note.save_revision(user=other)
        publish(note, other)
    assert not Notice.objects.filter(kind=NoticeKind.PUBLISHED)


def test_what_is_published_opens_in_the_language_that_was_published(finance, head, contributor):
    french = make_note(finance, "Budget 2027", by=head)
    note = submitted(finance, contributor, language="en", translation_of=french)
    act(note, head, "approve")
    notice = Notice.objects.get(kind=NoticeKind.PUBLISHED)
    answer = signed_in(contributor).get(
        notice.get_absolute_url(), headers={"accept-language": "fr"}
    )
    assert answer["Location"] == NotePage.objects.get(pk=note.pk).address
