"""Document spaces: who makes them, who sees them."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from directory.access import Level
from directory.models import JournalEntry, Role
from directory.models.grants import UserGrant
from documents.actions import Refused, break_inheritance, create_space, unshare, update_space
from documents.models import Kind, Node, Space
from tests.directory.factories import give, make_person, make_service

from .asking import page, signed_in
from .factories import make_space


def test_a_head_makes_a_space_that_the_service_alone_sees(world):
    space = create_space(actor=world.head, service=world.finance, name_fr="Marchés", name_en="")
    assert (space.name_fr, space.name_en) == ("Marchés", "Marchés")
    assert re.fullmatch("finance-marches-[a-z2-7]{6}", space.slug)
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


@pytest.mark.parametrize("hidden", [False, True], ids=["alone", "beside a closed space"])
@pytest.mark.parametrize("code", ["without a code", "with its code"])
def test_an_address_tells_of_no_closed_space(world, hidden, code):
    """Neither of one in the same service, nor in one whose name begins with the same letters."""
    nord = make_service("direction-des-affaires-scolaires-nord")
    sud = make_service("direction-des-affaires-scolaires-sud")
    nina = make_person("nina.nord", service=nord, role=Role.HEAD)
    sara = make_person("sara.sud", service=sud, role=Role.HEAD)
    paul = make_person("paul.manager")
    give(paul, Level.MANAGE, sud.scope)
    spaces = []
    for service, head in ((nord, nina), (sud, sara)) if hidden else ():
        before = "direction-des-affaires-scolair-budget" if service == nord else ""
        slug = before if code == "without a code" else ""
        spaces.append(make_space(service, slug, name_fr="Budget", actor=head))
        break_inheritance(actor=head, node=spaces[-1].root, keep_access=False)
        for grant in UserGrant.objects.filter(user=paul, content_object=spaces[-1].scope):
            root = Node.objects.get(pk=spaces[-1].root_id)
            unshare(actor=head, node=root, grant=grant)
    client = signed_in(paul)
    for space in spaces:
        assert page(paul, space.get_absolute_url()).status_code == 404
    made = client.post("/spaces/new/", {"service": sud.pk, "name_fr": "Budget", "name_en": ""})
    address = made["Location"]
    assert re.fullmatch("/spaces/direction-des-affaires-scolair-budget-[a-z2-7]{6}/", address)
    assert page(paul, address).status_code == 200


def test_a_renamed_space_keeps_its_address(world):
    space = update_space(actor=world.head, space=world.space, name_fr="Comptes", name_en="Accounts")
    assert (space.slug, space.name_fr, space.scope.label) == ("budgets", "Comptes", "Comptes")


def test_the_database_allows_one_root_per_space(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        Node(kind=Kind.FOLDER, space=world.space, scope=world.space.scope, name="").save()
