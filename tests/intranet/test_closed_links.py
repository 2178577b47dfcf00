"""Whoever publishes is told which readers cannot open what the page links to."""

from __future__ import annotations

import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory import access
from directory.access import Level
from directory.actions.grants import grant_access
from directory.models import JournalEntry, Role
from documents.actions import break_inheritance
from documents.models import Node
from intranet.actions.schedule import publish_due
from intranet.blocks import DocumentAddressField, DocumentBlock
from intranet.links import closed_links, linked
from intranet.models import NotePage
from tests.directory.factories import make_person
from tests.documents.factories import make_document, make_folder, make_space
from tests.html import element, has

from .factories import make_note, make_section, paragraph
from .test_admin_writing import form
from .test_drafts import body

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def member(finance):
    make_section(finance)
    return make_person("mia.member", service=finance)


@pytest.fixture
def closed(finance, head) -> Node:
    """A document that only the head's own service reads."""
    return make_document(make_space(finance, "budgets", actor=head), "plan.txt", actor=head)


def link(node: Node, label: str = "The plan") -> dict[str, str]:
    return {
        "type": "document",
        "value-document": node.get_absolute_url(),
        "value-label": label,
    }


def text(html: str) -> dict[str, str]:
    """A paragraph, as the form sends it."""
    from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter

    converter = ContentstateConverter(features=["link", "bold"])
    return {"type": "paragraph", "value": converter.from_database_format(html)}


def new(client: Client, finance, *blocks: dict[str, str], **fields: str):
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    sent = form("Bonjour", audience="organisation") | body(*blocks)
    return client.post(
        address, sent | {"action-publish": "x"} | fields, headers={"accept-language": "en"}
    )


def asked(answer, do: str = "publish") -> NotePage:
    """The note whose links are asked about, kept as a draft."""
    note = NotePage.objects.get(title="Bonjour")
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('wagtailadmin_page_links', args=[note.pk])}?do={do}"
    assert not note.live
    return note


def test_whoever_publishes_for_all_is_told_who_cannot_open_the_document(
    sign_in, finance, head, closed, other
):
    client = sign_in(head)
    answer = new(client, finance, link(closed))
    note = asked(answer)
    assert note.body[0].value["label"] == "The plan"
    shown = client.get(answer["Location"], headers={"accept-language": "en"}).content.decode()
    for words in ("plan.txt", "1 person cannot open it", "Olga Other", "Open the document and"):
        assert words in shown
    assert client.post(answer["Location"], {"documents": "leave"}).status_code == 302
    note.refresh_from_db()
    assert note.live
    assert not access.can(other, Level.READ, Node.objects.get(pk=closed.pk).scope_id)


def test_the_document_is_opened_to_the_readers_and_nothing_else_with_it(
    sign_in, finance, head, closed, other
):
    beside = make_document(closed.parent, "beside.txt", actor=head)
    client = sign_in(head)
    answer = new(client, finance, link(closed))
    assert client.post(answer["Location"], {"documents": "open"}).status_code == 302
    assert NotePage.objects.get(title="Bonjour").live
    closed.refresh_from_db()
    assert access.can(other, Level.READ, closed.scope_id)
    assert not access.can(other, Level.CONTRIBUTE, closed.scope_id)
    assert not access.can(other, Level.READ, beside.scope_id)
    given = JournalEntry.objects.filter(action="grant.given", scope_id=closed.scope_id)
    assert {entry.actor for entry in given} == {head}
    # Who manages the document need not know of the page.
    assert all(entry.payload["reason"] for entry in given)
    assert not any("Bonjour" in entry.payload["reason"] for entry in given)
    assert not closed_links(NotePage.objects.get(title="Bonjour"), head)


