"""The lock over the doors of Wagtail's admin."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from intranet.models import BasePage
from tests.directory.factories import make_person

from .factories import make_image, make_note, make_section, paragraph

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SECRET = "Zqxvhk"


# Views of the admin whose address names nothing but a page.
NAMED = """
    usage edit preview_on_edit view_draft delete unpublish move copy lock unlock
    revisions_index workflow_history history history_results
""".split()  # noqa: SIM905


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


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_is_chosen_as_the_link_of_a_text_asks_for_it(sign_in, finance, head, language):
    """Wagtail's script names its own page model there, whatever the site's is."""
    note = make_note(finance, "Linked to")
    client = sign_in(head)
    for address, data in (
        (reverse("wagtailadmin_choose_page"), {}),
        (reverse("wagtailadmin_choose_page_child", args=[note.get_parent().pk]), {}),
        (reverse("wagtailadmin_choose_page_search"), {"q": "Linked"}),
    ):
        asked = {
            **data,
            "page_type": "wagtailcore.page",
            "allow_external_link": "true",
            "link_text": "see",
        }
        answer = client.get(address, asked, HTTP_ACCEPT_LANGUAGE=language)
        assert answer.status_code == 200, address
        if "search" in address or str(note.get_parent().pk) in address:
            assert "Linked to" in answer.content.decode()
        assert "wagtailcore.page" not in answer.content.decode()


def test_the_title_of_a_draft_is_for_its_editors(sign_in, finance, head, other):
    note = make_note(finance, "Open to all", audience="organisation")
    note.title = f"{SECRET} title"
    note.save_revision(user=head)
    client = sign_in(other)
    for address, data in lists(note, make_image(finance.scope), "Open").values():
        assert SECRET not in client.get(address, data).content.decode(), address


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


LISTS = {
    "explore": lambda home, section: (reverse("wagtailadmin_explore", args=[home]), {}),
    "explore, those with pages": lambda home, section: (
        reverse("wagtailadmin_explore_results", args=[home]),
        {"has_child_pages": "true"},
    ),
    "explore, those without": lambda home, section: (
        reverse("wagtailadmin_explore_results", args=[home]),
        {"has_child_pages": "false"},
    ),
    "choose": lambda home, section: (
        reverse("wagtailadmin_choose_page_child", args=[home]),
        {"page_type": "intranet.basepage"},
    ),
    "choose a note": lambda home, section: (
        reverse("wagtailadmin_choose_page_child", args=[home]),
        {"page_type": "intranet.notepage"},
    ),
    "choose where to move": lambda home, section: (
        reverse("wagtailadmin_choose_page_child", args=[home]),
        {"page_type": "intranet.sectionpage", "user_perms": "move_to"},
    ),
    "choose below": lambda home, section: (
        reverse("wagtailadmin_choose_page_child", args=[section]),
        {"page_type": "intranet.basepage"},
    ),
    "api": lambda home, section: (
        reverse("wagtailadmin_api:pages:listing"),
        {"fields": "*", "has_children": "true"},
    ),
    "api, without": lambda home, section: (
        reverse("wagtailadmin_api:pages:listing"),
        {"fields": "*", "has_children": "false"},
    ),
    "api, children": lambda home, section: (
        reverse("wagtailadmin_api:pages:listing"),
        {"child_of": home, "fields": "children,descendants"},
    ),
    "api, page": lambda home, section: (
        reverse("wagtailadmin_api:pages:detail", args=[section]),
        {},
    ),
    "search": lambda home, section: (reverse("wagtailadmin_pages:search"), {"q": "Fin"}),
}


@pytest.mark.parametrize("door", LISTS)
def test_hidden_pages_below_a_section_change_nothing(sign_in, finance, schools, head, other, door):
    """Two worlds, with and without hidden notes below the section: the same answer."""
    section = make_section(finance)["fr"]
    make_note(schools, "Mine")
    # "Three days ago" stays as it is, however long the test takes.
    BasePage.objects.update(latest_revision_created_at=timezone.now() - timedelta(hours=84))
    client = sign_in(other)
    address, data = LISTS[door](section.get_parent().pk, section.pk)

    def answer():
        shown = client.get(address, data).content.decode()
        return re.sub(r"[\w-]{32,}", "", shown)  # the token of the forms is another each time

    without = answer()
    make_note(finance, f"{SECRET} note")
    make_note(finance, f"{SECRET} draft", draft=True, audience="organisation")
    assert answer() == without
    # To whoever sees one of them it makes a difference where pages are chosen.
    make_note(finance, "Open to all", audience="organisation")
    if door.startswith("choose"):
        assert answer() != without


@pytest.mark.parametrize("sections", [1, 6])
def test_whether_pages_are_below_is_asked_once_for_a_whole_list(
    sign_in, finance, schools, other, django_assert_num_queries, sections
):
    from intranet.lock.viewing import looking_as
    from intranet.models import SectionPage
    from tests.directory.factories import make_service

    for number in range(sections):
        make_note(make_service(f"service-{number}"), audience="organisation")
    with looking_as(other), django_assert_num_queries(2):
        found = list(SectionPage.objects.filter(slug__startswith="service-", numchild__gte=0))
        assert [page.is_leaf() for page in found].count(False) == sections
