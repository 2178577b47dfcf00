"""What is written to a directory is followed without reading everything, on each server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import ldap
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.ldap import changes as written
from directory.ldap.names import key
from directory.models import DirGroup, Membership, Person, SyncRun
from directory.sync import live
from directory.sync.feed import Watcher
from tests.directory.servers import branch, directory_server
from tests.servers.branch import PASSWORD, listed

from .histories import History, kept_here, told_by_the_server
from .test_each_server import sync, team, user
from .test_engine import approver

__all__ = ["branch", "directory_server", "team"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def watcher(branch, team, monkeypatch) -> Iterator[Watcher]:
    """Follows the directory, and settles at the step after each that found it moved."""
    monkeypatch.setattr(live, "_QUIET_SECONDS", 0)
    monkeypatch.setattr(live, "_REST", 0)
    watcher = Watcher()
    follow(watcher)
    SyncRun.objects.all().update(is_whole=True)
    yield watcher
    watcher.close()


def follow(watcher: Watcher) -> list[SyncRun]:
    """Step until nothing is new; return the runs."""
    runs = []
    for _ in range(3):
        if (run := watcher.step()) is not None:
            runs.append(run)
    return runs


def by_parts(watcher: Watcher) -> dict[str, int]:
    """Follow what is new, which must not take a reading of everything; return the counts."""
    runs = follow(watcher)
    assert not any(run.is_whole for run in runs)
    found: dict[str, int] = {}
    for run in runs:
        for name, number in run.counts.items():
            found[name] = found.get(name, 0) + number
    return found


def wait_until_listed(branch, group: str, rdn: str) -> None:
    """Wait until a group lists an entry by its new name, where the server sees to that."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with branch.server.admin() as server:
            [(_dn, entry)] = server.search_s(branch.group_dn(group), ldap.SCOPE_BASE)
        if any(value.decode().lower().startswith(f"{rdn.lower()},") for value in entry["member"]):
            return
        time.sleep(0.02)
    raise AssertionError(f"{group} does not list {rdn}")


def nothing_is_left() -> bool:
    """Tell whether a reading of everything finds nothing more to do."""
    run = sync()
    return run.state == SyncRun.State.UNCHANGED


def test_an_account_that_is_closed(branch, watcher):
    branch.disable(branch.person_dn("bob.martin"))
    assert by_parts(watcher) == {"people_disabled": 1}
    assert not user("bob.martin").is_active
    assert nothing_is_left()


def test_who_leaves_and_joins(branch, team, watcher):
    branch.leave("team", branch.person_dn("bob.martin"))
    branch.join("inner", branch.person_dn("dee.martin"))
    counts = by_parts(watcher)
    assert (counts["memberships_removed"], counts["memberships_added"]) == (1, 1)
    assert {m.user.username for m in team.memberships.all()} == {
        "ann.martin",
        "cid.martin",
        "dee.martin",
    }
    assert nothing_is_left()


def test_who_is_new(branch, team, watcher):
    branch.join("team", branch.add_person("eve.martin"))
    assert by_parts(watcher)["people_created"] == 1
    assert team.memberships.filter(user__username="eve.martin").exists()
    assert nothing_is_left()


def test_who_is_deleted_or_moved_away(branch, team, watcher):
    for login in ("eve", "fay"):
        branch.join("other", branch.add_person(f"{login}.martin"))
    by_parts(watcher)
    branch.delete(branch.person_dn("eve.martin"))
    assert by_parts(watcher)["people_absent"] == 1
    naming = branch.server.dialect.naming
    branch.rename(branch.person_dn("fay.martin"), f"{naming}=fay.martin", branch.server.suffix)
    try:
        assert by_parts(watcher)["people_absent"] == 1
        assert not user("fay.martin").is_active
        assert not user("eve.martin").is_active
        assert nothing_is_left()
    finally:
        branch.delete(f"{naming}=fay.martin,{branch.server.suffix}")


