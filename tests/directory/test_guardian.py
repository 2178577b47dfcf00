"""Django's and guardian's questions have the answers of `directory.access`."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils import timezone
from guardian.backends import ObjectPermissionBackend
from guardian.core import ObjectPermissionChecker

from directory import access
from directory.access import Level
from directory.actions.grants import grant_access, revoke_access
from directory.backends import ScopeBackend
from directory.models import Role, User
from directory.models.grants import GroupGrant, UserGrant

from .factories import group_of, make_person, make_scope, make_service

ROOT = Path(__file__).resolve().parents[2]


def fresh(person):
    return User.objects.get(pk=person.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_three_ways_to_ask_agree(seed):
    chance = random.Random(seed)
    services = [make_service(f"service-{n}") for n in range(3)]
    people = [make_person(f"p{n}.person", service=chance.choice(services)) for n in range(5)]
    # Each with grants of its own alone, so that nothing is inherited.
    places = [make_scope(f"place-{n}", parent=None, inherits=False) for n in range(4)]
    receivers = [*people, *(group_of(service, Role.MEMBER) for service in services)]
    for _ in range(12):
        grant_access(
            actor=None,
            scope=chance.choice(places),
            level=chance.choice(list(Level)),
            to=chance.choice(receivers),
        )
    for grant in [*UserGrant.objects.all()[:2], *GroupGrant.objects.exclude(granted_at=None)[:1]]:
        if grant.content_object in places:
            revoke_access(actor=None, grant=grant)
    asked = 0
    for person in map(fresh, people):
        checker = ObjectPermissionChecker(person)
        for place in places:
            rows = checker.get_perms(place)
            for level in Level:
                may = access.can(person, level, place)
                assert may is person.has_perm(f"directory.{level.codename}", place)
                assert may is bool(set(rows) & set(level.and_above()))
                asked += may
            contained = {level.codename for level in Level if access.can(person, level, place)}
            assert person.get_all_permissions(place) == contained
    assert asked


@pytest.mark.django_db
def test_what_guardian_does_not_know_counts_here_alone():
    service = make_service("finance")
    below = make_scope("below", parent=service.scope, inherits=True)
    member, guest = make_person("mia.member", service=service), make_person("gus.guest")
    grant_access(
        actor=None,
        scope=below,
        level=Level.READ,
        to=guest,
        expires_at=timezone.now() + timedelta(days=1),
    )
    assert fresh(guest).has_perm("directory.read", below)
    UserGrant.objects.update(expires_at=timezone.now() - timedelta(days=1))
    over = fresh(guest)
    assert ObjectPermissionChecker(over).has_perm("read", below)
    assert not over.has_perm("directory.read", below)
    assert not over.get_all_permissions(below)
    inheriting = fresh(member)
    assert not ObjectPermissionChecker(inheriting).has_perm("read", below)
    assert inheriting.has_perm("directory.read", below)
    assert inheriting.get_group_permissions(below) == {"read"}
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert not fresh(member).get_all_permissions(below)


@pytest.mark.django_db
def test_a_superuser_has_what_was_given():
    place = make_scope("place")
    root = User.objects.create_superuser("root", password="x" * 20)
    assert ObjectPermissionChecker(root).has_perm("read", place)
    assert ScopeBackend().get_all_permissions(root, place) == set()
    assert not ScopeBackend().has_perm(root, "directory.read", place)


@pytest.mark.django_db
def test_templates_have_perms_as_elsewhere():
    """Without an object there is nothing that a level could be on."""
    member = make_person("mia.member", service=make_service("finance"))
    for person in (member, AnonymousUser()):
        request = RequestFactory().get("/")
        request.user = person
        template = Template("{{ perms.directory.read }} {{ perms.wagtailadmin.access_admin }}")
        assert template.render(RequestContext(request)) == "False False"


def test_the_backend_is_guardians():
    assert issubclass(ScopeBackend, ObjectPermissionBackend)


def test_no_template_asks_the_tables():
    apps = ("config", "directory", "documents", "intranet", "search")
    pages = [path for app in apps for path in (ROOT / app).rglob("templates/**/*.html")]
    assert pages
    assert [str(path) for path in pages if "guardian" in path.read_text()] == []
