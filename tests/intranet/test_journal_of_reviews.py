"""How a review ended is told by the journal: by its page and by its export."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from wagtail.log_actions import LogContext

from directory import journal
from directory.models import JournalEntry, Role
from intranet import events
from intranet.models import NotePage
from tests.directory.factories import event, make_person, make_service
from tests.intranet.factories import make_note, make_section

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ENDS = {
    "approve": ["approved"],
    "reject": ["changes_requested"],
    "cancel": ["cancelled"],
    "publish": ["cancelled"],
    "give up": ["changes_requested", "cancelled"],
}
SAID = {
    "en": {
        "approved": "result: approved",
        "changes_requested": "result: changes requested",
        "cancelled": "result: cancelled",
    },
    "fr": {
        "approved": "issue\u00a0: approuvée",
        "changes_requested": "issue\u00a0: modifications demandées",
        "cancelled": "issue\u00a0: annulée",
    },
}


def reviewed(end: str) -> None:
    """Write a note "Secret plans", submit it, and end its review so."""
    finance = make_service("finance")
    make_section(finance)
    head = make_person("hal.head", service=finance, role=Role.HEAD)
    author = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    note = make_note(finance, "Secret plans", by=author, draft=True)
    note.get_workflow().start(note, author)
    note = NotePage.objects.get(pk=note.pk)
    with LogContext(user=head):
        match end:
            case "publish":
                note.get_latest_revision().publish(user=head)
            case "cancel":
                note.current_workflow_state.cancel(user=head)
            case _:
                state = note.current_workflow_task_state
                done = "approve" if end == "approve" else "reject"
                state.task.specific.on_action(state, head, done, comment="Secret remark")
        if end == "give up":
            NotePage.objects.get(pk=note.pk).current_workflow_state.cancel(user=head)


def read(language: str) -> tuple[list[str], list[str]]:
    """Return the details of the ends of reviews, oldest first: as shown, and as exported."""
    client = Client(headers={"accept-language": language})
    admin = make_person("ida.admin", it_admin=True)
    client.force_login(admin, backend="directory.backends.DirectoryBackend")
    asked = {"action": "page.reviewed"}
    shown = client.get("/access/journal/", asked)
    assert "Secret" not in shown.content.decode()
    details = [line.details for line in shown.context["lines"]]
    assert all(each in shown.content.decode() for each in details)
    taken = client.post("/access/journal/export/", asked)
    text = b"".join(taken.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))[1:]
    return details[::-1], [row[10] for row in rows][::-1]


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("end", ENDS)
def test_the_journal_says_how_a_review_ended(end, language):
    reviewed(end)
    said = [SAID[language][code] for code in ENDS[end]]
    assert read(language) == (said, said)
    entries = JournalEntry.objects.filter(action="page.reviewed").order_by("sequence")
    assert [entry.payload["result"] for entry in entries] == ENDS[end]


@pytest.mark.parametrize(
    "payload", [{"kind": "notepage"}, {"result": "of its own"}, {"result": []}]
)
def test_an_end_of_another_release_is_shown_without(payload):
    with journal.transaction():
        journal.append(event("page.reviewed"), actor=None, payload=payload)
    assert read("en") == ([""], [""])


def test_a_code_of_another_action_is_kept_back():
    assert events.PAGE_SUBMITTED.code_in({"result": "approved"}) == ""