def test_only_who_manages_the_document_may_open_it(sign_in, finance, schools, head, other, member):
    """Reading it is not enough: the head of another service lent it to be read."""
    lent = make_document(make_space(schools, "plans", actor=other), "lent.txt", actor=other)
    grant_access(actor=other, scope=lent.scope, level=Level.READ, to=head)
    client = sign_in(head)
    answer = new(client, finance, link(lent))
    note = asked(answer)
    shown = client.get(answer["Location"], headers={"accept-language": "en"}).content.decode()
    assert "lent.txt" in shown
    assert not has(shown, "[value='open']")
    client.post(answer["Location"], {"documents": "open"})
    note.refresh_from_db()
    assert note.live
    lent.refresh_from_db()
    given = access.given(Level.READ, lent.scope)
    assert {getattr(to, "service", None) or to for to, _until in given} == {schools, head}


def test_a_link_to_what_one_cannot_see_is_told_like_one_to_nothing(
    sign_in, finance, schools, head, other
):
    """Two worlds: the address is that of a document of theirs, or of none."""
    theirs = make_document(make_space(schools, "plans", actor=other), "secret.txt", actor=other)
    client = sign_in(head)
    number = str(theirs.pk)

    def told() -> str:
        answer = new(
            client,
            finance,
            {"type": "document", "value-document": number, "value-label": "Look"},
        )
        shown = client.get(answer["Location"], headers={"accept-language": "en"})
        main = str(element(shown, ".m-links")).partition("<form")[0]
        NotePage.objects.get(title="Bonjour").delete()
        return main

    there = told()
    assert "secret" not in there
    assert "Look" in there
    assert "Leads to nothing that you can open yourself." in there
    number = "01890000-0000-7000-8000-000000000000"
    assert told() == there


@pytest.mark.parametrize(
    "way",
    [
        "link block",
        "permanent",
        "absolute",
        "download",
        "in its space",
        "no scheme",
        "other scheme",
        "other name",
        "other port",
        "percent",
    ],
)
def test_every_way_to_link_a_document_is_asked_about(
    sign_in, finance, head, closed, other, way, settings
):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "old.example.org"]
    own = urlsplit(settings.BASE_URL)
    scheme = "http" if own.scheme == "https" else "https"
    address = {
        "no scheme": f"//{own.netloc}{closed.get_absolute_url()}",
        "other scheme": f"{scheme}://{own.netloc}{closed.get_absolute_url()}",
        "other name": f"https://old.example.org{closed.get_absolute_url()}",
        "other port": f"{own.scheme}://{own.hostname}:8081{closed.get_absolute_url()}",
        "percent": closed.get_absolute_url().replace("/d/", "/%64/"),
        "permanent": closed.get_absolute_url(),
        "absolute": settings.BASE_URL + closed.get_absolute_url(),
        "download": f"{closed.get_absolute_url()}download",
        "in its space": f"/spaces/budgets/f/{closed.parent.pk}/",
        "link block": "",
    }[way]
    block = text(f'<p>See <a href="{address}">it</a></p>') if address else link(closed)
    asked(new(sign_in(head), finance, block))


def test_the_last_of_many_links_is_looked_at(sign_in, finance, head, closed, other):
    others = "".join(f'<a href="https://example.org/{n}">{n}</a>' for n in range(300))
    block = text(f'<p>{others} <a href="{closed.get_absolute_url()}">it</a></p>')
    asked(new(sign_in(head), finance, block))


@pytest.mark.parametrize(
    "way",
    ["ID", "/d/ID/", "/d/ID/v/1/preview?x#y", "/spaces/any/f/ID/", "HOST/d/ID/", "name/d/ID/"],
)
def test_the_link_block_takes_every_address_of_a_document_or_folder(way, settings):
    settings.ALLOWED_HOSTS = ["name"]
    number = str(uuid.uuid4())
    address = way.replace("ID", number).replace("HOST", settings.BASE_URL)
    block = DocumentBlock()
    value = block.clean(block.to_python({"document": address, "label": "Look"}))
    assert value["document"] == number
    assert has(value.render_as_block(), f"a[href='/d/{number}/']")
    assert block.clean(value) == value


