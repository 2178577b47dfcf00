"""Who may do what where: the answers, what they cost, and that they agree with each other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from directory import access
from directory.access import Level
from directory.actions.grants import grant_access, revoke_access
from directory.actions.memberships import add_member, remove_member
from directory.actions.scopes import create_scope, move_scope, set_inherits
from directory.actions.services import create_service
from directory.models import (
    AccessGroup,
    AccessScope,
    Role,
    ScopeKind,
    User,
)
from directory.models.grants import ScopeInheritance


def person(login: str, **fields: object) -> User:
    return User.objects.create(username=login, **fields)


def scope(label: str, parent: AccessScope | None = None, *, inherits: bool = True) -> AccessScope:
    return create_scope(
        actor=None, kind=ScopeKind.CUSTOM, label=label, parent=parent, inherits=inherits
    )


@pytest.mark.django_db
def test_roles_of_a_service_give_their_levels_and_nothing_elsewhere():
    finance = create_service(actor=None, slug="finance", name_fr="Finances", name_en="Finance")
    schools = create_service(actor=None, slug="schools", name_fr="Écoles", name_en="Schools")
    people = {}
    for role in (Role.MEMBER, Role.CONTRIBUTOR, Role.HEAD):
        people[role] = person(role)
        group = AccessGroup.objects.get(service=finance, role=role)
        add_member(actor=None, access_group=group, user=people[role])

    expected = {
        Role.MEMBER: Level.READ,
        Role.CONTRIBUTOR: Level.CONTRIBUTE,
        Role.HEAD: Level.MANAGE,
    }
    for role, highest in expected.items():
        for level in Level:
            assert access.can(people[role], level, finance.scope) == (level <= highest)
            assert not access.can(people[role], level, schools.scope)
    # What a service shows to everybody is read by its own people, by "everyone", and only by them.
    assert access.can(people[Role.MEMBER], Level.READ, finance.public_scope)
    assert not access.can(people[Role.MEMBER], Level.CONTRIBUTE, finance.public_scope)
    assert not access.can(people[Role.MEMBER], Level.READ, schools.public_scope)
    everyone = AccessGroup.objects.get(role=Role.EVERYONE)
    add_member(actor=None, access_group=everyone, user=people[Role.MEMBER])
    assert access.can(people[Role.MEMBER], Level.READ, schools.public_scope)
    assert not access.can(people[Role.MEMBER], Level.CONTRIBUTE, schools.public_scope)


@pytest.mark.django_db
def test_inheritance_is_followed_and_broken():
    reader = person("reader")
    top = scope("top")
    middle = scope("middle", top)
    closed = scope("closed", middle, inherits=False)
    below = scope("below", closed)
    grant_access(actor=None, scope=top, level=Level.READ, to=reader)

    assert access.visible_scopes(reader) == [top.pk, middle.pk]
    set_inherits(actor=None, scope=closed, inherits=True)
    assert access.visible_scopes(reader) == [top.pk, middle.pk, closed.pk, below.pk]
    set_inherits(actor=None, scope=middle, inherits=False)
    assert access.visible_scopes(reader) == [top.pk]
    move_scope(actor=None, scope=closed, parent=top)
    assert access.visible_scopes(reader) == [top.pk, closed.pk, below.pk]


@pytest.mark.django_db
def test_a_scope_does_not_go_below_itself():
    top = scope("top")
    below = scope("below", scope("middle", top))
    with pytest.raises(ValidationError):
        move_scope(actor=None, scope=top, parent=below)


@pytest.mark.django_db
def test_nobody_gets_anything_without_a_grant():
    place = scope("place")
    superuser = person("root", is_superuser=True, is_staff=True)
    for nobody in (AnonymousUser(), person("outsider"), superuser):
        assert access.visible_scopes(nobody) == []
        assert not access.can(nobody, Level.READ, place)
        assert access.levels(nobody, [place]) == {}
        with pytest.raises(Http404):
            access.require(nobody, Level.READ, place)


@pytest.mark.django_db
def test_a_grant_ends_when_it_expires_and_when_it_is_revoked():
    reader, place = person("reader"), scope("place")
    grant = grant_access(
        actor=None,
        scope=place,
        level=Level.CONTRIBUTE,
        to=reader,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    assert access.levels(reader, [place]) == {place.pk: Level.CONTRIBUTE}
    type(grant).objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not access.can(reader, Level.READ, place)
    assert access.explain(reader, place).level is None

    grant = grant_access(actor=None, scope=place, level=Level.CONTRIBUTE, to=reader)
    assert access.can(reader, Level.READ, place)
    revoke_access(actor=None, grant=grant)
    assert not access.can(reader, Level.READ, place)
    with pytest.raises(ValidationError):
        grant_access(
            actor=None, scope=place, level=Level.READ, to=reader, expires_at=timezone.now()
        )


@pytest.mark.django_db
def test_a_deactivated_account_has_nothing_even_through_an_old_object():
    reader, place = person("reader"), scope("place")
    grant_access(actor=None, scope=place, level=Level.READ, to=reader)
    held = User.objects.get(pk=reader.pk)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert held.is_active  # the object in hand does not know yet
    assert access.visible_scopes(held) == []
    assert not access.can(held, Level.READ, place)
    assert not access.readers(place).exists()
    assert access.levels(held, [place]) == {}
    assert access.explain(held, place).level is None


@pytest.mark.django_db
def test_explain_names_scope_group_and_path():
    service = create_service(actor=None, slug="roads", name_fr="Voirie", name_en="Roads")
    space = scope("space", service.scope)
    member = person("member")
    group = AccessGroup.objects.get(service=service, role=Role.MEMBER)
    add_member(actor=None, access_group=group, user=member)
    explanation = access.explain(member, space)
    assert explanation.level is Level.READ
    (reason,) = explanation.reasons
    assert (reason.scope, reason.distance, reason.group) == (service.scope, 1, group)


@pytest.mark.django_db
def test_django_asks_the_same_question():
    reader, place = person("reader"), scope("place")
    grant_access(actor=None, scope=place, level=Level.CONTRIBUTE, to=reader)
    reader = User.objects.get(pk=reader.pk)
    assert reader.has_perm("directory.read", place)
    assert reader.has_perm("directory.contribute", place)
    assert not reader.has_perm("directory.manage", place)
    assert not reader.has_perm("directory.unheard_of", place)


@pytest.mark.django_db
@pytest.mark.parametrize("scopes", [3, 60])
def test_cost_does_not_depend_on_how_much_there_is(django_assert_num_queries, scopes):
    service = create_service(actor=None, slug="s", name_fr="S", name_en="S")
    member = person("member")
    add_member(
        actor=None,
        access_group=AccessGroup.objects.get(service=service, role=Role.MEMBER),
        user=member,
    )
    places = [scope(f"place {i}", service.scope) for i in range(scopes)]
    with django_assert_num_queries(1):
        assert len(access.visible_scopes(member)) == scopes + 2  # the service's own two
    with django_assert_num_queries(1):
        assert access.can(member, Level.READ, places[-1])
    with django_assert_num_queries(2):
        assert len(access.levels(member, places)) == scopes
    with django_assert_num_queries(1):
        assert list(AccessScope.objects.filter(pk__in=access.scopes_for(member)))
    with django_assert_num_queries(5):
        access.explain(member, places[0])
    with django_assert_num_queries(0):
        assert access.visible_scopes(AnonymousUser()) == []


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["break", "join", "move", "grant", "revoke", "in", "out"]),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=25,
)


class TestHistories(TestCase):
    """Whatever is done in whatever order, the fast answers are those of the plain rule."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=_STEPS)
    def test_the_closure_is_the_tree(self, steps: list[tuple[str, int, int]]) -> None:
        service = create_service(actor=None, slug="s", name_fr="S", name_en="S")
        group = AccessGroup.objects.get(service=service, role=Role.MEMBER)
        reader = person("reader")
        places = [scope("0")]
        for number in range(1, 6):
            places.append(scope(str(number), places[number // 2]))
        for what, first, second in steps:
            self._step(what, places[first].pk, places[second].pk, second, group, reader)
            reader = User.objects.get(pk=reader.pk)
        plain = {s.pk: self._plainly(reader, s) for s in AccessScope.objects.all()}
        expected = {pk: level for pk, level in plain.items() if level}
        assert access.levels(reader, plain) == expected
        for level in Level:
            wanted = sorted(pk for pk, highest in expected.items() if highest >= level)
            assert access.visible_scopes(reader, level) == wanted
        for pk, highest in plain.items():
            assert (access.explain(reader, AccessScope.objects.get(pk=pk)).level or 0) == highest
            assert access.can(reader, Level.READ, pk) == bool(highest)
            assert access.readers(pk).filter(pk=reader.pk).exists() == bool(highest)
        assert ScopeInheritance.objects.filter(distance=0).count() == AccessScope.objects.count()

    @staticmethod
    def _step(
        what: str, place_pk: int, other_pk: int, number: int, group: AccessGroup, reader: User
    ) -> None:
        place = AccessScope.objects.get(pk=place_pk)
        match what:
            case "break" | "join":
                set_inherits(actor=None, scope=place, inherits=what == "join")
            case "move":
                other = AccessScope.objects.get(pk=other_pk)
                try:
                    move_scope(actor=None, scope=place, parent=other)
                except ValidationError:
                    return
            case "grant":
                to = reader if number % 2 else group
                grant_access(actor=None, scope=place, level=Level(number % 3 + 1), to=to)
            case "revoke":
                for grant in [*place.user_grants.all(), *place.group_grants.all()]:
                    revoke_access(actor=None, grant=grant)
            case "in":
                add_member(actor=None, access_group=group, user=reader)
            case "out":
                for membership in reader.memberships.all():
                    remove_member(actor=None, membership=membership)

    @staticmethod
    def _plainly(reader: User, place: AccessScope) -> int:
        """Walk the tree upwards, as the rule says, one scope after the other."""
        groups = set(reader.memberships.values_list("access_group__group_id", flat=True))
        highest = 0
        current: AccessScope | None = place
        while current is not None:
            for grant in current.user_grants.filter(user=reader):
                highest = max(highest, Level.from_codename(grant.permission.codename))
            for grant in current.group_grants.all():
                if grant.group_id in groups:
                    highest = max(highest, Level.from_codename(grant.permission.codename))
            current = current.parent if current.inherits else None
        return highest


@pytest.mark.django_db
def test_a_grant_is_found_by_its_key_on_the_scope_that_it_stands_on_alone():
    reader, place, other = person("reader"), scope("place"), scope("other")
    grant = grant_access(actor=None, scope=place, level=Level.READ, to=reader)
    assert access.grant_at(place, grant.key) == grant
    for where, key in (
        (other, grant.key),
        (None, grant.key),
        (place, f"group-{grant.pk}"),
        (place, f"odd-{grant.pk}"),
        (place, "user-x"),
        (place, ""),
    ):
        assert access.grant_at(where, key) is None


@pytest.mark.django_db
def test_the_scopes_below_are_those_on_which_a_grant_counts():
    top = scope("top")
    middle = scope("middle", top)
    below = scope("below", middle)
    found = AccessScope.objects.filter(pk__in=access.scopes_below([middle.pk]))
    assert set(found) == {middle, below}


@pytest.mark.django_db
def test_that_a_grant_came_to_its_end_is_told_of_the_time_in_which_it_did():
    now = timezone.now()
    grant = grant_access(actor=None, scope=scope("place"), level=Level.READ, to=person("reader"))
    assert not access.ended_between(now - timedelta(hours=1), now)
    type(grant).objects.update(expires_at=now - timedelta(minutes=30))
    assert access.ended_between(now - timedelta(hours=1), now)
    assert not access.ended_between(now - timedelta(minutes=30), now)
