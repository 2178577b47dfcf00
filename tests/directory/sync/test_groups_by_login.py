"""Groups that list people by their logins: posixGroup with memberUid."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from ldif import LDIFRecordList

from config.settings.environment import Environment
from directory.models import DirGroup, Person, SyncRun
from directory.sync.limits import Limit
from directory.sync.rules import add_rule
from tests.directory.factories import make_group
from tests.directory.servers import branch, directory_server
from tests.servers.branch import PASSWORD

from .logins import (
    LoginHistory,
    add_posix_group,
    join,
    kept_here,
    leave,
    told_by_the_server,
)
from .test_each_server import NAMES, applied, logins_in, sync, user
from .test_engine import approver
from .test_live import add_second, by_parts, follow, in_whole, nothing_is_left, watcher
from .test_live_doubt import hide

__all__ = ["branch", "directory_server", "hide", "team", "watcher"]  # fixtures
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.one_database,
    pytest.mark.parametrize("directory_server", ["openldap", "389ds"], indirect=True),
]
ROOT = Path(__file__).resolve().parents[3]
BY_LOGIN = {"member_attribute": ["member", "memberUid"]}


@pytest.fixture
def team(branch, settings):
    """Four people, of whom three are in `team` by their logins and one in `other`."""
    settings.LDAP = settings.LDAP | BY_LOGIN
    for name in NAMES:
        branch.add_person(f"{name}.martin")
    add_posix_group(branch, "team", *(f"{name}.martin" for name in NAMES[:3]))
    branch.add_group("other", branch.person_dn("dee.martin"))
    applied()
    group = make_group("team")
    add_rule(actor=None, dir_group=DirGroup.objects.get(name="team"), access_group=group)
    assert logins_in(group) == {f"{name}.martin" for name in NAMES[:3]}
    return group


def faults(run: SyncRun) -> set[str]:
    return {fault["why"] for fault in run.diff.get("entry_faults", [])}


# A reading of everything


def test_without_the_setting_they_are_no_groups(branch, team, settings):
    settings.LDAP = branch.django
    assert sync().hold_reasons[0]["code"] == "ruled_group_gone"
    assert team.memberships.count() == 3


def test_capitals_and_blanks_make_no_difference(branch, team):
    leave(branch, "team", "ann.martin", "bob.martin")
    join(branch, "team", "ANN.Martin", " bob.martin ", "Dee.Martin")
    applied()
    assert logins_in(team) == {f"{name}.martin" for name in NAMES}


def test_a_group_may_list_by_name_and_by_login(branch, team):
    classes = ["groupOfNames", "extensibleObject"]
    dn = branch.group_dn("both")
    members = [branch.person_dn("ann.martin"), branch.group_dn("team")]
    branch.add(dn, objectClass=classes, cn="both", member=members, memberUid=["dee.martin", "x.y"])
    run = applied()
    group = DirGroup.objects.get(name="both")
    listed = group.members.values_list("person__user__username", flat=True)
    assert set(listed) == {"ann.martin", "dee.martin"}
    assert group.child_edges.get().child.name == "team"
    assert run.diff["members_elsewhere"] == [{"name": "x.y", "via": ["both"]}]


def test_who_leaves_joins_is_deleted_or_dangles(branch, team):
    leave(branch, "team", "bob.martin")
    join(branch, "team", "dee.martin", "nobody.here")
    branch.delete(branch.person_dn("cid.martin"))
    run = applied()
    assert logins_in(team) == {"ann.martin", "dee.martin"}
    elsewhere = {member["name"] for member in run.diff["members_elsewhere"]}
    assert elsewhere == {"nobody.here", "cid.martin"}


def test_whose_login_is_another_now_is_in_the_group_no_more(branch, team):
    branch.rename(branch.person_dn("ann.martin"), "uid=anna.martin")
    applied()
    assert logins_in(team) == {"bob.martin", "cid.martin"}
    join(branch, "team", "anna.martin")
    applied()
    assert logins_in(team) == {"anna.martin", "bob.martin", "cid.martin"}


def test_who_has_the_login_of_somebody_else_by_then_is_listed(branch, team):
    """As the server has it: the group lists a login, not a person."""
    branch.rename(branch.person_dn("ann.martin"), "uid=anna.martin")
    branch.rename(branch.person_dn("dee.martin"), "uid=ann.martin")
    applied()
    assert logins_in(team) == {"ann.martin", "bob.martin", "cid.martin"}
    assert user("ann.martin").person.external_id == branch.identifier(
        branch.person_dn("ann.martin")
    )


def test_a_login_that_two_have_is_nobodys(branch, team):
    second = add_second(branch, "ann.martin", "Autre Ann")
    run = applied()
    assert logins_in(team) == {"bob.martin", "cid.martin"}
    assert faults(run) == {"login_shared", "member_shared"}
    branch.delete(second)
    assert faults(applied()) == set()
    assert logins_in(team) == {"ann.martin", "bob.martin", "cid.martin"}


def test_it_is_the_login_of_that_kind_of_server_whatever_one_signs_in_with(branch, team, settings):
    settings.LDAP = settings.LDAP | {"login_attribute": "mail"}
    applied()
    mail = "@morne-rivage.example"
    assert logins_in(team) == {f"{name}.martin{mail}" for name in NAMES[:3]}
    settings.LDAP = settings.LDAP | {"member_attribute": ["memberUid=mail"]}
    leave(branch, "team", *(f"{name}.martin" for name in NAMES[:3]))
    join(branch, "team", f"dee.martin{mail}", *(f"{name}.martin{mail}" for name in NAMES[:3]))
    settings.SYNC_LIMITS = settings.SYNC_LIMITS | {"group": Limit(10, 100)}
    applied()
    assert logins_in(team) == {f"{name}.martin{mail}" for name in NAMES}


def test_what_the_documentation_shows_is_read(branch, settings):
    page = (ROOT / "docs" / "directories" / "openldap.md").read_text()
    [ldif] = re.findall(r"^```ldif\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    records = LDIFRecordList(io.BytesIO(ldif.replace("dc=example,dc=org", branch.base).encode()))
    records.parse()
    for dn, attributes in records.all_records:
        branch.add(dn, **attributes)
    [given] = re.findall(r"^MARIGOT_LDAP_MEMBER_ATTRIBUTE=(.+)$", page, re.MULTILINE)
    environment = Environment({"MARIGOT_LDAP_MEMBER_ATTRIBUTE": given})
    settings.LDAP = branch.django | {"member_attribute": environment["LDAP_MEMBER_ATTRIBUTE"]}
    run = applied()
    listed = {
        group.name: set(group.members.values_list("person__display_name", flat=True))
        for group in DirGroup.objects.all()
    }
    assert listed == {
        "accounting": {"Alicia Baptiste"},
        "budget": {"Alicia Baptiste", "Jean Rosine"},
    }
    assert run.diff["members_elsewhere"] == [{"name": "left.long.ago", "via": ["budget"]}]


# What is doubted


def test_a_group_that_loses_most_is_held_and_a_small_loss_is_not(branch, team):
    leave(branch, "team", "ann.martin")
    applied()
    join(branch, "team", "ann.martin", "dee.martin")
    applied()
    branch.modify(branch.group_dn("team"), memberUid=[])
    run = sync()
    assert [hold["code"] for hold in run.hold_reasons] == ["group_halved"]
    assert team.memberships.count() == 4
    sync(approves=run, actor=approver())
    assert team.memberships.count() == 0


def test_a_group_without_members_is_empty_where_the_server_says_so(branch, team):
    add_posix_group(branch, "small", "dee.martin")
    add_posix_group(branch, "empty")
    applied()
    branch.modify(branch.group_dn("small"), memberUid=[])
    run = applied()
    assert faults(run) == set()
    assert kept_here()["small"] == kept_here()["empty"] == set()


@pytest.mark.parametrize("everywhere", [False, True], ids=["one", "all"])
def test_logins_that_are_hidden_are_not_absent(branch, team, hide, everywhere):
    add_posix_group(branch, "small", "dee.martin")
    applied()
    dn = branch.groups if everywhere else branch.group_dn("small")
    hide(dn, attribute="memberUid", below=everywhere)
    leave(branch, "team", "bob.martin")
    run = sync()
    assert [hold["code"] for hold in run.hold_reasons] == ["members_hidden"]
    assert faults(run) == {"members_hidden"}
    assert len(kept_here()["small"]) == 1
    assert team.memberships.count() == (3 if everywhere else 2)


def test_who_hides_the_login_stays_where_they_were(branch, team, hide, settings):
    settings.LDAP = settings.LDAP | {"people_filter": "(objectClass=inetOrgPerson)"}
    hide(branch.person_dn("ann.martin"), attribute="uid")
    assert faults(applied()) == {"login_missing"}
    assert logins_in(team) == {f"{name}.martin" for name in NAMES[:3]}


# Followed as it is written


def test_who_joins_and_leaves_is_followed_alone(branch, team, watcher):
    leave(branch, "team", "bob.martin")
    join(branch, "team", "DEE.martin", "nobody.here")
    counts = by_parts(watcher)
    assert (counts["memberships_removed"], counts["memberships_added"]) == (1, 1)
    assert logins_in(team) == {"ann.martin", "cid.martin", "dee.martin"}
    assert nothing_is_left()


@pytest.mark.parametrize("listed_first", [False, True])
def test_who_is_new_is_followed_alone(branch, team, watcher, listed_first):
    if listed_first:
        join(branch, "team", "EVE.martin")
        follow(watcher)
    branch.add_person("eve.martin")
    if not listed_first:
        join(branch, "team", "EVE.martin")
    assert by_parts(watcher)["people_created"] == 1
    assert team.memberships.filter(user__username="eve.martin").exists()
    assert nothing_is_left()


def test_who_is_deleted_and_the_next_of_that_login(branch, team, watcher):
    """The server does not tidy up: who has the login then is in the group."""
    old = user("ann.martin")
    branch.delete(branch.person_dn("ann.martin"))
    assert by_parts(watcher)["people_absent"] == 1
    assert logins_in(team) == {"bob.martin", "cid.martin"}
    branch.add_person("ann.martin")
    follow(watcher)
    new = Person.objects.get(external_id=branch.identifier(branch.person_dn("ann.martin"))).user
    assert new.pk != old.pk
    assert set(team.memberships.values_list("user", flat=True)) >= {new.pk}
    assert not team.memberships.filter(user=old).exists()
    branch.modify(branch.person_dn("ann.martin"), title="Agent")
    join(branch, "team", "dee.martin")
    assert by_parts(watcher)["memberships_added"] == 1
    assert nothing_is_left()


def test_another_login_is_followed(branch, team, watcher):
    branch.rename(branch.person_dn("ann.martin"), "uid=anna.martin")
    follow(watcher)
    assert logins_in(team) == {"bob.martin", "cid.martin"}
    branch.rename(branch.person_dn("dee.martin"), "uid=ann.martin")
    follow(watcher)
    assert logins_in(team) == {"ann.martin", "bob.martin", "cid.martin"}
    assert nothing_is_left()


def test_a_second_entry_with_a_login_is_followed(branch, team, watcher):
    second = add_second(branch, "ann.martin", "Autre Ann")
    assert faults(in_whole(watcher)) == {"login_shared", "member_shared"}
    assert logins_in(team) == {"bob.martin", "cid.martin"}
    leave(branch, "team", "bob.martin")
    follow(watcher)
    assert logins_in(team) == {"cid.martin"}
    branch.rename(second, "uid=anne.martin")
    follow(watcher)
    assert logins_in(team) == {"ann.martin", "cid.martin"}
    assert nothing_is_left()


def test_a_second_entry_that_is_nobody_here_counts_too(branch, team, watcher, hide):
    second = add_second(branch, "dee.martin", "Autre Dee")
    hide(second, attribute=branch.server.dialect.schema.id_attribute)
    follow(watcher)
    join(branch, "team", "dee.martin")
    follow(watcher)
    assert logins_in(team) == {"ann.martin", "bob.martin", "cid.martin"}


def test_a_large_loss_is_left_to_a_whole_reading_and_held(branch, team, watcher):
    branch.modify(branch.group_dn("team"), memberUid=[])
    assert in_whole(watcher).state == SyncRun.State.HELD
    assert team.memberships.count() == 3


def test_logins_that_are_hidden_as_it_is_followed(branch, team, watcher, hide):
    hide(branch.group_dn("team"), attribute="memberUid")
    branch.modify(branch.group_dn("team"), description="La nôtre")
    follow(watcher)
    assert team.memberships.count() == 3


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_history_by_chance_is_what_the_server_says(branch, team, watcher, settings, seed):
    settings.SYNC_LIMITS = dict.fromkeys(settings.SYNC_LIMITS, Limit(1000, 100))
    history = LoginHistory(branch, seed)
    follow(watcher)
    whole = parts = 0
    for _ in range(20):
        for _ in range(history.chance.choice([1, 2, 3])):
            history.step()
        for run in follow(watcher):
            whole, parts = whole + run.is_whole, parts + (not run.is_whole)
        assert kept_here() == told_by_the_server(branch)
        assert nothing_is_left()
    assert parts


# Signing in


def test_who_signs_in_for_the_first_time_is_where_the_groups_list_them(branch, team, rf):
    branch.add_person("eve.martin")
    join(branch, "team", "Eve.MARTIN")
    request = rf.post("/")
    assert authenticate(request, username="eve.martin", password=PASSWORD) == user("eve.martin")
    assert team.memberships.filter(user__username="eve.martin").exists()
    assert nothing_is_left()


def test_whose_login_another_has_gains_nothing_by_signing_in(branch, team, rf, settings):
    settings.LDAP = settings.LDAP | {"login_attribute": "mail"}
    second = add_second(branch, "cid.martin", "Autre Cid")
    branch.modify(second, mail="other@morne-rivage.example")
    request = rf.post("/")
    assert authenticate(request, username="other@morne-rivage.example", password=PASSWORD)
    assert not team.memberships.filter(user__username__startswith="other").exists()
