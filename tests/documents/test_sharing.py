"""Who can see a folder: giving access by name, taking it away, and never locking everybody out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.test import Client
from django.utils import timezone

from directory import access
from directory.access import Level
from directory.actions.people import deactivate_people
from directory.finding import person_named
from directory.models import Role
from documents.actions import (
    NobodyLeft,
    OwnAccess,
    break_inheritance,
    restore_inheritance,
    share,
    unshare,
)
from documents.models import Node
from tests.directory.factories import group_of, make_person
from tests.html import elements, has

from .factories import make_document, make_folder


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client


@pytest.fixture
def private(world):
    """A folder with rights of its own, which the head's group alone manages."""
    folder = make_folder(world.space, "Contentieux")
    break_inheritance(actor=world.head, node=folder, keep_access=False)
    world.folder = Node.objects.get(pk=folder.pk)
    world.address = f"/d/{folder.pk}/access/"
    world.heads = world.folder.own_scope.group_grants.get()
    return world


def manages(person, node):
    return access.can(person, Level.MANAGE, node.scope_id)


def test_the_last_access_that_manages_cannot_be_taken_away(private):
    for sure in (False, True):
        with pytest.raises(NobodyLeft):
            unshare(actor=private.head, node=private.folder, grant=private.heads, sure=sure)
    assert manages(private.head, private.folder)


def test_a_closed_account_does_not_count_as_a_manager(private):
    share(actor=private.head, node=private.folder, to=private.stranger, level=Level.MANAGE)
    person = private.stranger.person
    deactivate_people(actor=None, source=person.source, ids=[person.external_id], why="disabled")
    with pytest.raises(NobodyLeft):
        unshare(actor=private.head, node=private.folder, grant=private.heads, sure=True)


def test_a_manager_for_some_days_does_not_replace_one_without_end(private):
    soon = timezone.now() + timedelta(days=3)
    share(
        actor=private.head,
        node=private.folder,
        to=private.stranger,
        level=Level.MANAGE,
        expires_at=soon,
    )
    with pytest.raises(NobodyLeft):
        unshare(actor=private.head, node=private.folder, grant=private.heads, sure=True)
    with pytest.raises(NobodyLeft):  # nor does an end put on the only one
        share(
            actor=private.head,
            node=private.folder,
            to=group_of(private.finance, Role.HEAD),
            level=Level.MANAGE,
            expires_at=soon,
        )
    private.heads.refresh_from_db()
    assert private.heads.expires_at is None


def test_ones_own_access_goes_only_when_that_is_meant(private):
    share(actor=private.head, node=private.folder, to=private.stranger, level=Level.MANAGE)
    with pytest.raises(OwnAccess):
        unshare(actor=private.head, node=private.folder, grant=private.heads)
    assert manages(private.head, private.folder)
    unshare(actor=private.head, node=private.folder, grant=private.heads, sure=True)
    assert not manages(private.head, private.folder)
    assert manages(private.stranger, private.folder)


def test_following_the_folder_again_keeps_a_manager_too(private):
    share(actor=private.head, node=private.folder, to=private.stranger, level=Level.MANAGE)
    with pytest.raises(OwnAccess):
        restore_inheritance(actor=private.stranger, node=private.folder)
    restore_inheritance(actor=private.stranger, node=private.folder, sure=True)
    assert manages(private.head, private.folder)
    assert not manages(private.stranger, private.folder)


def test_a_grant_of_another_place_is_not_taken_from_here(private):
    other = make_document(private.space, "other.txt")
    grant = share(actor=private.head, node=other, to=private.stranger, level=Level.READ)
    with pytest.raises(Http404):
        unshare(actor=private.head, node=private.folder, grant=grant)
    with pytest.raises(Http404):
        unshare(actor=private.contributor, node=private.folder, grant=private.heads)


def test_the_page_asks_before_it_takes_ones_own_access(private):
    client = signed_in(private.head)
    taking = {"do": "take", "grant": f"group-{private.heads.pk}"}
    refused = client.post(private.address, taking, follow=True)
    assert refused.redirect_chain[-1][0] == private.address  # nobody would be left
    share(actor=private.head, node=private.folder, to=private.stranger, level=Level.MANAGE)
    asked = client.post(private.address, taking)
    assert asked.status_code == 422
    assert has(asked, "[name='sure']")
    assert manages(private.head, private.folder)
    gone = client.post(private.address, taking | {"sure": "yes"}, follow=True)
    # No dead end: the list of spaces, not "page not found".
    assert gone.redirect_chain[-1][0] == "/spaces/"
    assert not manages(private.head, private.folder)


