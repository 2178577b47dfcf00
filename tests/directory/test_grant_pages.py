"""The administration of access: giving and taking grants, and why somebody sees a place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from directory import access, dates
from directory.access import Level
from directory.actions.people import deactivate_people
from directory.models import AccessScope, Membership, Role
from directory.models.grants import UserGrant

from .access_world import SECRET, admin, client, world
from .factories import give, group_of, make_person, make_service, make_source

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
__all__ = ["admin", "client", "world"]  # fixtures


def grant(client, scope: AccessScope, **data):
    given = {"level": "read", "reason": "audit"} | data
    return client.post(reverse("directory:access_grant", args=[scope.pk]), given)


def test_access_is_given_to_a_person_until_a_day_and_taken_away(client, admin, world):
    guest = make_person("gus.guest", outsider=True)
    last = timezone.localdate() + timedelta(days=3)
    assert grant(client, world.secret, person="gus.guest", expires_at=last).status_code == 302
    given = UserGrant.objects.get(user=guest)
    assert given.expires_at == dates.end_of(last)
    assert (given.granted_by, given.reason) == (admin, "audit")
    assert access.visible_scopes(guest) == [world.secret.pk]
    client.post(reverse("directory:access_revoke", args=["user", given.pk]))
    assert access.visible_scopes(guest) == []
    assert client.post(reverse("directory:access_revoke", args=["other", 1])).status_code == 404


def test_access_is_given_to_a_group(client, world):
    schools = make_service("schools")
    teacher = make_person("tea.cher", service=schools)
    group = group_of(schools, Role.MEMBER)
    assert grant(client, world.secret, group=group.pk, level="contribute").status_code == 302
    assert access.can(teacher, Level.CONTRIBUTE, world.secret)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Name a person or choose a group"),
        ({"person": "nobody.here"}, "Nobody with an open account"),
        ({"person": "mia.member", "expires_at": "2020-01-01"}, "cannot be in the past"),
        ({"person": "mia.member", "reason": ""}, "This field is required"),
        ({"person": "mia.member", "level": "9"}, "not one of the available choices"),
    ],
)
def test_a_grant_that_cannot_be_is_told_why(client, world, data, message):
    response = grant(client, world.secret, **data)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not UserGrant.objects.exists()


def test_the_answer_names_grant_group_and_way(client, world):
    Membership.objects.create(
        user=world.member,
        access_group=group_of(world.service, Role.CONTRIBUTOR),
        origin="directory",
        via=["fin-all", "fin-writers"],
    )
    from directory.actions.memberships import follow_memberships

    follow_memberships([world.member.pk])
    url = reverse("directory:access_explain")
    text = client.get(url, {"person": world.member.pk, "scope": world.secret.pk}).content.decode()
    for part in (
        "<strong>contribute</strong>",
        "fin-all",
        "fin-writers",
        "inherited, 1 level above",
    ):
        assert part in text
    stranger = make_person("s.tranger", outsider=True)
    text = client.get(url, {"person": stranger.pk, "scope": world.secret.pk}).content.decode()
    assert "No: no grant on this place" in text
    deactivate_people(
        actor=None, source=make_source(), ids=[world.member.person.external_id], why="absent"
    )
    text = client.get(url, {"person": world.member.pk, "scope": world.secret.pk}).content.decode()
    assert "No: the account is closed." in text


def test_a_place_is_named_to_those_who_may_read_it(client, admin, world):
    url = reverse("directory:access_scope", args=[world.secret.pk])
    text = client.get(url).content.decode()
    assert f"Folder no. {world.secret.pk}" in text
    give(admin, Level.READ, world.secret)
    assert SECRET in client.get(url).content.decode()
