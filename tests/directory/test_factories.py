from __future__ import annotations

import pytest

from directory import access
from directory.access import Level
from directory.models import AccessScope, Role

from .factories import give, make_person, make_scope, make_service

pytestmark = pytest.mark.django_db


def test_people_of_a_service_have_the_level_of_their_role():
    finance, schools = make_service("finance"), make_service("schools")
    levels = {
        role: access.levels(
            make_person(f"a.{role.value}", service=finance, role=role),
            [finance.scope, finance.public_scope, schools.scope, schools.public_scope],
        )
        for role in (Role.MEMBER, Role.CONTRIBUTOR, Role.HEAD)
    }
    shared = {schools.public_scope_id: Level.READ}
    assert levels == {
        Role.MEMBER: {finance.scope_id: Level.READ, finance.public_scope_id: Level.READ} | shared,
        Role.CONTRIBUTOR: {
            finance.scope_id: Level.CONTRIBUTE,
            finance.public_scope_id: Level.CONTRIBUTE,
        }
        | shared,
        Role.HEAD: {finance.scope_id: Level.MANAGE, finance.public_scope_id: Level.MANAGE} | shared,
    }


def test_an_outsider_sees_nothing_until_granted():
    make_service("finance")
    outsider, scope = make_person("o.utsider", outsider=True), make_scope()
    assert access.visible_scopes(outsider) == []
    give(outsider, Level.READ, scope)
    assert access.visible_scopes(outsider) == [scope.pk]


def test_an_it_admin_reads_what_everybody_reads_and_no_more():
    finance = make_service("finance")
    admin = make_person("i.admin", it_admin=True)
    assert access.is_it_admin(admin)
    assert access.visible_scopes(admin) == sorted([AccessScope.site().pk, finance.public_scope_id])