def test_what_was_given_on_a_space_can_be_taken_back(world):
    root = world.space.root
    client = signed_in(world.head)
    address = f"/d/{root.pk}/access/"
    client.post(address, {"do": "share", "person": "sam.stranger", "level": "read"})
    assert access.can(world.stranger, Level.READ, world.space.scope_id)
    grant = world.space.scope.user_grants.get()
    assert f"user-{grant.pk}" in client.get(address).content.decode()
    client.post(address, {"do": "take", "grant": f"user-{grant.pk}"})
    assert not access.can(world.stranger, Level.READ, world.space.scope_id)
    client.post(address, {"do": "break"})
    assert not access.can(world.member, Level.READ, world.space.scope_id)
    client.post(address, {"do": "restore"})
    assert access.can(world.member, Level.READ, world.space.scope_id)


def test_the_page_names_those_who_can_see_it(private):
    shown = signed_in(private.head).get(private.address).content.decode()
    assert str(private.head) in shown
    assert str(private.member) not in shown


def test_people_are_offered_while_a_name_is_typed(private, django_assert_max_num_queries):
    address = f"/d/{private.folder.pk}/access/people"
    client = signed_in(private.head)
    with django_assert_max_num_queries(8):
        offered = client.get(address, {"q": "stran"}).content.decode()
    assert has(offered, "[data-value='sam.stranger']")
    assert client.get(address, {"q": "s"}).content.decode().strip() == ""
    assert signed_in(private.member).get(address, {"q": "stran"}).status_code == 404


def test_a_person_is_named_by_login_address_or_full_name(world):
    person = world.stranger.person
    person.mail = "sam@example.org"
    person.save()
    for name in ("SAM.stranger", "sam@example.org", " Sam Stranger "):
        assert person_named(name) == world.stranger
    twin = make_person("sam.two", service=world.schools)
    twin.person.display_name = "Sam Stranger"
    twin.person.save()
    with pytest.raises(ValidationError) as several:
        person_named("Sam Stranger")
    assert several.value.code == "several"
    with pytest.raises(ValidationError) as nobody:
        person_named("sam")
    assert nobody.value.code == "nobody"


def test_a_place_above_is_not_named_to_whoever_does_not_read_it(private):
    inner = make_folder(private.folder, "Pièces", actor=private.head)
    share(actor=private.head, node=inner, to=private.stranger, level=Level.MANAGE)
    for person, named in ((private.stranger, False), (private.head, True)):
        shown = signed_in(person).get(f"/d/{inner.pk}/access/")
        assert shown.status_code == 200
        assert ("Contentieux" in shown.content.decode()) is named


def test_all_that_is_wrong_is_said_at_once_and_at_its_field(private):
    client = signed_in(private.head)
    asked = {"do": "share", "level": "read", "expires_at": "2020-01-01"}
    for whom in ({"person": "zorglub"}, {}):
        refused = client.post(private.address, asked | whom)
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == {"person", "expires_at"}
        # Each is tied to its field, where the page begins.
        for name in ("person", "expires_at"):
            assert has(refused, f"#id_{name}_error")
        assert len(elements(refused, "[aria-invalid='true']")) == 2
    alone = client.post(private.address, asked | {"person": "sam.stranger"})
    assert set(alone.context["form"].errors) == {"expires_at"}
    today = asked | {"person": "sam.stranger", "expires_at": timezone.localdate().isoformat()}
    assert client.post(private.address, today).status_code == 302


def test_what_an_end_would_do_is_refused_at_the_last_day(private):
    soon = timezone.localdate() + timedelta(days=3)
    refused = signed_in(private.head).post(
        private.address,
        {
            "do": "share",
            "group": group_of(private.finance, Role.HEAD).pk,
            "level": "manage",
            "expires_at": soon.isoformat(),
        },
    )
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"expires_at"}