@pytest.mark.parametrize("way", ["/spaces/budgets/", "HOST/spaces/budgets", "/spaces/budgets/?x=1"])
def test_the_link_block_takes_a_space(way, sign_in, finance, head, closed, other, settings):
    address = way.replace("HOST", settings.BASE_URL)
    asked(new(sign_in(head), finance, link(closed) | {"value-document": address}))
    value = NotePage.objects.get(title="Bonjour").body[0].value
    assert value.address == "/spaces/budgets/"
    assert has(value.render_as_block(), "a[href='/spaces/budgets/']")


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/d/01890000-0000-7000-8000-000000000000/",
        "https://elsewhere.example/spaces/budgets/",
        "javascript:/d/01890000-0000-7000-8000-000000000000/",
        "/spaces/new/",
        "/spaces/",
        "/d/x/",
        "//[/",
        "x",
    ],
)
def test_the_link_block_says_what_it_takes(address, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    with pytest.raises(ValidationError, match="d’un document, d’un dossier ou d’un espace"):
        DocumentAddressField().clean(address)


def test_the_root_of_a_space_and_another_page_are_links_too(sign_in, finance, head, closed, other):
    inside = make_note(finance, "inside", audience="service")
    client = sign_in(head)
    for target in (
        'href="/spaces/budgets/"',
        f'linktype="page" id="{inside.pk}"',
        f'href="{inside.address_own}"',
        f'href="{settings.BASE_URL}{inside.address_in("en")}"',
    ):
        answer = new(client, finance, text(f"<p><a {target}>it</a></p>"))
        note = asked(answer)
        shown = client.get(answer["Location"], headers={"accept-language": "en"}).content.decode()
        assert "1 person cannot open it" in shown, target
        assert not has(shown, "[value='open']"), target
        note.delete()


def test_what_all_readers_can_open_is_not_asked_about(sign_in, finance, head, closed, other):
    shared = make_document(make_space(finance, "open", shared=True, actor=head), "a.txt")
    public = make_note(finance, "public", audience="organisation")
    client = sign_in(head)
    words = (
        f'<p><a href="{shared.get_absolute_url()}">a</a> <a linktype="page" id="{public.pk}">b</a>'
        '<a href="https://example.org/d/">c</a> <a href="mailto:a@example.org">d</a>'
        '<a href="/fr/">e</a> <a href="#here">f</a> <a href="http://[">g</a></p>'
    )
    assert new(client, finance, text(words), link(shared)).status_code == 302
    assert NotePage.objects.get(title="Bonjour").live
    # For its own service, what that service reads is open.
    inside = form("Inside") | body(link(closed)) | {"action-publish": "x"}
    section = make_section(finance)["fr"]
    client.post(
        reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk]), inside
    )
    assert NotePage.objects.get(title="Inside").live


def test_a_document_set_apart_is_closed_to_the_service_as_well(
    sign_in, finance, head, closed, member
):
    break_inheritance(actor=head, node=closed, keep_access=False)
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    fields = form("Bonjour") | body(link(closed)) | {"action-publish": "x"}
    asked(sign_in(head).post(address, fields))


def test_a_schedule_is_asked_about_when_it_is_set_and_not_at_its_time(
    sign_in, finance, head, closed, other
):
    soon = timezone.localtime() + timedelta(days=1)
    client = sign_in(head)
    answer = new(client, finance, link(closed), go_live_at=soon.strftime("%d/%m/%Y %H:%M"))
    note = asked(answer)
    question = client.get(answer["Location"]).content.decode()
    assert "Programmer quand même" in question
    assert "Publier quand même" not in question
    client.post(answer["Location"], {"documents": "leave"})
    revision = note.get_latest_revision()
    assert revision.approved_go_live_at is not None
    revision.approved_go_live_at = timezone.now()
    revision.content["go_live_at"] = None
    revision.save()
    assert publish_due() == 1
    note.refresh_from_db()
    assert note.live


