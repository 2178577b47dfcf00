"""A draft that waits for a review is told to those who review, for as long as it waits."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from directory import consumers
from directory.models import JournalEntry, Role, User
from intranet.models import NotePage
from intranet.notices.consumer import NoticeMaker
from intranet.notices.models import Notice, NoticeKind
from intranet.notices.querysets import state_of
from tests.directory.factories import make_person, make_service
from tests.intranet.factories import make_note, make_section
from tests.kept import kept

pytestmark = pytest.mark.django_db


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


def act(note: NotePage, person: User, action: str) -> None:
    state = note.current_workflow_task_state
    state.task.specific.on_action(state, person, action)
    deliver()


def waiting(person: User) -> list[str]:
    return [notice.title for notice in Notice.objects.unread_by(person)]


@pytest.mark.parametrize("audience", ["service", "organisation"])
def test_a_submitted_draft_reaches_its_reviewers_and_nobody_else(
    finance, head, contributor, audience
):
    member = make_person("mia.member", service=finance)
    other = make_person("olga.other", service=make_service("schools"), role=Role.HEAD)
    note = submitted(finance, contributor, audience=audience)
    assert waiting(head) == ["À relire : Budget 2027"]
    assert state_of(head).unread == 1
    for person in (member, other, contributor):
        assert waiting(person) == []
        assert not Notice.objects.for_person(person)
    notice = Notice.objects.get()
    assert (notice.kind, notice.title_en) == (NoticeKind.REVIEW, "To review: Budget 2027")
    client = Client()
    client.force_login(head, backend="directory.backends.DirectoryBackend")
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
    assert waiting(head) == ["À relire : Budget 2027"]


def test_a_draft_that_moved_is_none_of_those_who_headed_it(finance, head, contributor):
    schools = make_service("schools")
    note = submitted(finance, contributor, audience="organisation")
    note.move(make_section(schools)["fr"], pos="last-child")
    deliver()
    assert waiting(head) == []


def test_an_entry_is_answered_once_however_often_it_is_read(finance, head, contributor):
    submitted(finance, contributor)
    entries = list(JournalEntry.objects.filter(action="page.submitted"))
    assert len(entries) == 1
    for _ in range(3):
        NoticeMaker().handle(entries)
    assert waiting(head) == ["À relire : Budget 2027"]


def test_an_old_entry_tells_nothing_of_a_review_that_is_over(finance, head, contributor):
    note = make_note(finance, "Budget 2027", by=contributor, draft=True)
    note.get_workflow().start(note, contributor)
    note.current_workflow_state.cancel(user=contributor)
    deliver()
    assert not Notice.objects.exists()
