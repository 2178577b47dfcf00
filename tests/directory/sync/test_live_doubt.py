"""Following what is written does what a reading of everything would do, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import ldap
import pytest

from config.embedded.organisation import READER_DN
from directory.ldap import position
from directory.ldap.connection import Connection
from directory.ldap.errors import DirectoryError
from directory.models import DirGroup, Membership, Person, SyncRun
from directory.sync import engine, feed, live
from directory.sync.limits import Limit
from directory.sync.lock import Busy
from directory.sync.rules import add_rule
from tests.directory.factories import make_group
from tests.directory.servers import branch, directory_server
from tests.servers.branch import Branch

from .histories import Upheaval, kept_here, told_by_the_server
from .test_doubt import PASSWORDS, READABLE
from .test_each_server import sync, team, user
from .test_engine import approver
from .test_live import add_second, follow, nothing_is_left, wait_until_listed, watcher

__all__ = ["branch", "directory_server", "team", "watcher"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

Hide = Callable[..., None]
HIDING = pytest.mark.parametrize("directory_server", ["openldap", "389ds"], indirect=True)
"""The servers where an access rule can be written over LDAP in a line."""


@pytest.fixture
def hide(branch: Branch) -> Iterator[Hide]:
    """Hide an attribute of entries, or these wholly, from the reading account; writes none."""
    server, rules = branch.server, []

    def write() -> None:
        if server.dialect.schema.name == "openldap":
            numbered = [f"{{{place + 1}}}{rule}" for place, rule in enumerate(rules)]
            server.configure("olcAccess", PASSWORDS, *numbered, READABLE)
            return
        with server.admin() as connection:
            [(_, found)] = connection.search_s(server.suffix, ldap.SCOPE_BASE, attrlist=["aci"])
            kept = [value for value in found["aci"] if b"hidden" not in value]
            new = [*kept, *(rule.encode() for rule in rules)]
            connection.modify_s(server.suffix, [(ldap.MOD_REPLACE, "aci", new)])

    def hide(*dns: str, attribute: str = "*", below: bool = False) -> None:
        for dn in dns:
            if server.dialect.schema.name == "openldap":
                what = f' attrs="{attribute}"' if attribute != "*" else ""
                scope = "subtree" if below else "exact"
                rules.append(
                    f'to dn.{scope}="{dn}"{what} by dn.exact="{READER_DN}" none by * break'
                )
            else:
                rules.append(
                    f'(target="ldap:///{dn}")(targetattr="{attribute}")(version 3.0; acl "hidden";'
                    f'deny (all) userdn="ldap:///{server.reader_dn}";)'
                )
        write()

    yield hide
    rules.clear()
    write()


# What is hidden


@HIDING
def test_who_is_shown_without_an_identifier_is_not_taken_for_gone(branch, team, watcher, hide):
    ann = branch.person_dn("ann.martin")
    hide(ann, attribute=branch.server.dialect.schema.id_attribute)
    branch.modify(branch.person_dn("bob.martin"), title="Agent")
    follow(watcher)
    assert user("ann.martin").is_active
    assert team.memberships.count() == 3


@HIDING
def test_a_field_of_which_a_part_is_hidden_stays(branch, watcher, hide):
    ann = branch.person_dn("ann.martin")
    branch.modify(ann, telephoneNumber="0590 1", mobile="0690 1")
    follow(watcher)
    sync()
    hide(branch.people, attribute="telephoneNumber", below=True)
    branch.modify(ann, title="Adjointe")
    follow(watcher)
    assert Person.objects.get(user__username="ann.martin").phone == "0590 1"


@HIDING
def test_a_group_that_hides_its_members_takes_nothing_from_who_is_renamed(
    branch, team, watcher, hide
):
    ann, naming = user("ann.martin"), branch.server.dialect.naming
    hide(branch.group_dn("team"), attribute="member")
    branch.rename(branch.person_dn("ann.martin"), f"{naming}=anna")
    follow(watcher)
    assert team.memberships.filter(user=ann).exists()


@HIDING
def test_many_who_are_hidden_and_one_of_them_leaves_a_group(branch, team, watcher, hide):
    many = [branch.add_person(f"many.{number}") for number in range(8)]
    branch.join("team", *many)
    follow(watcher)
    hide(*many)
    branch.leave("team", many[0])
    follow(watcher)
    assert team.memberships.count() == 11
    assert user("many.0").is_active


def test_nothing_is_believed_while_what_is_always_there_is_hidden(branch, team, watcher, settings):
    canary = branch.add_person("canary.bird")
    settings.LDAP = settings.LDAP | {"canary_dn": canary}
    watcher.close()
    sync()
    follow(watcher)
    branch.delete(canary)
    branch.leave("team", branch.person_dn("bob.martin"))
    for _ in range(3):
        with pytest.raises(DirectoryError):
            watcher.step()
    assert team.memberships.count() == 3
    assert user("canary.bird").is_active


# What is written nowhere


def test_a_directory_that_changes_without_end(branch, watcher, monkeypatch):
    monkeypatch.setattr(live, "_LONGEST_SECONDS", 0)
    monkeypatch.setattr(live, "_QUIET_SECONDS", 3600)
    branch.join("other", branch.add_person("eve.martin"))
    follow(watcher)
    branch.delete(branch.person_dn("eve.martin"))
    for number in range(8):
        branch.modify(branch.person_dn("ann.martin"), title=f"Agent {number}")
        run = watcher.step()
        assert run is None or not run.is_whole
    assert not user("eve.martin").is_active


def test_who_was_closed_and_is_deleted_then(branch, team, watcher):
    eve = branch.add_person("eve.martin")
    branch.join("team", eve)
    follow(watcher)
    branch.disable(eve)
    follow(watcher)
    branch.delete(eve)
    follow(watcher)
    assert not team.memberships.filter(user__username="eve.martin").exists()
    assert nothing_is_left()


def test_who_was_deleted_gains_nothing_until_that_is_found(branch, team, watcher):
    branch.add_group("below", branch.person_dn("dee.martin"), branch.add_person("eve.martin"))
    follow(watcher)
    branch.delete(branch.person_dn("eve.martin"))
    branch.join("team", branch.group_dn("below"))
    for _ in range(3):
        watcher.step()
        assert not team.memberships.filter(user__username="eve.martin").exists()
    assert team.memberships.filter(user__username="dee.martin").exists()
    assert nothing_is_left()


def test_a_login_that_is_free_again(branch, team, watcher):
    dn = add_second(branch, "dee.martin", "Autre Dee")
    follow(watcher)
    branch.disable(branch.person_dn("dee.martin"))
    follow(watcher)
    assert user("dee.martin").person.external_id == branch.identifier(dn)
    assert nothing_is_left()


def test_a_reading_of_everything_that_another_process_hinders(branch, watcher, monkeypatch):
    """It is made at the next step, whoever else may have read meanwhile."""
    branch.join("other", branch.add_person("eve.martin"))
    follow(watcher)
    SyncRun.objects.filter(is_whole=True).update(counts={"entry_faults": 1})
    branch.delete(branch.person_dn("eve.martin"))
    synchronise, hindered = engine.synchronise, []

    def busy(**given):
        if not hindered:
            hindered.append(given)
            raise Busy
        return synchronise(**given)

    monkeypatch.setattr(feed.engine, "synchronise", busy)
    follow(watcher)
    follow(watcher)
    assert hindered
    assert not user("eve.martin").is_active


def test_a_server_that_is_lost_before_all_who_are_there_were_compared(branch, watcher):
    branch.join("other", branch.add_person("eve.martin"))
    follow(watcher)
    branch.delete(branch.person_dn("eve.martin"))
    branch.modify(branch.person_dn("ann.martin"), title="Agent")
    watcher.step()
    assert user("eve.martin").is_active
    watcher.close()
    follow(watcher)
    assert not user("eve.martin").is_active


# What changes while it is asked for


@pytest.fixture
def meanwhile(monkeypatch) -> Callable[[str, Callable[[], None]], None]:
    """Do something once, right before a question whose filter has some text is asked."""
    search_paged, waiting = Connection.search_paged, []

    def asked(self, filterstr, attrlist):
        if waiting and waiting[0][0] in filterstr and self.config.schema.id_attribute in attrlist:
            waiting.pop()[1]()
        return search_paged(self, filterstr, attrlist)

    monkeypatch.setattr(Connection, "search_paged", asked)
    return lambda text, what: waiting.append((text, what))


def test_a_place_that_is_renamed_at_that_moment(branch, team, watcher, meanwhile):
    """A group lists what is in it by the new name, and was written for another reason."""
    place = f"ou=inside,{branch.groups}"
    branch.add(place, objectClass="organizationalUnit")
    deep = dict(branch.server.dialect.group("deep")) | {"member": branch.person_dn("dee.martin")}
    branch.add(f"cn=deep,{place}", **deep)
    branch.join("team", f"cn=deep,{place}")
    follow(watcher)
    assert team.memberships.count() == 4

    def rename() -> None:
        branch.rename(place, "ou=within")
        wait_until_listed(branch, "team", f"cn=deep,ou=within,{branch.groups}".partition(",dc=")[0])

    branch.join("team", branch.add_person("eve.martin"))
    meanwhile(branch.server.dialect.schema.group_filter, rename)
    for _ in range(4):
        watcher.step()
        assert team.memberships.filter(user__username="dee.martin").exists()
    assert team.memberships.count() == 5
    assert nothing_is_left()


# By chance


def memberships() -> set[tuple[int, object]]:
    return set(Membership.objects.values_list("access_group", "user__person__external_id"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_loses_or_gains_for_a_moment_whatever_is_renamed(
    branch, watcher, team, settings, seed
):
    settings.SYNC_LIMITS = dict.fromkeys(settings.SYNC_LIMITS, Limit(1000, 100))
    upheaval = Upheaval(branch, seed)
    follow(watcher)
    for group in DirGroup.objects.filter(name__startswith="g")[:2]:
        add_rule(actor=None, dir_group=group, access_group=make_group(group.name))
    for _ in range(12):
        before, seen = memberships(), []
        for _ in range(upheaval.chance.choice([1, 2, 4])):
            upheaval.step()
        for _ in range(5):
            run = watcher.step()
            if run is not None and run.state == SyncRun.State.HELD:
                sync(approves=run, actor=approver())
            seen.append(memberships())
        assert kept_here() == told_by_the_server(branch)
        assert nothing_is_left()
        assert all(before & seen[-1] <= now <= before | seen[-1] for now in seen)


# What it costs


def test_a_directory_that_hides_how_far_it_is_is_not_read_without_end(branch, watcher, monkeypatch):
    monkeypatch.setattr(live, "_QUIET_SECONDS", 3600)
    branch.modify(branch.person_dn("ann.martin"), title="Agent")
    watcher.step()
    monkeypatch.setattr(position, "current", lambda connection: "")
    runs = [watcher.step() for _ in range(5)]
    assert len([run for run in runs if run is not None]) <= 1


def test_following_leaves_no_connection_behind(branch, watcher):
    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = 0
    for number in range(6):
        branch.modify(branch.person_dn("ann.martin"), title=f"Agent {number}")
        if number % 2:
            branch.modify(branch.person_dn("ann.martin"), title=[])
        follow(watcher)
        before = before or opened()
    assert opened() <= before
