"""What Wagtail asks of the policies, and what it is answered by the levels on the scopes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from treebeard import mp_tree
from wagtail.actions.move_page import MovePageAction
from wagtail.models import PageLogEntry, ReferenceIndex
from wagtail.permissions import policy_registry

from intranet.lock import patches
from intranet.lock.viewing import looking_as
from intranet.models import BasePage, NotePage, SiteImage

from .factories import make_image, make_note

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def pages():
    return policy_registry.get_by_type(BasePage)


@pytest.fixture
def images():
    return policy_registry.get_by_type(SiteImage)


def test_no_permission_row_says_anything_about_pages(pages, head):
    assert pages.get_all_permissions_for_user(head) == []
    assert not pages.users_with_any_permission(["change"]).exists()


def test_an_action_on_pages_that_nobody_means_is_allowed_to_nobody(pages, finance, head):
    note = make_note(finance)
    for actions in ([], ["unheard_of"]):
        assert not pages.user_has_any_permission(head, actions)
        assert not pages.user_has_any_permission_for_instance(head, actions, note)
        assert not pages.instances_user_has_any_permission_for(head, actions).exists()
        assert not pages.users_with_any_permission_for_instance(actions, note).exists()


def test_an_action_on_pages_is_that_of_who_has_its_level(pages, finance, member, head, other):
    note = make_note(finance, by=head)
    for person, may in ((head, True), (member, False), (other, False)):
        assert pages.user_has_any_permission_for_instance(person, ["change"], note) == may
        changed = pages.instances_user_has_any_permission_for(person, ["change"])
        assert changed.filter(pk=note.pk).exists() == may
    assert pages.user_has_any_permission(head, ["change"])
    assert not pages.user_has_any_permission(member, ["change"])
    may_change = pages.users_with_any_permission_for_instance(["change"], note)
    assert set(may_change) == {head}
    unplaced = BasePage.get_first_root_node()
    assert not pages.users_with_any_permission_for_instance(["change"], unplaced).exists()


def test_the_explorer_begins_at_the_root_for_whoever_edits_a_page(pages, finance, member, head):
    note = make_note(finance)
    root = BasePage.get_first_root_node()
    assert pages.instances_with_direct_explore_permission(head) == [root]
    assert pages.instances_with_direct_explore_permission(member) == []
    assert pages.explorable_root_instance(AnonymousUser()) is None
    assert pages.explorable_instances(head).filter(pk=note.pk).exists()


def test_who_reads_a_page_is_told_by_its_scope_alone(finance, head):
    note = make_note(finance, by=head)
    may = note.permissions_for_user(head)
    assert may.can_edit()
    assert not may.can_set_view_restrictions()


def test_an_action_on_images_is_that_of_who_has_its_level(images, finance, member, head):
    image = make_image(finance.scope)
    assert images.user_has_any_permission(head, ["unheard_of", "change"])
    assert not images.user_has_any_permission(head, ["unheard_of"])
    assert not images.user_has_permission_for_instance(head, "unheard_of", image)
    assert set(images.instances_user_has_any_permission_for(head, ["change"])) == {image}
    assert not images.instances_user_has_any_permission_for(head, []).exists()
    assert not images.instances_user_has_any_permission_for(member, ["change"]).exists()
    assert not images.users_with_any_permission(["change"]).exists()
    assert set(images.users_with_any_permission_for_instance(["change"], image)) == {head}
    assert not images.users_with_any_permission_for_instance([], image).exists()


def test_there_is_one_collection_and_it_is_for_whoever_edits(images, finance, member, head):
    make_note(finance)
    assert images.collections_user_has_permission_for(head, "add").count() == 1
    assert not images.collections_user_has_permission_for(member, "add").exists()


def test_what_is_replaced_is_replaced_once():
    def replaced():
        return [
            mp_tree.MP_MoveHandler.process,
            MovePageAction._move_page,
            ReferenceIndex.get_references_to.__func__,
            type(PageLogEntry.objects).get_queryset,
            patches.QuerySetRequestMixin.get_queryset,
        ]

    before = replaced()
    patches.install()
    assert replaced() == before


def test_pages_are_asked_for_with_children_or_without_and_not_by_their_number(finance, head):
    make_note(finance)
    with looking_as(head), pytest.raises(ValueError, match="not by their number"):
        BasePage.objects.filter(numchild__gt=3)
    assert not BasePage.objects.filter(numchild__gt=10_000).exists()


def test_rows_may_be_given_the_query_of_others(finance, member):
    wanted, _other = make_note(finance, title="wanted"), make_note(finance, title="other")
    rows = NotePage.objects.filter(pk__gt=0)
    rows.query = NotePage.objects.filter(pk=wanted.pk).query
    assert list(rows) == [wanted]
