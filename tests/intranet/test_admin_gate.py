"""What an address of the admin may name: models, actions, and no superuser behind any of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, resolve, reverse
from wagtail import hooks
from wagtail.admin.views.bulk_action.registry import bulk_action_registry

from directory.models import JournalEntry, Role, User
from intranet.admin_urls import urlpatterns
from intranet.lock import gate
from intranet.lock.permissions import plain
from intranet.models import BasePage, SiteImage
from tests.directory.factories import group_of, make_person
from tests.html import values

from .factories import make_image, make_note, make_section

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

# The arguments of Wagtail's addresses that are keys: a gate over what they name is a view's own.
KEYS = {"pk", "page_id", "object_id", "filter_spec", "revision_id_a", "revision_id_b"}
BULK = {
    ("intranet", "basepage", "delete"),
    ("intranet", "basepage", "move"),
    ("intranet", "basepage", "publish"),
    ("intranet", "basepage", "unpublish"),
    ("intranet", "siteimage", "delete"),
}


def registered() -> list[tuple[str, str, str]]:
    """Every bulk action that some app has registered, with the model it is for."""
    bulk_action_registry.get_bulk_action_class("", "", "")  # reads the hooks
    return [
        (app, model, action)
        for app, models in bulk_action_registry.actions.items()
        for model, actions in models.items()
        for action in actions
    ]


@pytest.fixture
def strong_head(head) -> User:
    """A head of service who is a superuser too."""
    head.is_superuser = head.is_staff = True
    head.save()
    return head


def test_no_bulk_action_exists_but_those_that_are_named(sign_in, strong_head):
    client = sign_in(strong_head)
    assert set(registered()) == BULK  # what no list offers
    actions = {action.action_type for action in hooks.get_hooks("register_bulk_action")}
    assert actions > {action for _, _, action in BULK}
    models = (BasePage, SiteImage, User)
    named_by_hand = {
        (*model._meta.label_lower.split("."), each) for model in models for each in actions
    }
    for named in named_by_hand - BULK:
        address = reverse("wagtail_bulk_action", args=named) + "?id=1&next=/admin/"
        assert client.get(address).status_code == 404, named
        assert client.post(address, {"confirm": "x"}).status_code == 404, named
    for model in apps.get_models():
        for action in actions:
            named = (model._meta.app_label, model._meta.model_name, action)
            asked = resolve(reverse("wagtail_bulk_action", args=named))
            assert gate.is_meant(asked.view_name, asked.kwargs) is (named in BULK), named


def test_those_that_are_named_do_what_they_say(sign_in, finance, strong_head):
    note, image = make_note(finance), make_image(finance.scope)
    client = sign_in(strong_head)
    for app, model, action in BULK:
        of = image if model == "siteimage" else note
        address = reverse("wagtail_bulk_action", args=[app, model, action])
        answer = client.get(address, {"id": of.pk, "next": "/admin/"})
        assert answer.status_code == 200, action


def test_a_superuser_joins_no_service_through_the_bulk_action_for_users(
    sign_in, finance, schools, strong_head, other
):
    heads = group_of(schools, Role.HEAD).group
    address = reverse("wagtail_bulk_action", args=["directory", "user", "assign_role"])
    answer = sign_in(strong_head).post(
        f"{address}?id={strong_head.pk}&next=/admin/", {"role": heads.pk}
    )
    assert answer.status_code == 404
    assert not heads.user_set.filter(pk=strong_head.pk).exists()
    assert other.groups.filter(pk=heads.pk).exists()


@pytest.mark.parametrize(
    ("view", "named", "allowed"),
    [
        ("wagtailadmin_pages:add", ("intranet", "notepage"), True),
        ("wagtailadmin_pages:add", ("intranet", "eventpage"), True),
        ("wagtailadmin_pages:add", ("intranet", "plainpage"), True),
        ("wagtailadmin_pages:add", ("intranet", "sectionpage"), False),
        ("wagtailadmin_pages:add", ("intranet", "homepage"), False),
        ("wagtailadmin_pages:add", ("directory", "user"), False),
        ("wagtailadmin_pages:preview_on_add", ("auth", "group"), False),
    ],
)
def test_new_pages_are_of_the_kinds_that_are_written(
    sign_in, finance, strong_head, view, named, allowed
):
    section = make_section(finance)["fr"]
    answer = sign_in(strong_head).get(reverse(view, args=[*named, section.pk]))
    assert answer.status_code == (200 if allowed else 404)


def test_a_session_of_editing_is_of_a_page(sign_in, finance, strong_head):
    note, image = make_note(finance), make_image(finance.scope)
    client = sign_in(strong_head)
    for (app, model), pk, status in (
        (("intranet", "basepage"), note.pk, 200),
        (("directory", "user"), strong_head.pk, 404),
        (("auth", "group"), group_of(finance, Role.HEAD).group.pk, 404),
        (("intranet", "siteimage"), image.pk, 404),
        (("wagtailcore", "collection"), 1, 404),
    ):
        address = reverse("wagtailadmin_editing_sessions:ping", args=[app, model, pk, 0])
        assert client.post(address).status_code == status, model


def test_the_editor_hears_who_else_edits_the_page(sign_in, finance, head):
    note = make_note(finance)
    colleague = make_person("cleo.contributor", service=finance, role=Role.CONTRIBUTOR)
    address = reverse("wagtailadmin_pages:edit", args=[note.pk])
    pings = {}
    for person in (head, colleague):
        shown = sign_in(person).get(address)
        [pings[person]] = values(
            shown, "[data-w-swap-src-value*='/ping/']", "data-w-swap-src-value"
        )
    assert sign_in(head).post(pings[head], {"is_editing": "1"}).status_code == 200
    heard = sign_in(colleague).post(pings[colleague], {"is_editing": "1"})
    assert head.get_full_name() in heard.json()["html"]


def test_a_review_is_approved_or_sent_back_and_nothing_else(sign_in, finance, strong_head):
    note = make_note(finance)
    client = sign_in(strong_head)
    for view in ("workflow_action", "collect_workflow_action_data"):
        for action, meant in (("approve", True), ("reject", True), ("cancel", False)):
            named = {"action_name": action, "page_id": note.pk, "task_state_id": 1}
            assert gate.is_meant(f"wagtailadmin_pages:{view}", named) is meant
            if not meant:
                address = reverse(f"wagtailadmin_pages:{view}", kwargs=named)
                assert client.post(address).status_code == 404


def patterns(found: list[URLPattern | URLResolver], names: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and the pattern of every address of the admin."""
    for each in found:
        if isinstance(each, URLResolver):
            inner = f"{names}{each.namespace}:" if each.namespace else names
            yield from patterns(each.url_patterns, inner)
        else:
            yield f"{names}{each.name}", str(each.pattern)


