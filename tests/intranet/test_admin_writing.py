"""Writing, moving, deleting and reviewing in Wagtail's admin."""

from __future__ import annotations

import pytest
from django.urls import reverse

from directory.models import JournalEntry, Role
from intranet.models import BasePage, NotePage
from tests.directory.factories import group_of, join, make_person

from .factories import make_note, make_section

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SECRET = "Zqxvhk"


def test_a_page_is_written_and_published_in_the_admin(sign_in, finance, head):
    section = make_section(finance)["fr"]
    client = sign_in(head)
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    assert client.get(address).status_code == 200
    answer = client.post(
        address, form("Bonjour", audience="organisation", notify="on") | {"action-publish": "x"}
    )
    assert answer.status_code == 302, answer.content.decode()[:3000]
    note = NotePage.objects.get(title="Bonjour")
    assert note.live
    assert note.scope_id == finance.public_scope_id
    entry = JournalEntry.objects.get(action="page.published", object_id=str(note.pk))
    assert entry.actor == head
    assert entry.payload["notify"] is True


def form(title, **fields):
    return {
        "title": title,
        "slug": "",
        "audience": "service",
        "summary": "",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "quote",
        "body-0-id": "",
        "body-0-value-text": "text",
        "body-0-value-source": "",
        "date": "2026-11-20",
        "reference": "",
        "signed_by": "",
        "contact": "",
        "go_live_at": "",
        "expire_at": "",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "comments-MIN_NUM_FORMS": "0",
        "comments-MAX_NUM_FORMS": "0",
    } | fields


def test_a_contributor_writes_drafts_and_does_not_publish(sign_in, finance, head):
    section = make_section(finance)["fr"]
    client = sign_in(make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR))
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    answer = client.post(address, form("Bonjour") | {"action-publish": "x"})
    assert answer.status_code == 302
    note = NotePage.objects.get(title="Bonjour")
    assert not note.live
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    client.post(edit, form("Bonjour", slug=note.slug) | {"action-publish": "x"})
    note.refresh_from_db()
    assert not note.live
    assert not JournalEntry.objects.filter(action="page.published", object_id=str(note.pk))


def test_nobody_writes_into_another_section(sign_in, finance, head, other):
    section = make_section(finance)["fr"]
    client = sign_in(other)
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, form("Bonjour") | {"action-publish": "x"}).status_code == 404
    assert not NotePage.objects.filter(title="Bonjour").exists()


def test_a_page_is_moved_only_between_sections_that_one_manages(
    sign_in, finance, schools, head, other
):
    note = make_note(schools, "Mine")
    there, here = make_section(finance)["fr"], make_section(schools)["fr"]
    client = sign_in(other)
    address = reverse("wagtailadmin_pages:move_confirm", args=[note.pk, there.pk])
    assert client.post(address).status_code == 404
    copy = reverse("wagtailadmin_pages:copy", args=[note.pk])
    data = {
        "new_title": "Copy",
        "new_parent_page": there.pk,
        "publish_copies": "on",
    }
    assert client.post(copy, data).status_code == 200
    assert set(NotePage.objects.values_list("title", flat=True)) == {"Mine"}
    assert client.post(copy, data | {"new_parent_page": here.pk}).status_code == 302
    assert NotePage.objects.get(title="Copy").scope_id == schools.scope_id


def test_a_page_becomes_another_services_by_the_will_of_its_heads(
    sign_in, finance, schools, head, other
):
    note = make_note(finance, "Mine", audience="service", draft=True)
    there = make_section(schools)["fr"]
    both = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    address = reverse("wagtailadmin_pages:move_confirm", args=[note.pk, there.pk])
    for person in (both, head):
        join(person, group_of(schools, Role.CONTRIBUTOR))
    sign_in(both).post(address)
    note.refresh_from_db()
    assert note.scope == finance.scope
    assert sign_in(head).post(address).status_code == 302
    note.refresh_from_db()
    assert note.scope == schools.scope


def test_the_frame_of_the_site_is_nobodys_to_delete_or_move(sign_in, finance, head):
    section = make_section(finance)["fr"]
    client = sign_in(head)
    for name in ("delete", "unpublish", "copy", "move"):
        answer = client.post(reverse(f"wagtailadmin_pages:{name}", args=[section.pk]))
        assert answer.status_code in (302, 404)
    assert BasePage.objects.filter(pk=section.pk, live=True).exists()


