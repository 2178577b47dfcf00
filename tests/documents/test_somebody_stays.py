"""A change of access here leaves nobody in charge elsewhere: grants that end with it count too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from directory import access
from directory.access import Level
from directory.actions.people import deactivate_people
from directory.models.grants import UserGrant
from documents.actions import NobodyLeft, break_inheritance, restore_inheritance, share, unshare
from documents.models import Node
from tests.html import has

from .factories import make_folder
from .test_sharing import signed_in


def close_account(user):
    person = user.person
    deactivate_people(actor=None, source=person.source, ids=[person.external_id], why="disabled")


def fresh(node):
    return Node.objects.get(pk=node.pk)


@pytest.fixture
def handed(world):
    """A folder that a member manages, one in it that they closed; then the only head leaves.

    A contributor manages the outer folder since, and does not see the inner one.
    """
    outer = make_folder(world.space, "Contentieux")
    world.given = share(actor=world.head, node=outer, to=world.member, level=Level.MANAGE)
    world.outer = fresh(outer)
    inner = make_folder(world.outer, "Recours")
    break_inheritance(actor=world.member, node=inner, keep_access=False)
    world.inner = fresh(inner)
    share(actor=world.head, node=world.outer, to=world.contributor, level=Level.MANAGE)
    close_account(world.head)
    return world


def test_no_folder_further_in_is_left_without_a_manager(handed):
    with pytest.raises(NobodyLeft) as refused:
        unshare(actor=handed.contributor, node=handed.outer, grant=handed.given)
    assert refused.value.elsewhere == []
    assert "Recours" not in refused.value.message
    assert access.can(handed.member, Level.MANAGE, handed.inner.scope_id)
    share(actor=None, node=handed.inner, to=handed.stranger, level=Level.MANAGE)
    unshare(actor=handed.contributor, node=handed.outer, grant=handed.given)
    assert list(access.having(Level.MANAGE, handed.inner.scope_id)) == [handed.stranger]


def test_the_refusal_names_what_whoever_asks_can_see(handed):
    share(actor=None, node=handed.inner, to=handed.contributor, level=Level.READ)
    answer = signed_in(handed.contributor).post(
        f"/d/{handed.outer.pk}/access/",
        {"do": "take", "grant": f"user-{handed.given.pk}"},
        follow=True,
    )
    shown = answer.content.decode()
    assert "Plus personne ne pourrait décider des accès à «\u00a0Recours\u00a0»." in shown
    assert UserGrant.objects.filter(pk=handed.given.pk).exists()


def test_the_question_says_before_what_the_answer_would_be(handed):
    def asked() -> str:
        address = f"/d/{handed.outer.pk}/access/change/"
        return signed_in(handed.contributor).get(address, taking).content.decode()

    taking = {"do": "take", "grant": f"user-{handed.given.pk}"}
    neutral = "qui dépend de cet accès, plus personne ne pourrait décider des accès."
    assert neutral in asked()
    assert "Recours" not in asked()
    assert not has(asked(), "[name='do'][value='take']")
    share(actor=None, node=handed.inner, to=handed.stranger, level=Level.MANAGE)
    assert "plus personne ne pourrait" not in asked()
    assert has(asked(), "[name='do'][value='take']")
    unshare(actor=handed.contributor, node=handed.outer, grant=handed.given)


def test_an_end_put_on_a_grant_is_one_put_on_what_was_given_by_it(handed):
    with pytest.raises(NobodyLeft):
        share(
            actor=handed.contributor,
            node=handed.outer,
            to=handed.member,
            level=Level.MANAGE,
            expires_at=timezone.now() + timedelta(days=1),
        )
    assert not UserGrant.objects.exclude(expires_at=None).exists()


def test_following_the_folder_again_leaves_nothing_further_in_without_a_manager(handed):
    break_inheritance(actor=handed.contributor, node=handed.outer)
    share(actor=None, node=handed.space.root, to=handed.contributor, level=Level.MANAGE)
    # The question says so before; what follows the folder meanwhile is in its manager's hands.
    client, address = signed_in(handed.contributor), f"/d/{handed.outer.pk}/access/change/"
    asked = client.get(address, {"do": "restore"}).content.decode()
    assert "plus personne ne pourrait décider des accès." in asked
    assert not has(asked, "[name='do'][value='restore']")
    with pytest.raises(NobodyLeft) as refused:
        restore_inheritance(actor=handed.contributor, node=handed.outer, sure=True)
    assert refused.value.elsewhere == []
    assert not fresh(handed.outer).own_scope.inherits
    restore_inheritance(actor=None, node=handed.inner, sure=True)
    asked = client.get(address, {"do": "restore"}).content.decode()
    assert has(asked, "[name='do'][value='restore']")
    restore_inheritance(actor=handed.contributor, node=handed.outer, sure=True)


def test_who_is_in_charge_of_many_places_is_one_question(handed, django_assert_num_queries):
    until = timezone.now() + timedelta(days=1)
    share(actor=None, node=handed.inner, to=handed.stranger, level=Level.MANAGE, expires_at=until)
    scopes = [handed.space.scope_id, handed.other.scope_id, handed.inner.scope_id]
    for lasting in (False, True):
        for level in Level:
            with django_assert_num_queries(1):
                held = access.held(level, scopes, lasting=lasting)
            assert held == {
                scope for scope in scopes if access.having(level, scope, lasting=lasting).exists()
            }
    assert handed.space.scope_id not in access.held(Level.MANAGE, scopes)