def test_no_open_address_takes_a_word_that_the_gate_does_not_look_at():
    """A later Wagtail that calls the model of an address otherwise fails here."""
    words = re.compile(r"<(?:str|slug|path):(\w+)>|<(\w+)>")
    taking = set()
    for name, pattern in patterns(urlpatterns):
        if name not in gate.OPEN:
            continue
        for found in words.finditer(pattern):
            argument = found[1] or found[2]
            if argument in KEYS:
                continue
            assert argument in gate._NAMES, (name, argument)
            taking.add(name)
    assert taking == set(gate.MEANT)


def test_no_view_of_the_admin_sees_a_superuser(sign_in, finance, strong_head):
    make_note(finance)
    answer = sign_in(strong_head).get(reverse("wagtailadmin_home"))
    seen = answer.wsgi_request.user
    assert seen.pk == strong_head.pk
    assert not seen.is_superuser
    assert not seen.has_perm("wagtailusers.change_user")
    assert not seen.has_perm("directory.delete_user")


def test_an_account_that_a_view_saves_stays_what_it_is(strong_head):
    seen = plain(strong_head)
    seen.language = "en"
    seen.save()
    kept = User.objects.get(pk=strong_head.pk)
    assert kept.language == "en"
    assert kept.is_superuser


def test_the_lists_offer_the_bulk_actions_that_exist(sign_in, finance, head):
    make_image(finance.scope)
    shown = sign_in(head).get(reverse("wagtailimages:index")).content.decode()
    assert "/bulk/intranet/siteimage/delete/" in shown
    assert "add_to_collection" not in shown
    assert "add_tags" not in shown


def test_signing_out_of_the_admin_is_journaled(sign_in, head):
    client = sign_in(head)
    assert client.get(reverse("wagtailadmin_logout")).status_code == 405
    answer = client.post(reverse("wagtailadmin_logout"))
    assert answer.status_code == 302
    assert JournalEntry.objects.filter(action="session.signed_out", actor=head).count() == 1
    assert client.get("/admin/")["Location"].startswith("/sign-in/")


def test_nothing_is_kept_of_notices_that_nobody_shows(sign_in, head):
    answer = sign_in(head).patch(
        reverse("wagtailadmin_dismissibles"), data='{"x": "' + "y" * 2_000_000 + '"}'
    )
    assert answer.status_code == 404
    assert "wagtail_userprofile" not in vars(User.objects.get(pk=head.pk))
    from wagtail.users.models import UserProfile

    assert not UserProfile.objects.exclude(dismissibles={}).exists()


def test_what_wagtail_refuses_to_a_script_is_not_found(sign_in, head, finance):
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_pages:delete", args=[section.pk])
    asked = sign_in(head).get(address, headers={"X-Requested-With": "XMLHttpRequest"})
    assert asked.status_code == 404
    assert BasePage.objects.filter(pk=section.pk).exists()


def test_a_draft_that_cannot_be_kept_is_shown_as_it_was_sent(rf, head, finance):
    """Nothing is asked about the links of what would be lost by the answer."""
    request = rf.post("/", {"action-publish": "action-publish", "title": "New"})
    request.user = head

    def view(request) -> HttpResponse:
        assert "action-publish" not in request.POST
        return HttpResponse(f"{request.POST['title']}: another has changed it meanwhile")

    answer = gate._asking(view, request, make_note(finance))
    assert (answer.status_code, answer.content[:4]) == (200, b"New:")
