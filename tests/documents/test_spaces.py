"""Document spaces: who makes them, who sees them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from directory.models import JournalEntry
from documents.actions import Refused, create_space, update_space
from documents.models import Kind, Node, Space

from .factories import make_space


def test_a_head_makes_a_space_that_the_service_alone_sees(world):
    space = create_space(actor=world.head, service=world.finance, name_fr="Marchés", name_en="")
    assert (space.slug, space.name_fr, space.name_en) == ("finance-marches", "Marchés", "Marchés")
    assert (space.root.kind, space.root.parent, space.root.scope) == (
        Kind.FOLDER,
        None,
        space.scope,
    )
    for person, sees in [
        (world.member, True),
        (world.contributor, True),
        (world.head, True),
        (world.stranger, False),
        (world.it_admin, False),
    ]:
        assert Space.objects.visible_to(person).filter(pk=space.pk).exists() is sees
    entry = JournalEntry.objects.get(action="space.created", object_id=str(space.pk))
    assert (entry.actor, entry.scope_id) == (world.head, space.scope_id)


def test_a_shared_space_is_read_by_everybody(world):
    space = make_space(world.finance, "forms", shared=True)
    assert Space.objects.visible_to(world.stranger).filter(pk=space.pk).exists()


@pytest.mark.parametrize("who", ["member", "contributor", "stranger", "it_admin"])
def test_nobody_else_makes_one(world, who):
    with pytest.raises(Http404):
        create_space(actor=getattr(world, who), service=world.finance, name_fr="x")
    with pytest.raises(Http404):
        update_space(actor=getattr(world, who), space=world.space, name_fr="x", name_en="x")


def test_names_and_slugs_are_checked(world):
    with pytest.raises(Refused):
        create_space(actor=world.head, service=world.finance, name_fr=" ")
    with pytest.raises(Refused) as refused:
        make_space(world.finance, "budgets")
    assert refused.value.code == "slug_taken"
    first = create_space(actor=world.head, service=world.finance, name_fr="Marchés")
    second = create_space(actor=world.head, service=world.finance, name_fr="Marchés")
    assert (first.slug, second.slug) == ("finance-marches", "finance-marches-2")


def test_a_renamed_space_keeps_its_address(world):
    space = update_space(actor=world.head, space=world.space, name_fr="Comptes", name_en="Accounts")
    assert (space.slug, space.name_fr, space.scope.label) == ("budgets", "Comptes", "Comptes")


def test_the_database_allows_one_root_per_space(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        Node(kind=Kind.FOLDER, space=world.space, scope=world.space.scope, name="").save()
