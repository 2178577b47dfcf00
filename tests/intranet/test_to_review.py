"""The home page lists, for those who review, what waits for them, and nothing to others."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from wagtail.models import Workflow, WorkflowPage
from wagtail.users.models import UserProfile

from directory.actions.services import rename_service
from directory.models import Role
from tests.directory.factories import make_person
from tests.html import element, elements, has, read_in, texts
from tests.kept import kept

from .factories import make_note, make_section
from .test_admin_writing import form
from .test_drafts import body

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@kept
def contributor(finance, head):
    return make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)


def submitted(service, by, title="Budget 2027", **fields):
    note = make_note(service, title, by=by, draft=True, **fields)
    note.get_workflow().start(note, by)
    return note


def home(client, language="fr"):
    answer = client.get(f"/{language}/")
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client, language="fr", page=1):
    client.cookies["marigot_language"] = language
    answer = client.get(f"/to-review/?page={page}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("language", "heading", "by", "service"),
    [
        ("fr", "À relire", "soumis par Cal Contributor", "Finances"),
        ("en", "To review", "submitted by Cal Contributor", "Finance"),
    ],
)
@pytest.mark.parametrize("audience", ["service", "organisation"])
def test_heads_find_what_waits_for_them_and_nobody_else_does(
    sign_in, finance, head, contributor, other, audience, language, heading, by, service
):
    note = submitted(finance, contributor, audience=audience)
    panel = element(home(sign_in(head), language), "section:has(#to-review)")
    for told in (heading, "Budget 2027", by, service):
        assert told in read_in(panel)
    assert has(panel, "time")
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    assert has(panel, f"a[href='{edit}']")
    assert sign_in(head).get(edit).status_code == 200
    stranger = make_person("sam.stranger", outsider=True)
    for person in (contributor, other, stranger, make_person("mia.member", service=finance)):
        theirs = home(sign_in(person), language)
        assert "to-review" not in theirs
        assert "Budget 2027" not in theirs
        assert "Budget 2027" not in listed(sign_in(person), language)


@pytest.mark.parametrize(
    ("action", "language", "label", "goes_without"),
    [
        ("reject", "en", "What is to be changed", False),
        ("reject", "fr", "Ce qu’il faut modifier", False),
        ("approve", "en", "Comment", True),
        ("approve", "fr", "Commentaire", True),
    ],
)
def test_a_reviewer_is_asked_in_their_language_and_for_what_the_author_needs(
    sign_in, finance, head, contributor, action, language, label, goes_without
):
    step = submitted(finance, contributor).current_workflow_task_state
    dialog = reverse(
        "wagtailadmin_pages:collect_workflow_action_data",
        args=[step.workflow_state.object_id, action, step.pk],
    )
    client = sign_in(head)
    head.language = language
    head.save()
    for other in ("fr", "en", language):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = other
        shown = client.get(dialog).json()["html"]
    assert label in shown

    def step_after(comment: str) -> str:
        sent = {"comment": comment}
        answer = client.post(dialog, sent, headers={"X-Requested-With": "XMLHttpRequest"})
        return answer.json()["step"]

    assert step_after(" ") == ("success" if goes_without else "action")
    assert step_after("Le total.") == "success"


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_what_was_reviewed_waits_no_more(sign_in, finance, head, contributor, action):
    note = submitted(finance, contributor)
    state = note.current_workflow_task_state
    state.task.specific.on_action(state, head, action)
    assert "to-review" not in home(sign_in(head))
    assert "Budget 2027" not in listed(sign_in(head))


def test_a_draft_that_moved_to_another_service_is_named_to_no_head_of_before(
    sign_in, finance, schools, head, contributor, other
):
    from .factories import make_section

    note = submitted(finance, contributor)
    note.move(make_section(schools)["fr"], pos="last-child")
    assert "Budget 2027" not in home(sign_in(head))
    assert "Budget 2027" not in home(sign_in(other))
    assert "Budget 2027" not in listed(sign_in(head))
    assert "Budget 2027" not in listed(sign_in(other))


def asked(client) -> list[str]:
    home(client)  # what is cached for the process
    with CaptureQueriesContext(connection) as queries:
        home(client)
    return [query["sql"] for query in queries if "taskstate" in query["sql"]]


@pytest.mark.parametrize("drafts", [0, 1, 8])
def test_it_is_asked_by_one_query_and_one_more_to_count_of_heads_and_by_none_of_others(
    sign_in, finance, head, contributor, drafts
):
    for number in range(drafts):
        submitted(finance, contributor, f"draft {number}.")
    assert len(asked(sign_in(head))) == (1 if drafts <= 6 else 2)
    assert not asked(sign_in(contributor))
    shown = home(sign_in(head))
    assert len(elements(shown, "a[href^='/admin/pages/']")) == min(drafts, 6)


def names(section):
    """Return what the review of a section is called, with its tasks."""
    workflow = section.get_workflow()
    return [workflow.name, *(task.name for task in workflow.tasks)]


def test_a_review_is_called_as_its_section_is_in_its_language(sign_in, finance, contributor):
    sections = make_section(finance)
    assert names(sections["fr"]) == ["Finances", "Finances"]
    assert names(sections["en"]) == ["Finance", "Finance"]
    client = sign_in(contributor)
    for language, label in (
        ("fr", "Soumettre à relecture (Finances)"),
        ("en", "Submit for review (Finance)"),
    ):
        add = reverse(
            "wagtailadmin_pages:add", args=["intranet", "notepage", sections[language].pk]
        )
        answer = client.get(add, headers={"accept-language": language})
        assert label in answer.content.decode()
    rename_service(actor=None, service=finance, name_fr="Budget", name_en="Funds")
    sections = make_section(finance)
    assert names(sections["fr"]) == ["Budget", "Budget"]
    assert names(sections["en"]) == ["Funds", "Funds"]


def test_a_review_of_both_languages_is_parted_and_goes_on(finance, contributor, head):
    sections = make_section(finance)
    shared = sections["fr"].get_workflow()
    WorkflowPage.objects.filter(page=sections["en"]).update(workflow=shared)
    Workflow.objects.filter(pk=shared.pk).update(name="Finances / Finance")
    note = submitted(finance, contributor, language="en")
    sections = make_section(finance)
    assert names(sections["fr"]) == ["Finances", "Finances"]
    assert names(sections["en"]) == ["Finance", "Finance"]
    note.refresh_from_db()
    note.current_workflow_task.on_action(note.current_workflow_task_state, head, "approve")
    note.refresh_from_db()
    assert note.live
    make_section(finance)
    assert WorkflowPage.objects.filter(page__in=sections.values()).count() == 2


@pytest.mark.parametrize(
    ("language", "link", "heading", "empty"),
    [
        ("fr", "Tous (17)", "À relire", "Rien à relire"),
        ("en", "All (17)", "To review", "Nothing to review"),
    ],
)
def test_all_that_waits_is_listed_the_oldest_first(
    sign_in, finance, head, contributor, language, link, heading, empty
):
    client = sign_in(head)
    assert empty in listed(client, language)
    for number in range(17):
        submitted(finance, contributor, f"draft {number}.")
    assert has(home(client, language), "a[href='/to-review/']", link)
    first, last = listed(client, language), listed(client, language, page=2)
    assert texts(first, "h1") == [heading]
    places = [first.index(f"draft {number}.") for number in range(15)]
    assert places == sorted(places)
    assert [len(elements(each, "a[href^='/admin/pages/']")) for each in (first, last)] == [15, 2]
    assert "draft 15." in last
    assert "draft 16." in last
    with CaptureQueriesContext(connection) as queries:
        listed(client, language, page=2)
    assert len([query for query in queries if "taskstate" in query["sql"]]) == 2
    assert empty in listed(sign_in(contributor), language)


def test_the_home_page_links_no_list_that_it_shows_whole(sign_in, finance, head, contributor):
    for number in range(6):
        submitted(finance, contributor, f"draft {number}.")
    assert not has(home(sign_in(head)), "a[href='/to-review/']")


@pytest.mark.parametrize(
    ("language", "state", "asked"),
    [
        ("fr", "Modifications demandées", "Modifications demandées par Hal Head : Le <samedi> ?"),
        ("en", "Changes requested", "Changes requested by Hal Head: Le <samedi> ?"),
    ],
)
def test_what_was_sent_back_says_so_and_what_is_asked_until_it_is_submitted_again(
    sign_in, finance, head, contributor, language, state, asked
):
    note = submitted(finance, contributor)
    step = note.current_workflow_task_state
    step.task.specific.on_action(step, head, "reject", comment="Le <samedi> ?")
    editor = reverse("wagtailadmin_pages:edit", args=[note.pk])
    client = sign_in(contributor)

    def seen(address):
        return client.get(address, headers={"accept-language": language})

    def prepared():
        return read_in(element(seen(f"/{language}/finance/"), "section:has(#preparations)"))

    client.cookies["marigot_language"] = language
    assert state in prepared()
    assert asked in read_in(element(seen(editor), ".messages"))
    note.current_workflow_state.resume(user=contributor)
    assert state not in prepared()
    assert state not in read_in(element(seen(editor), ".messages"))


DECISIONS = [
    ("reject", "fr", "Modifications demandées à Cal Contributor."),
    ("reject", "en", "Changes requested from Cal Contributor."),
    ("approve", "fr", "Elle est publiée."),
    ("approve", "en", "It is published."),
]


def decide(client, note, decision, language):
    """Send the editor's form with a decision; return the messages on the page after it."""
    answer = client.post(
        reverse("wagtailadmin_pages:edit", args=[note.pk]),
        form(note.title)
        | body()
        | {"action-workflow-action": "true", "workflow-action-name": decision},
        headers={"accept-language": language},
        follow=True,
    )
    return read_in(element(answer, ".messages"))