def test_whose_entry_has_another_name(branch, team, watcher):
    naming, ann = branch.server.dialect.naming, user("ann.martin")
    branch.rename(branch.person_dn("ann.martin"), f"{naming}=anna")
    assert watcher.step() is None, "groups may not have heard of the name yet"
    wait_until_listed(branch, "team", f"{naming}=anna")
    follow(watcher)
    assert team.memberships.filter(user=ann).exists()
    branch.modify(f"{naming}=anna,{branch.people}", title="Adjointe")
    branch.join("other", f"{naming}=anna,{branch.people}")
    follow(watcher)
    assert Person.objects.get(user=ann).title == "Adjointe"
    assert DirGroup.objects.get(name="other").members.filter(person__user=ann).exists()
    assert nothing_is_left()


def test_a_group_that_leads_elsewhere(branch, team, watcher):
    branch.leave("team", branch.group_dn("inner"))
    assert by_parts(watcher)["memberships_removed"] == 1
    branch.join("team", branch.group_dn("other"))
    assert by_parts(watcher)["memberships_added"] == 1
    branch.rename(branch.group_dn("other"), "cn=others")
    assert watcher.step() is None, "who lists it may not have heard of its name yet"
    wait_until_listed(branch, "team", "cn=others")
    follow(watcher)
    assert Membership.objects.get(user__username="dee.martin").via == ["team", "others"]
    assert nothing_is_left()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_history_by_chance_needs_no_reading_of_everything_but_where_it_says_so(
    branch, watcher, team, seed
):
    history = History(branch, seed)
    whole = parts = 0
    for _ in range(15):
        for _ in range(4):
            history.step()
        for run in follow(watcher):
            if run.state == SyncRun.State.HELD:
                sync(approves=run, actor=approver())
            whole += run.is_whole
            parts += not run.is_whole
        assert kept_here() == told_by_the_server(branch)
        assert nothing_is_left()
    assert parts > whole


# What only a reading of everything tells


def in_whole(watcher: Watcher) -> SyncRun:
    """Follow what is new, which takes one reading of everything; return it."""
    [run] = [run for run in follow(watcher) if run.is_whole]
    return run


def test_an_account_that_is_not_shown_closed_any_more_is_opened_by_a_whole_reading(branch, watcher):
    """The mark may be hidden: it takes a look at all others."""
    bob = branch.person_dn("bob.martin")
    branch.disable(bob)
    branch.disable(branch.person_dn("dee.martin"))
    by_parts(watcher)
    branch.enable(bob)
    assert in_whole(watcher).counts == {"people_reactivated": 1}
    assert user("bob.martin").is_active


def test_what_is_not_shown_any_more_is_asked_of_everybody(branch, watcher):
    branch.modify(branch.person_dn("ann.martin"), title="Adjointe")
    branch.modify(branch.person_dn("bob.martin"), title="Agent")
    by_parts(watcher)
    branch.modify(branch.person_dn("ann.martin"), title=[])
    assert in_whole(watcher).counts == {"people_updated": 1}
    assert Person.objects.get(user__username="ann.martin").title == ""


def test_a_large_loss_is_held_and_so_is_what_comes_after_it(branch, team, watcher):
    ann, bob, dee = (branch.person_dn(f"{name}.martin") for name in ("ann", "bob", "dee"))
    branch.join("team", dee)
    by_parts(watcher)
    branch.leave("team", ann, bob, branch.group_dn("inner"))
    assert in_whole(watcher).state == SyncRun.State.HELD
    branch.join("inner", ann)
    branch.disable(dee)
    assert in_whole(watcher).state == SyncRun.State.HELD
    assert team.memberships.count() == 4
    assert not user("dee.martin").is_active


def test_an_entry_that_cannot_be_used_is_told_once(branch, watcher):
    """Seen again at each comparison of who is there, it asks for nothing more."""
    login = branch.server.dialect.schema.login_attributes[0]
    if branch.server.dialect.names_are_of_the_server:
        pytest.skip("this server takes no such login")
    branch.add_person("eve.martin")
    branch.modify(branch.person_dn("eve.martin"), **{login: ["eve.martin", "\t"]})
    by_parts(watcher)
    branch.add(
        f"cn=fay,{branch.people}",
        **(dict(branch.server.dialect.person("fay.martin", "Fay", PASSWORD)) | {login: "\t"}),
    )
    assert in_whole(watcher).counts["entry_faults"] == 1
    branch.modify(branch.person_dn("ann.martin"), title="Agent")
    follow(watcher)  # somebody is there who is nobody here: it may be that it was not read yet
    branch.modify(branch.person_dn("ann.martin"), title="Adjointe")
    assert by_parts(watcher) == {"people_updated": 1}