def test_a_reviewer_who_approves_is_asked(sign_in, finance, head, closed, other):
    contributor = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    new(sign_in(contributor), finance, link(closed), **{"action-submit": "x"})
    note = NotePage.objects.get(title="Bonjour")
    state = note.current_workflow_task_state
    client = sign_in(head)
    action = reverse("wagtailadmin_pages:workflow_action", args=[note.pk, "approve", state.pk])
    answer = client.post(action)
    asked(answer, "approve")
    state.refresh_from_db()
    assert state.status == "in_progress"
    # From the editor, what the reviewer changed meanwhile is kept.
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    changed = form("Bonjour", audience="organisation", summary="Changed") | body(link(closed))
    answer = client.post(
        edit, changed | {"action-workflow-action": "true", "workflow-action-name": "approve"}
    )
    note = asked(answer, "approve")
    assert note.get_latest_revision_as_object().summary == "Changed"
    assert client.post(answer["Location"], {"documents": "leave"}).status_code == 302
    note.refresh_from_db()
    state.refresh_from_db()
    assert (note.live, state.status, state.finished_by) == (True, "approved", head)


WRONG = {"type": "heading", "value-text": "x" * 300, "value-level": "2"}
UNREADABLE = {"type": "paragraph", "value": "{"}


@pytest.mark.parametrize(
    ("blocks", "fields"),
    [
        ((), {"date": "31/02/2026"}),
        ((WRONG,), {}),
        ((WRONG,), {"title": ""}),
        ((UNREADABLE,), {}),
    ],
)
def test_the_errors_of_a_note_are_told_with_the_question_on_its_links(
    sign_in, finance, head, closed, other, blocks, fields
):
    client = sign_in(head)
    shown = new(client, finance, link(closed), *blocks, **fields)
    assert shown.status_code == 200
    words = shown.content.decode()
    for told in ("you will be asked about links", "plan.txt", "1 person cannot open it", "Olga"):
        assert told in words
    # Who only submits it is not asked.
    shown = new(client, finance, link(closed), *blocks, **fields, **{"action-publish": ""})
    assert "you will be asked about links" not in shown.content.decode()


def test_a_copy_is_a_draft_and_asked_about_when_it_is_published(sign_in, finance, head, closed):
    source = make_note(finance, "Bonjour", audience="service", body=paragraph("Lire."))
    client = sign_in(head)
    copy = reverse("wagtailadmin_pages:copy", args=[source.pk])
    form = client.get(copy)
    assert has(form, "[name='new_title']")
    for name in ("publish_copies", "alias"):
        assert not has(form, f"[name='{name}']")
        sent = {
            "new_title": name,
            "new_parent_page": source.get_parent().pk,
            name: "on",
        }
        assert client.post(copy, sent).status_code == 302
        made = NotePage.objects.get(title=name)
        assert not made.live
        assert made.alias_of is None


def test_the_page_of_the_question_is_for_who_may_publish(sign_in, finance, head, closed, other):
    contributor = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    note = make_note(finance, "Bonjour", draft=True)
    address = reverse("wagtailadmin_page_links", args=[note.pk])
    for person, status in ((head, 200), (contributor, 404), (other, 404)):
        assert sign_in(person).get(address).status_code == status
    client = sign_in(head)
    assert client.get(address, {"do": "approve"}).status_code == 404
    assert client.get(address, {"do": "delete"}).status_code == 404
    assert client.post(address, {"documents": "?"}).status_code == 404


def test_the_questions_cost_does_not_grow_with_the_links(
    finance, head, closed, other, django_assert_max_num_queries
):
    space = closed.space
    folder = make_folder(space, "more", actor=head)
    nodes = [make_document(folder, f"{number}.txt", actor=head) for number in range(12)]
    anchors = "".join(f'<a href="{node.get_absolute_url()}">x</a>' for node in nodes)
    note = make_note(finance, audience="organisation", body=paragraph(anchors))
    with django_assert_max_num_queries(20):
        assert len(closed_links(note, head)) == 12
    many = "".join(f'<a href="/d/{uuid.UUID(int=number)}/">x</a>' for number in range(1100))
    note = make_note(finance, audience="organisation", body=paragraph(many))
    assert len(linked(note).nodes) == 1000
