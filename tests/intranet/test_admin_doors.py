"""The lock over the doors of Wagtail's admin."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from directory.models import JournalEntry, Role
from intranet.models import BasePage, NotePage
from tests.directory.factories import make_person, make_service

from .factories import make_image, make_note, make_section, paragraph

pytestmark = pytest.mark.django_db
SECRET = "Zqxvhk"
# Views of the admin whose address names nothing but a page.
NAMED = """
    usage edit preview_on_edit view_draft delete unpublish move copy lock unlock
    revisions_index workflow_history history history_results
""".split()  # noqa: SIM905


@pytest.fixture
def finance():
    return make_service("finance", name_fr="Finances", name_en="Finance")


@pytest.fixture
def schools():
    return make_service("schools", name_fr="Écoles", name_en="Schools")


@pytest.fixture
def head(finance):
    make_section(finance)
    return make_person("hal.head", service=finance, role=Role.HEAD)


@pytest.fixture
def other(schools):
    """A head of another service: an editor, but not here."""
    make_section(schools)
    return make_person("olga.other", service=schools, role=Role.HEAD)


@pytest.fixture
def root(db):
    user = make_person("rita.root")
    user.is_superuser = user.is_staff = True
    user.save()
    return user


def doors(page, image):
    """Addresses of the admin that name the page or the image, or could show them."""
    revision = page.get_latest_revision().pk
    named = {name: reverse(f"wagtailadmin_pages:{name}", args=[page.pk]) for name in NAMED}
    for name in ("revisions_view", "revisions_revert", "revisions_unschedule"):
        named[name] = reverse(f"wagtailadmin_pages:{name}", args=[page.pk, revision])
    named["compare"] = reverse(
        "wagtailadmin_pages:revisions_compare", args=[page.pk, revision, "live"]
    )
    named["api"] = reverse("wagtailadmin_api:pages:detail", args=[page.pk])
    named["translate"] = reverse("simple_translation:submit_page_translation", args=[page.pk])
    named["image"] = reverse("wagtailimages:edit", args=[image.pk])
    named["image delete"] = reverse("wagtailimages:delete", args=[image.pk])
    named["image usage"] = reverse("wagtailimages:image_usage", args=[image.pk])
    named["image preview"] = reverse("wagtailimages:preview", args=[image.pk, "width-50"])
    named["image chosen"] = reverse("wagtailimages_chooser:chosen", args=[image.pk])
    named["image format"] = reverse("wagtailimages_chooser:select_format", args=[image.pk])
    return named


def lists(page, image, word):
    """Addresses of the admin that list pages or images."""
    up = page.get_parent()
    frame = up.get_parent()
    search = {"q": word}
    return {
        "home": (reverse("wagtailadmin_home"), {}),
        "explore root": (reverse("wagtailadmin_explore_root"), {}),
        "explore home": (reverse("wagtailadmin_explore", args=[frame.pk]), {}),
        "explore": (reverse("wagtailadmin_explore", args=[up.pk]), {}),
        "explore results": (reverse("wagtailadmin_explore_results", args=[up.pk]), search),
        "search": (reverse("wagtailadmin_pages:search"), search),
        "search results": (reverse("wagtailadmin_pages:search_results"), search),
        "choose": (reverse("wagtailadmin_choose_page"), {}),
        "choose below": (reverse("wagtailadmin_choose_page_child", args=[up.pk]), {}),
        "choose search": (reverse("wagtailadmin_choose_page_search"), search),
        "chosen": (reverse("wagtailadmin_choose_page_chosen_multiple"), {"id": [page.pk]}),
        "api": (reverse("wagtailadmin_api:pages:listing"), {"child_of": up.pk}),
        "api search": (reverse("wagtailadmin_api:pages:listing"), {"search": word}),
        "images": (reverse("wagtailimages:index"), {}),
        "images results": (reverse("wagtailimages:index_results"), search),
        "choose image": (reverse("wagtailimages_chooser:choose"), {}),
        "choose image results": (reverse("wagtailimages_chooser:choose_results"), search),
        "chosen images": (reverse("wagtailimages_chooser:chosen_multiple"), {"id": [image.pk]}),
        "bulk": (
            reverse("wagtail_bulk_action", args=["intranet", "basepage", "delete"]),
            {"id": [page.pk], "next": "/admin/"},
        ),
        "bulk all": (
            reverse("wagtail_bulk_action", args=["intranet", "basepage", "publish"]),
            {"id": ["all"], "childOf": up.pk, "next": "/admin/"},
        ),
        "bulk images": (
            reverse("wagtail_bulk_action", args=["intranet", "siteimage", "delete"]),
            {"id": [image.pk], "next": "/admin/"},
        ),
    }


def secret_note(finance, **fields):
    return make_note(finance, f"{SECRET} note", body=paragraph(f"{SECRET} text"), **fields)


def test_a_head_walks_through_every_door_of_the_own_section(sign_in, finance, head):
    note, image = secret_note(finance), make_image(finance.scope, f"{SECRET} image")
    client = sign_in(head)
    wrong = {}
    for name, address in doors(note, image).items():
        answer = client.get(address)
        expected = (
            (200, 302) if name in ("unlock", "lock", "revisions_index", "view_draft") else (200,)
        )
        expected = (405,) if name in ("lock", "unlock") else expected
        expected = (200, 302) if name in ("revisions_index", "preview_on_edit") else expected
        if answer.status_code not in expected:
            wrong[name] = answer.status_code
    assert not wrong
    for name, (address, data) in lists(note, image, SECRET).items():
        answer = client.get(address, data)
        if answer.status_code != 200:
            wrong[name] = answer.status_code
        elif SECRET not in answer.content.decode() and name not in (
            "explore root",
            "explore home",
            "choose",
            "home",
            "images",
            "choose image",
        ):
            wrong[name] = "not shown"
    assert not wrong


@pytest.mark.parametrize("draft", [False, True], ids=["published", "draft"])
def test_no_door_shows_a_page_of_another_service(sign_in, finance, head, other, draft):
    note = secret_note(finance, draft=draft)
    image = make_image(finance.scope, f"{SECRET} image")
    client = sign_in(other)
    wrong = {}
    for name, address in doors(note, image).items():
        for method in (client.get, client.post):
            answer = method(address)
            if answer.status_code == 405 and method == client.post:
                continue  # to everybody
            if answer.status_code != 404 or SECRET in answer.content.decode():
                wrong[name] = answer.status_code
    for name, (address, data) in lists(note, image, SECRET).items():
        answer = client.get(address, data)
        text = answer.content.decode().replace(f'value=\\"{SECRET}', "").replace(SECRET, "", 0)
        if f"{SECRET} " in text:
            wrong[name] = "shown"
    assert not wrong


@pytest.mark.parametrize("who", ["member", "it_admin", "stranger", "root"])
def test_the_admin_does_not_exist_for_who_edits_nothing(sign_in, finance, head, root, who):
    note, image = secret_note(finance), make_image(finance.scope)
    person = {
        "member": lambda: make_person("mia.member", service=finance),
        "it_admin": lambda: make_person("ida.admin", it_admin=True),
        "stranger": lambda: make_person("sam.stranger", outsider=True),
        "root": lambda: root,
    }[who]()
    client = sign_in(person)
    addresses = [*doors(note, image).values()]
    addresses += [address for address, _ in lists(note, image, SECRET).values()]
    assert {client.get(address).status_code for address in addresses} == {404}


def test_a_published_page_of_another_service_is_linked_to_but_not_edited(
    sign_in, finance, head, other
):
    note = make_note(finance, "Open to all", audience="organisation")
    image = make_image(finance.public_scope)
    client = sign_in(other)
    found = client.get(reverse("wagtailadmin_choose_page_search"), {"q": "Open"})
    assert "Open to all" in found.content.decode()
    statuses = {
        name: client.get(address).status_code
        for name, address in doors(note, image).items()
        if not name.startswith("image") and name != "api"
    }
    assert set(statuses.values()) == {404}, statuses


def test_the_title_of_a_draft_is_for_its_editors(sign_in, finance, head, other):
    note = make_note(finance, "Open to all", audience="organisation")
    note.title = f"{SECRET} title"
    note.save_revision(user=head)
    client = sign_in(other)
    for address, data in lists(note, make_image(finance.scope), "Open").values():
        assert SECRET not in client.get(address, data).content.decode(), address


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
        "new_slug": "copy",
        "new_parent_page": there.pk,
        "publish_copies": "on",
    }
    assert client.post(copy, data).status_code == 200
    assert set(NotePage.objects.values_list("title", flat=True)) == {"Mine"}
    assert client.post(copy, data | {"new_parent_page": here.pk}).status_code == 302
    assert NotePage.objects.get(title="Copy").scope_id == schools.scope_id


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


def test_a_link_to_a_page_out_of_sight_gives_nothing_away(sign_in, finance, schools, head, other):
    note = secret_note(finance)
    linking = make_note(
        schools,
        "linking",
        body=[{"type": "paragraph", "value": f'<p><a linktype="page" id="{note.pk}">see</a></p>'}],
    )
    client = sign_in(other)
    for address in (
        linking.address_own,
        reverse("wagtailadmin_pages:edit", args=[linking.pk]),
        reverse("wagtailadmin_pages:view_draft", args=[linking.pk]),
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert SECRET.lower() not in answer.content.decode().lower()


def test_an_outside_link_is_turned_into_a_page_for_who_may_know_of_it(
    sign_in, finance, head, other
):
    note = secret_note(finance)
    found = {}
    for person in (head, other):
        answer = sign_in(person).post(
            reverse("wagtailadmin_choose_page_external_link"),
            {
                "external-link-chooser-url": note.full_url,
                "external-link-chooser-link_text": "",
            },
            HTTP_ACCEPT_LANGUAGE="fr",
        )
        found[person.username] = json.loads(answer.content)["result"].get("id")
    assert found == {"hal.head": note.pk, "olga.other": None}


def test_where_a_page_is_used_is_told_as_far_as_one_sees(sign_in, finance, schools, head, other):
    public = make_note(schools, "public", audience="organisation")
    make_note(
        finance,
        f"{SECRET} note",
        body=[
            {"type": "paragraph", "value": f'<p><a linktype="page" id="{public.pk}">see</a></p>'}
        ],
    )
    client = sign_in(other)
    usage = client.get(reverse("wagtailadmin_pages:usage", args=[public.pk])).content.decode()
    assert SECRET not in usage
    assert "Private" not in usage
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[public.pk])).content.decode()
    assert "Used 1 time" not in edit
    assert "1 fois" not in edit


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
