"""The commands that map groups and name administrators."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from directory import access
from directory.models import GroupRule, Membership, User

from .factories import make_person
from .sync.test_engine import level

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_group_is_mapped_and_the_rule_taken_away(organisation):
    shown = run("map_group", "urbanisme-externals", "contributor", "voirie", "--dry-run")
    assert "+ Marcus Thorne (marcus.thorne)" in shown
    assert level("marcus.thorne", "voirie") is None
    run("map_group", "urbanisme-externals", "contributor", "voirie")
    assert level("marcus.thorne", "voirie") == 2
    assert "urbanisme-externals → Voirie et bâtiments · contributeur" in run("map_group")
    shown = run("map_group", "urbanisme-externals", "contributor", "voirie", "--remove")
    assert "- Marcus Thorne" in shown
    assert level("marcus.thorne", "voirie") is None


def test_direct_members_alone_where_that_is_asked(organisation):
    run("map_group", "vpn-users", "member", "voirie", "--direct")
    rule = GroupRule.objects.get(dir_group__name="vpn-users")
    through = Membership.objects.filter(access_group=rule.access_group, via__0="vpn-users")
    assert not rule.nested
    assert not through.exists()
    run("map_group", "vpn-users", "member", "voirie")
    assert through.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing", "member", "voirie"], "has no group nothing"),
        (["vpn-users"], "Say which role"),
        (["vpn-users", "member"], "name the service"),
        (["vpn-users", "member", "nowhere"], "There is no service nowhere; there are: amenagement"),
        (["vpn-users", "everyone", "voirie"], "name no service"),
        (["vpn-users", "member", "voirie", "--remove"], "no such rule"),
        (["it-admins", "it_admin", "--remove"], "Nobody would be left|Plus personne"),
    ],
)
def test_what_cannot_be_is_told_why(organisation, arguments, message):
    with pytest.raises(CommandError, match=message):
        run("map_group", *arguments)
    assert access.is_it_admin(User.objects.get(username="rodrigue.telford"))


def test_an_administrator_is_named_by_hand():
    somebody = make_person("some.body")
    run("make_it_admin", "some.body")
    assert access.is_it_admin(somebody)
    with pytest.raises(CommandError, match="no open account"):
        run("make_it_admin", "no.body")