@pytest.mark.parametrize(("decision", "language", "said"), DECISIONS)
def test_a_reviewer_is_told_what_came_of_the_decision(
    sign_in, finance, head, contributor, decision, language, said
):
    note = submitted(finance, contributor)
    client = sign_in(head)
    client.cookies["marigot_language"] = language
    assert said in decide(client, note, decision, language)


@pytest.mark.parametrize(("decision", "language", "said"), DECISIONS)
def test_a_decision_that_came_too_late_is_not_told_as_made(
    sign_in, finance, head, contributor, decision, language, said
):
    note = submitted(finance, contributor)
    note.current_workflow_state.cancel(user=contributor)
    client = sign_in(head)
    client.cookies["marigot_language"] = language
    assert said not in decide(client, note, decision, language)


ASKS = {"fr": "À relire : Budget 2027 (", "en": "To review: Budget 2027 ("}
SENDS_BACK = {
    "fr": "Modifications demandées : Budget 2027 (",
    "en": "Changes requested: Budget 2027 (",
}


@pytest.mark.parametrize("active", ["fr", "en"])
@pytest.mark.parametrize(("heads", "authors"), [("fr", "en"), ("en", "fr"), ("", "en"), ("en", "")])
def test_the_mails_of_a_review_say_what_the_pages_say_in_the_language_of_who_gets_them(
    finance,
    head,
    contributor,
    mailoutbox,
    django_capture_on_commit_callbacks,
    active,
    heads,
    authors,
):
    for person, language in ((head, heads), (contributor, authors)):
        person.language = language
        person.save(update_fields=["language"])
    with translation.override(active), django_capture_on_commit_callbacks(execute=True):
        note = submitted(finance, contributor)
        step = note.current_workflow_task_state
        step.task.specific.on_action(step, head, "reject", comment="Le samedi ?")
    to_head, to_author = mailoutbox
    assert to_head.subject.startswith(ASKS[heads or "fr"])
    assert to_author.subject.startswith(SENDS_BACK[authors or "fr"])
    greeting = {"fr": "Bonjour", "en": "Hello"}
    assert greeting[heads or "fr"] in to_head.body
    assert greeting[authors or "fr"] in to_author.body
    assert "Le samedi ?" in to_author.body
    for mail in mailoutbox:
        for word in ("Salut", "workflow", "moderation", "rejected", "rejet", "validation"):
            assert word not in mail.body.replace("/workflow/", "/")
    profiles = UserProfile.objects.filter(user__in=[head, contributor])
    assert set(profiles.values_list("preferred_language", flat=True)) == {""}


def test_two_reviewers_are_written_to_each_in_their_own_language(
    finance, head, contributor, mailoutbox, django_capture_on_commit_callbacks
):
    second = make_person("amy.head", service=finance, role=Role.HEAD)
    for person, language in ((head, "fr"), (second, "en")):
        person.language = language
        person.save(update_fields=["language"])
    with django_capture_on_commit_callbacks(execute=True):
        submitted(finance, contributor)
    subjects = {mail.to[0]: mail.subject for mail in mailoutbox}
    assert subjects[head.email].startswith(ASKS["fr"])
    assert subjects[second.email].startswith(ASKS["en"])