def add_second(branch, login: str, name: str) -> str:
    """Add another entry with the login of somebody, where the server takes one; return its DN."""
    if branch.server.dialect.names_are_of_the_server:
        pytest.skip("a login is there once in this server")
    place = f"ou=elsewhere,{branch.base}"
    branch.add(place, objectClass="organizationalUnit")
    dn = f"{branch.server.dialect.naming}={login},{place}"
    branch.add(dn, **dict(branch.server.dialect.person(login, name, PASSWORD)))
    return dn


def test_a_second_entry_with_the_login_of_somebody_shuts_nobody_out(branch, team, watcher):
    add_second(branch, "ann.martin", "Autre Ann")
    assert in_whole(watcher).counts["people_created"] == 1
    ann = user("ann.martin")
    assert ann.is_active
    assert team.memberships.filter(user=ann).exists()
    assert ann.person.external_id == branch.identifier(branch.person_dn("ann.martin"))


def test_more_than_is_looked_at_one_by_one(branch, watcher, monkeypatch):
    monkeypatch.setattr(written, "MOST", 3)
    for number in range(5):
        branch.add_person(f"new.{number}")
    assert in_whole(watcher).counts == {"people_created": 5}


# Names


def test_an_entry_of_the_same_name_is_another_person(branch, team, watcher):
    branch.join("other", branch.add_person("eve.martin"))
    by_parts(watcher)
    eve = user("eve.martin")
    branch.delete(branch.person_dn("eve.martin"))
    follow(watcher)
    branch.add_person("eve.martin")
    follow(watcher)
    new = Person.objects.get(external_id=branch.identifier(branch.person_dn("eve.martin"))).user
    eve.refresh_from_db()
    assert new.pk != eve.pk
    assert not eve.is_active
    assert nothing_is_left()


def test_a_place_with_another_name_gives_all_in_it_others(branch, watcher):
    """None of these is written with it."""
    place, naming = f"ou=here,{branch.people}", branch.server.dialect.naming
    branch.add(place, objectClass="organizationalUnit")
    follow(watcher)
    eve = dict(branch.server.dialect.person("eve.martin", "Eve", PASSWORD))
    branch.add(f"{naming}=eve.martin,{place}", **eve)
    by_parts(watcher)
    branch.rename(place, "ou=there")
    in_whole(watcher)
    moved = f"{naming}=eve.martin,ou=there,{branch.people}"
    assert user("eve.martin").person.dn_key == key(moved)
    branch.join("team", moved)
    assert by_parts(watcher)["group_members_added"] == 1
    assert nothing_is_left()


def test_a_member_listed_before_it_is_there(branch, team, watcher):
    """Where the server lets a group list a name that nobody has."""
    try:
        branch.join("team", branch.person_dn("eve.martin"))
    except ldap.NO_SUCH_OBJECT:
        pytest.skip("this server takes no such member")
    follow(watcher)
    branch.add_person("eve.martin")
    follow(watcher)
    assert team.memberships.filter(user__username="eve.martin").exists()
    assert nothing_is_left()


def test_a_large_group_costs_as_many_queries_as_a_small_one(branch, watcher):
    people = [f"many.{number:03}" for number in range(250)]
    with branch.server.admin() as server:
        for login in people:
            entry = dict(branch.server.dialect.person(login, login.title(), PASSWORD))
            server.add_s(branch.person_dn(login), listed(entry))
    branch.add_group("everybody", *map(branch.person_dn, people))
    follow(watcher)
    numbers = []
    for group, login in (("inner", "ann.martin"), ("everybody", "dee.martin")):
        branch.join(group, branch.person_dn(login))
        with CaptureQueriesContext(connection) as asked:
            assert by_parts(watcher) == {"group_members_added": 1}
        numbers.append(len(asked))
    assert numbers[1] <= numbers[0]
    assert DirGroup.objects.get(name="everybody").members.count() == 251
    assert nothing_is_left()
