"""Nobody gives more, or for longer, than they were given; what is left behind is looked at."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from directory import access
from directory.access import Level
from directory.actions.grants import (
    LongerThanGiven,
    grant_access,
    keep_grant,
    revoke_access,
)
from directory.actions.memberships import remove_member
from directory.actions.people import deactivate_people
from directory.delegation import HeadsStay, bound_of, effect_of_ending, end_of, given_by
from directory.grant_review import to_review
from directory.models import (
    AccessScope,
    JournalEntry,
    Role,
    Service,
    User,
)
from directory.models.grants import GroupGrant, UserGrant
from tests.kept import kept

from .factories import give, group_of, make_group, make_person, make_scope, make_service

pytestmark = pytest.mark.django_db


def days(number: float):
    return timezone.now() + timedelta(days=number)


@kept
def world():
    """A place of a service, its head, and some who come from elsewhere."""
    service = make_service("finance")
    return SimpleNamespace(
        service=service,
        place=make_scope("place", parent=service.scope, inherits=True),
        head=make_person("hal.head", service=service, role=Role.HEAD),
        one=make_person("one.person"),
        two=make_person("two.person"),
        three=make_person("three.person"),
    )


def lend(world, actor, to, level=Level.MANAGE, until=None):
    return grant_access(actor=actor, scope=world.place, level=level, to=to, expires_at=until)


def test_nothing_lasts_longer_than_what_the_giver_has(world):
    lend(world, world.head, world.one, until=days(2))
    for until in (None, days(3)):
        for to in (world.one, world.two, group_of(world.service, Role.MEMBER)):
            with pytest.raises(LongerThanGiven):
                lend(world, world.one, to, Level.READ, until)
    lend(world, world.one, world.two, until=days(1))
    with pytest.raises(LongerThanGiven):
        lend(world, world.two, world.three, until=days(1.5))
    assert not access.can(world.three, Level.READ, world.place)


def test_who_manages_nothing_there_gives_and_takes_nothing(world):
    lend(world, world.head, world.one, Level.CONTRIBUTE)
    grant = lend(world, world.head, world.two, Level.READ)
    for actor in (world.one, world.three, User.objects.create_superuser("root", "", "x" * 20)):
        with pytest.raises(Http404):
            lend(world, actor, world.three, Level.READ)
        with pytest.raises(Http404):
            revoke_access(actor=actor, grant=grant)


def test_what_was_given_ends_with_it_at_once_down_the_chain(world):
    first = lend(world, world.head, world.one, until=days(3))
    lend(world, world.one, world.two, until=days(2))
    lend(world, world.two, world.three, Level.READ, until=days(1))
    other = lend(world, world.head, world.three, Level.CONTRIBUTE, until=days(9))
    ended = effect_of_ending(first)
    assert set(ended.loses) == {world.one, world.two}
    revoke_access(actor=world.head, grant=first)
    assert not access.can(world.one, Level.READ, world.place)
    assert not access.can(world.two, Level.READ, world.place)
    assert list(UserGrant.objects.filter(content_object=world.place)) == [other]
    assert JournalEntry.objects.filter(action="grant.revoked").count() == len(ended.ends) == 3


def test_what_was_given_is_shortened_with_it(world):
    lend(world, world.head, world.one, until=days(3))
    lend(world, world.one, world.two, until=days(2))
    lend(world, world.two, world.three, Level.READ, until=days(1.5))
    soon = days(1)
    lend(world, world.head, world.one, until=soon)
    assert set(world.place.user_grants.values_list("expires_at", flat=True)) == {soon}


def test_a_right_of_ones_own_without_end_is_no_role(world):
    first = lend(world, world.head, world.one)
    lend(world, world.one, world.two, Level.READ)
    group = make_group("auditors", world.three)
    lend(world, world.one, group)
    lend(world, world.three, make_person("fourth.person"), Level.READ)
    revoke_access(actor=world.head, grant=first)
    assert not world.place.user_grants.exists()
    assert not world.place.group_grants.exists()


def leave_the_role(world) -> None:
    for membership in world.head.memberships.filter(access_group__role=Role.HEAD):
        remove_member(actor=None, membership=membership)


def test_what_a_role_gave_stays_and_is_listed(world):
    kept = lend(world, world.head, world.one, Level.READ)
    mine = lend(world, world.head, world.head)  # to oneself: it does not count for oneself
    assert not to_review(UserGrant).exists()
    leave_the_role(world)
    assert access.can(world.one, Level.READ, world.place)
    assert set(to_review(UserGrant)) == {kept, mine}
    admin = make_person("ida.admin", it_admin=True)
    keep_grant(actor=admin, grant=kept)
    revoke_access(actor=admin, grant=mine)
    assert not to_review(UserGrant).exists()
    assert access.can(world.one, Level.READ, world.place)


@pytest.mark.parametrize("between", [0, 1])
def test_those_who_gave_each_other_a_place_do_not_keep_each_other_off_the_list(world, between):
    chain = [world.head, world.one, world.two][: between + 2]
    first = lend(world, world.head, world.one)
    for giver, receiver in zip(chain[1:], [*chain[2:], world.head], strict=True):
        back = lend(world, giver, receiver)
    gift = lend(world, world.head, world.three, Level.READ)
    assert not to_review(UserGrant).exists()
    leave_the_role(world)
    assert access.can(world.head, Level.MANAGE, world.place)
    assert set(to_review(UserGrant)) == {first, gift}
    assert back.is_bound, "it ends with the first"


def test_a_group_to_which_one_gave_a_place_does_not_keep_one_off_the_list(world):
    group = lend(world, world.head, make_group("club", world.head))
    gift = lend(world, world.head, world.one, Level.READ)
    leave_the_role(world)
    assert access.can(world.head, Level.MANAGE, world.place)
    assert list(to_review(UserGrant)) == [gift]
    assert list(to_review(GroupGrant)) == [group]


def test_what_somebody_gave_whose_account_is_closed_is_listed(world):
    grant = lend(world, world.head, group_of(make_service("schools"), Role.MEMBER), Level.READ)
    assert not to_review(GroupGrant).exists()
    person = world.head.person
    deactivate_people(actor=None, source=person.source, ids=[person.external_id], why="disabled")
    assert list(to_review(GroupGrant)) == [grant]


def test_what_the_roles_of_a_service_have_is_nobodys_gift():
    from directory.actions.services import create_service

    admin = make_person("ida.admin", it_admin=True)
    create_service(actor=admin, slug="roads", name_fr="Voirie", name_en="Roads")
    roads = Service.objects.get(slug="roads")
    higher = grant_access(
        actor=admin, scope=roads.scope, level=Level.MANAGE, to=group_of(roads, Role.MEMBER)
    )
    for membership in admin.memberships.all():
        membership.delete()
    admin.groups.clear()
    assert list(to_review(GroupGrant)) == [higher]


def test_through_a_group_one_gives_as_far_as_the_group_was_given(world):
    until = days(2)
    through = lend(world, world.head, make_group("auditors", world.one), until=until)
    with pytest.raises(LongerThanGiven):
        lend(world, world.one, world.two, Level.READ)
    lend(world, world.one, world.two, Level.READ, until)
    assert given_by([through]) == [world.place.user_grants.get()]
    # Whoever leaves the group has given all the same; it ends with the group's.
    world.one.memberships.all().delete()
    world.one.groups.clear()
    assert list(to_review(UserGrant)) == [world.place.user_grants.get()]
    revoke_access(actor=world.head, grant=through)
    assert not world.place.user_grants.exists()


def test_the_heads_are_not_removed_from_what_is_theirs_by_those_below(world):
    heads = group_of(world.service, Role.HEAD)
    own = give(heads, Level.MANAGE, world.place)
    inherited = world.service.scope.group_grants.get(
        group=heads.group, permission__codename="manage"
    )
    lend(world, world.head, world.one)
    revoke_access(actor=world.one, grant=own)  # they manage by their service all the same
    grant_access(actor=None, scope=world.service.scope, level=Level.MANAGE, to=world.two)
    with pytest.raises(HeadsStay):
        revoke_access(actor=world.two, grant=inherited)
    with pytest.raises(HeadsStay):
        grant_access(
            actor=world.two,
            scope=world.service.scope,
            level=Level.MANAGE,
            to=heads,
            expires_at=days(1),
        )
    assert access.can(world.head, Level.MANAGE, world.place)
    # They themselves may, and an IT administrator may.
    revoke_access(actor=make_person("ida.admin", it_admin=True), grant=inherited)
    assert not access.can(world.head, Level.READ, world.place)


def test_who_shortens_what_another_gave_is_not_its_giver(world):
    lend(world, world.head, world.one, until=days(3))
    given = lend(world, world.head, world.two, Level.READ)
    lend(world, world.one, world.two, Level.READ, days(1))
    given.refresh_from_db()
    assert (given.granted_by, given.is_bound) == (world.head, False)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["give", "give", "give", "end"]),
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(0, 2),
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    max_size=20,
)


class TestHistories(TestCase):
    """Whoever gives to whom in whatever order: nobody has more than they could be given."""

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=_STEPS)
    def test_no_chain_outlives_its_beginning(
        self, steps: list[tuple[str, int, int, int, int | None]]
    ) -> None:
        service = make_service("s")
        top = make_scope("top", parent=service.scope, inherits=True)
        places = [top, make_scope("below", parent=top, inherits=True)]
        head = make_person("head", service=service, role=Role.HEAD)
        people = [head, *(make_person(f"p.{number}") for number in range(4))]
        start = timezone.now()
        for what, by, to, where, length in steps:
            place, actor = places[where % 2], people[by]
            try:
                if what == "give":
                    grant_access(
                        actor=actor,
                        scope=place,
                        level=Level.MANAGE if where else Level.READ,
                        to=people[to],
                        expires_at=start + timedelta(days=length) if length else None,
                    )
                else:
                    for grant in place.user_grants.filter(user=people[to]):
                        revoke_access(actor=actor, grant=grant)
            except (Http404, ValidationError):
                continue
            self._holds(head)

    def _holds(self, head: User) -> None:
        grants = list(UserGrant.objects.select_related("basis_user", "granted_by"))
        for grant in grants:
            # Either the head's role stands behind it, or the chain leads to what the head gave.
            chain = [grant]
            while chain[-1].basis_user is not None:
                assert end_of(chain[-1]) <= end_of(chain[-1].basis_user)
                assert chain[-1].granted_by_id == chain[-1].basis_user.user_id
                chain.append(UserGrant.objects.get(pk=chain[-1].basis_user_id))
                assert len(chain) <= len(grants)
            assert chain[-1].granted_by == head
        for scope in AccessScope.objects.filter(kind="custom"):
            assert access.can(head, Level.MANAGE, scope)
            assert bound_of(head, scope).until is None