def test_a_hidden_neighbour_takes_no_harm(sign_in, finance, head):
    """A page that the mover may not know of stands between: no path is given twice."""
    from directory.actions.scopes import create_scope
    from directory.models import ScopeKind

    section = make_section(finance)["fr"]
    first = make_note(finance, "first")
    hidden = make_note(finance, "hidden")
    scope = create_scope(actor=None, kind=ScopeKind.CUSTOM, label="x", parent=None)
    BasePage.objects.filter(pk=hidden.pk).update(scope=scope)
    client = sign_in(head)
    answer = client.post(
        reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk]),
        form("last") | {"action-publish": "x"},
    )
    assert answer.status_code == 302
    last = NotePage.objects.get(title="last")
    position = reverse("wagtailadmin_pages:set_page_position", args=[last.pk])
    assert client.post(f"{position}?position=0").status_code == 200
    assert client.post(f"{position}?position=1").status_code == 200
    assert BasePage.find_problems() == ([], [], [], [], [])
    assert NotePage.objects.count() == 3
    assert first.pk


def test_a_branch_with_a_hidden_page_is_not_deleted(sign_in, finance, head):
    from directory.actions.scopes import create_scope
    from directory.models import ScopeKind

    from .factories import make_page

    above = make_page(finance, "above")
    below = above.add_child(instance=type(above)(title="below", audience="service"))
    scope = create_scope(actor=None, kind=ScopeKind.CUSTOM, label="x", parent=None)
    BasePage.objects.filter(pk=below.pk).update(scope=scope)
    client = sign_in(head)
    client.post(reverse("wagtailadmin_pages:delete", args=[above.pk]))
    client.post(
        reverse("wagtail_bulk_action", args=["intranet", "basepage", "delete"])
        + f"?id={above.pk}&next=/admin/"
    )
    assert BasePage.objects.filter(pk__in=[above.pk, below.pk]).count() == 2


def submitted(sign_in, finance, contributor):
    section = make_section(finance)["fr"]
    client = sign_in(contributor)
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    client.post(address, form(f"{SECRET} note") | {"action-submit": "x"})
    return NotePage.objects.get()


def test_a_contributor_submits_and_a_head_approves(
    sign_in, finance, head, mailoutbox, django_capture_on_commit_callbacks
):
    contributor = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    with django_capture_on_commit_callbacks(execute=True):
        note = submitted(sign_in, finance, contributor)
    assert [mail.to for mail in mailoutbox] == [[head.email]]
    state = note.current_workflow_task_state
    dashboard = sign_in(head).get(reverse("wagtailadmin_home")).content.decode()
    assert f"{SECRET} note" in dashboard
    action = reverse("wagtailadmin_pages:workflow_action", args=[note.pk, "approve", state.pk])
    assert sign_in(contributor).post(action).status_code == 302
    note.refresh_from_db()
    assert not note.live
    sign_in(head).post(action)
    note.refresh_from_db()
    assert note.live
    assert JournalEntry.objects.get(action="page.published", object_id=str(note.pk)).actor == head


def test_a_review_is_not_told_of_to_who_lost_the_page(
    sign_in, finance, schools, head, mailoutbox, django_capture_on_commit_callbacks
):
    from directory.actions.memberships import remove_member
    from directory.models import Membership

    contributor = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    note = submitted(sign_in, finance, contributor)
    mailoutbox.clear()
    for membership in Membership.objects.filter(user=contributor, access_group__service=finance):
        remove_member(actor=None, membership=membership)
    make_section(schools)
    from tests.directory.factories import group_of, join

    join(contributor, group_of(schools, Role.HEAD))
    dashboard = sign_in(contributor).get(reverse("wagtailadmin_home"))
    assert dashboard.status_code == 200
    assert SECRET not in dashboard.content.decode()
    action = reverse(
        "wagtailadmin_pages:workflow_action",
        args=[note.pk, "approve", note.current_workflow_task_state.pk],
    )
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(head).post(action)
    note.refresh_from_db()
    assert note.live
    assert mailoutbox == []
