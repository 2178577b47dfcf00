"""What holds of OpenLDAP, Active Directory (Samba) and 389 Directory Server alike."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import authenticate

from config.embedded.certificates import certificates_in
from directory import signing_in
from directory.ldap.names import key
from directory.models import DirGroup, Membership, Person, SyncRun, User
from directory.signing_in import NotLetIn, Why
from directory.sync import engine, feed
from directory.sync.feed import Watcher
from directory.sync.rules import add_rule
from tests.directory.factories import make_group
from tests.directory.servers import branch, directory_server
from tests.servers.branch import IMPATIENCE, PASSWORD, Branch, listed

from .histories import History, kept_here, told_by_the_server
from .logins import add_posix_group
from .test_engine import approver

__all__ = ["branch", "directory_server"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


NAMES = ("ann", "bob", "cid", "dee")


def sync(**options) -> SyncRun:
    return engine.synchronise(trigger=SyncRun.Trigger.COMMAND, **options)


def applied() -> SyncRun:
    run = sync()
    assert run.state in (SyncRun.State.APPLIED, SyncRun.State.UNCHANGED), (run.error, run.counts)
    return run


def user(login: str) -> User:
    return User.objects.get(username=login)


def logins_in(group) -> set[str]:
    return set(group.memberships.values_list("user__username", flat=True))


@pytest.fixture
def team(branch: Branch):
    """Four people, of whom two are in `team` and one in `inner`, which is in `team`."""
    ann, bob, cid, dee = (branch.add_person(f"{name}.martin") for name in NAMES)
    branch.add_group("inner", cid)
    branch.add_group("team", ann, bob, branch.group_dn("inner"))
    branch.add_group("other", dee)
    applied()
    group = make_group("team")
    add_rule(actor=None, dir_group=DirGroup.objects.get(name="team"), access_group=group)
    assert logins_in(group) == {"ann.martin", "bob.martin", "cid.martin"}
    return group


def test_people_and_groups_are_read_over_both_ways_of_tls(branch, settings):
    dn = branch.add_person(
        "zoe.ile",
        displayName="Zoé Île",
        title="Chargée d’études",
        telephoneNumber="+590590875004",
    )
    branch.add_group("études", dn)
    for way in (
        {},
        {"url": branch.server.tls_url, "start_tls": False},
    ):
        settings.LDAP = branch.django | way
        applied()
        person = Person.objects.get(user__username="zoe.ile")
        assert person.external_id == branch.identifier(dn)
        assert (person.display_name, person.title) == ("Zoé Île", "Chargée d’études")
        assert (person.phone, person.mail[:4]) == ("+590590875004", "zoe.")
        assert DirGroup.objects.get().members.get().person == person


def test_fields_are_read_from_the_attributes_that_a_site_names(branch, settings):
    settings.LDAP = branch.django | {"attributes": "title=description phone=homePhone,mobile"}
    branch.add_person("ann.martin", description="Cheffe", title="Agent", mobile="0690 1")
    branch.add_person("bob.martin", homePhone="0590 2", mobile="0690 2")
    applied()
    ann, bob = (user(f"{name}.martin").person for name in ("ann", "bob"))
    assert (ann.title, ann.phone) == ("Cheffe", "0690 1")
    assert (bob.title, bob.phone) == ("", "0590 2")


def test_members_are_read_by_their_logins_where_a_site_says_so(branch, settings, rf):
    settings.LDAP = branch.django | {"member_attribute": ["member", "memberUid"]}
    ann = branch.add_person("ann.martin")
    branch.add_person("bob.martin")
    if branch.server.dialect.schema.name == "ad":
        branch.add_group("team", ann)
        branch.modify(branch.group_dn("team"), memberUid=["BOB.martin", "cid.martin"])
    else:
        add_posix_group(branch, "team", "ann.martin", "BOB.martin", "cid.martin")
    applied()
    group = make_group("team")
    add_rule(actor=None, dir_group=DirGroup.objects.get(name="team"), access_group=group)
    assert logins_in(group) == {"ann.martin", "bob.martin"}
    branch.add_person("cid.martin")
    authenticate(rf.post("/"), username="cid.martin", password=PASSWORD)
    assert logins_in(group) == {"ann.martin", "bob.martin", "cid.martin"}


def test_a_certificate_of_another_authority_is_refused_over_both(branch, settings, tmp_path):
    other = str(certificates_in(tmp_path).authority)
    for way in ({}, {"url": branch.server.tls_url, "start_tls": False}):
        settings.LDAP = branch.django | way | {"ca_file": other}
        assert sync().state == SyncRun.State.FAILED
    assert not Person.objects.exists()


def test_members_are_known_however_their_names_are_spelled(branch, team):
    naming = branch.server.dialect.naming
    alias = {"cn": "commonName", "uid": "userid"}[naming.lower()]
    place = f"ou=Équipe d’été,{branch.people}"
    branch.add(place, objectClass="organizationalUnit")
    dn = f"{naming}=zoe.ile,{place}"
    branch.add(dn, **branch.server.dialect.person("zoe.ile", "Zoé Île", PASSWORD))
    spelled = unicodedata.normalize("NFD", dn).replace(" ", "  ").replace(",", ", ")
    spelled = spelled.replace(f"{naming}=", f"{alias}=", 1)
    if branch.server.dialect.has_links:
        spelled = dn.upper()
    branch.join("team", spelled)
    branch.join("inner", branch.person_dn("dee.martin").upper())
    applied()
    assert logins_in(team) == {f"{name}.martin" for name in NAMES} | {"zoe.ile"}


def test_who_leaves_or_joins_is_followed(branch, team):
    branch.leave("team", branch.person_dn("bob.martin"))
    branch.join("team", branch.person_dn("dee.martin"))
    branch.join("inner", branch.person_dn("bob.martin"))
    applied()
    assert logins_in(team) == {f"{name}.martin" for name in NAMES}
    branch.leave("team", branch.group_dn("inner"))
    applied()
    assert logins_in(team) == {"ann.martin", "dee.martin"}


def test_an_account_is_closed_and_opened_as_the_server_says(branch, team):
    dn = branch.person_dn("ann.martin")
    branch.disable(dn)
    branch.disable(branch.person_dn("bob.martin"))  # shows that the mark can be read
    applied()
    assert not user("ann.martin").is_active
    branch.enable(dn)
    applied()
    assert user("ann.martin").is_active


ACTIVE_DIRECTORY = pytest.mark.parametrize("directory_server", ["ad"], indirect=True)


@ACTIVE_DIRECTORY
@pytest.mark.parametrize(
    "own",
    [
        "CN=marigot,CN=Users,dc=morne-rivage,dc=example",
        "marigot@morne-rivage.example",
        "MORNE\\marigot",
    ],
    ids=["dn", "upn", "nt"],
)
def test_built_in_accounts_and_the_reading_account_are_no_people(branch, settings, own):
    branch.add_person("ann.martin")
    settings.LDAP = branch.django | {"base_dn": branch.server.suffix, "bind_dn": own}
    applied()
    logins = set(User.objects.filter(person__isnull=False).values_list("username", flat=True))
    assert "ann.martin" in logins
    assert not logins & {"administrator", "guest", "krbtgt", "marigot"}
    password = settings.LDAP["bind_password"]
    assert signing_in.check("marigot", password) is None


@ACTIVE_DIRECTORY
def test_an_account_whose_last_day_is_over_is_closed(branch, team):
    ann, bob = (branch.person_dn(f"{name}.martin") for name in ("ann", "bob"))
    branch.modify(ann, accountExpires=str(ticks(datetime.now() - timedelta(minutes=1))))
    branch.modify(bob, accountExpires=str(ticks(datetime.now() + timedelta(days=1))))
    applied()
    assert not user("ann.martin").is_active
    assert user("bob.martin").is_active
    branch.modify(ann, accountExpires="0")
    applied()
    assert user("ann.martin").is_active


@ACTIVE_DIRECTORY
def test_an_account_is_closed_when_its_last_day_ends_and_nothing_is_written(
    branch, team, monkeypatch
):
    ann, bob = (branch.person_dn(f"{name}.martin") for name in ("ann", "bob"))
    end = datetime.now() + timedelta(seconds=4)
    branch.modify(ann, accountExpires=str(ticks(end)))
    branch.modify(bob, accountExpires=str(ticks(end + timedelta(days=1))))
    applied()
    watcher = Watcher()
    try:
        quiet = time.monotonic() + 3
        while time.monotonic() < quiet:
            watcher.step()
            time.sleep(0.2)
        assert user("ann.martin").is_active
        time.sleep(max(0.0, (end - datetime.now()).total_seconds()) + 0.1)
        assert watcher.step() is None, "it is asked once a minute"
        monkeypatch.setattr(feed, "EXPIRIES_EVERY", timedelta(0))
        run = watcher.step()
        assert (run.is_whole, run.state) == (False, SyncRun.State.APPLIED)
        assert run.counts["people_disabled"] == 1
        assert not user("ann.martin").is_active
        assert user("bob.martin").is_active
        assert watcher.step() is None
        assert sync().state == SyncRun.State.UNCHANGED
    finally:
        watcher.close()


def ticks(moment: datetime) -> int:
    """Return a moment as Active Directory counts: tenths of microseconds since 1601."""
    return int(moment.timestamp() * 10**7) + 116_444_736_000_000_000


def test_a_renamed_or_moved_entry_is_the_same_one(branch, team):
    before = {p.user.username: p.pk for p in Person.objects.select_related("user")}
    elsewhere = f"ou=elsewhere,{branch.base}"
    branch.add(elsewhere, objectClass="organizationalUnit")
    naming = branch.server.dialect.naming
    branch.rename(branch.person_dn("ann.martin"), f"{naming}=anna", elsewhere)
    branch.rename(branch.group_dn("team"), "cn=crew")
    applied()
    assert Person.objects.count() == len(before)
    moved = f"{naming}=anna,{elsewhere}"
    found = Person.objects.get(external_id=branch.identifier(moved))
    assert found.pk == before["ann.martin"]
    assert found.dn_key == key(moved.upper())
    assert DirGroup.objects.filter(name="crew", gone_at=None).exists()
    assert team.memberships.count() == 3


def test_an_entry_of_the_same_name_is_another_person(branch, team):
    dn = branch.person_dn("bob.martin")
    old = user("bob.martin")
    branch.delete(dn)
    branch.add_person("bob.martin")
    applied()
    new = Person.objects.get(external_id=branch.identifier(dn)).user
    assert new.pk != old.pk
    old.refresh_from_db()
    assert not old.is_active
    assert not Membership.objects.filter(user=new).exists(), "the server forgets who was deleted"


def test_groups_in_a_ring_are_read(branch, team):
    branch.join("inner", branch.group_dn("team"))
    branch.join("inner", branch.person_dn("dee.martin"))
    applied()
    assert logins_in(team) == {f"{name}.martin" for name in NAMES}


def test_a_changed_password_is_seen(branch, team):
    before = Person.objects.get(user__username="ann.martin").password_mark
    branch.set_password(branch.person_dn("ann.martin"), "Autre-Bonjour-2027")
    applied()
    if sync().shows_passwords:
        assert Person.objects.get(user__username="ann.martin").password_mark != before


def test_who_signs_in_is_asked_of_the_server(branch, team, rf):
    request = rf.post("/")
    assert authenticate(request, username="ann.martin", password=PASSWORD) == user("ann.martin")
    assert authenticate(request, username="ann.martin", password="Bonjour-2025") is None
    branch.disable(branch.person_dn("ann.martin"))
    assert authenticate(request, username="ann.martin", password="Bonjour-2025") is None
    if branch.server.dialect.refuses_closed_accounts_unheard:
        assert authenticate(request, username="ann.martin", password=PASSWORD) is None
    else:
        with pytest.raises(NotLetIn) as told:
            authenticate(request, username="ann.martin", password=PASSWORD)
        assert told.value.why is Why.DISABLED


def signs_in(login: str) -> User | None:
    return signing_in.check(login, PASSWORD)


@ACTIVE_DIRECTORY
def test_a_login_of_active_directory_is_typed_in_three_ways(branch, team, settings):
    ann = user("ann.martin")
    for typed in (
        "ann.martin",
        "ann.martin@morne-rivage.example",
        "morne\\ann.martin",
        "morne-rivage.example\\ann.martin",
    ):
        assert signs_in(typed) == ann
    for typed in (
        "elsewhere\\ann.martin",
        "\\ann.martin",
        "morne\\",
        "morne\\ann.martin@morne-rivage.example",
        "morne\\*",
    ):
        assert signs_in(typed) is None
    settings.LDAP = settings.LDAP | {"logins": ["login"]}
    assert signs_in("ann.martin") == ann
    assert signs_in("ann.martin@morne-rivage.example") is None
    assert signs_in("morne\\ann.martin") is None


def test_the_address_of_the_mail_is_a_login_where_the_site_says_so(branch, team, settings):
    dn = branch.person_dn("ann.martin")
    branch.modify(dn, mail="Ann.Autrement@site.example")
    assert signs_in("ann.autrement@site.example") is None
    settings.LDAP = settings.LDAP | {"logins": ["login", "mail"]}
    assert signs_in("ann.autrement@site.example") == user("ann.martin")
    assert signs_in("ann.martin") == user("ann.martin")
    # Two people have it: nobody can tell who is meant.
    branch.modify(branch.person_dn("bob.martin"), mail="ann.autrement@site.example")
    assert signs_in("ann.autrement@site.example") is None
    settings.LDAP = settings.LDAP | {"logins": ["mail"]}
    assert signs_in("ann.martin") is None


def test_a_change_moves_the_position_and_is_followed(branch, team):
    watcher = Watcher()
    try:
        watcher.step()
        assert watcher.step() is None
        branch.disable(branch.person_dn("bob.martin"))
        run = watcher.step()
        assert (run.trigger, run.state) == (SyncRun.Trigger.CHANGE, SyncRun.State.APPLIED)
        assert not user("bob.martin").is_active
    finally:
        watcher.close()


@pytest.fixture
def frozen(directory_server, branch, settings) -> Iterator[None]:
    settings.LDAP = settings.LDAP | {"timeout": IMPATIENCE}
    directory_server.freeze()
    try:
        yield
    finally:
        directory_server.thaw()


def test_a_server_that_hangs_changes_nothing(branch, team, frozen):
    assert sync().state == SyncRun.State.FAILED
    assert team.memberships.count() == 3
    assert User.objects.filter(is_active=True).count() == 4


def test_more_than_a_page_and_more_than_a_range_are_read_whole(branch):
    """AD gives 1,500 members at a time, every server a thousand entries a page."""
    people = [f"many.{number:04}" for number in range(1, 1511)]
    with branch.server.admin() as connection:
        for login in people:
            entry = dict(branch.server.dialect.person(login, login.title(), PASSWORD))
            connection.add_s(branch.person_dn(login), listed(entry))
    branch.add_group("everybody", *(branch.person_dn(login) for login in people))
    applied()
    assert Person.objects.count() == len(people)
    assert DirGroup.objects.get().members.count() == len(people)


# A history of changes by chance


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_history_by_chance_ends_equal_to_an_independent_reading(branch, seed):
    history = History(branch, seed)
    for _ in range(12):
        for _ in range(8):
            history.step()
        if sync().state == SyncRun.State.HELD:
            sync(approves=SyncRun.objects.latest("pk"), actor=approver())
        assert kept_here() == told_by_the_server(branch)
