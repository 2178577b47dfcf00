"""Following a real directory server."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import is_password_usable, make_password
from django.db import connection

from config.demo.organisation import load as load_organisation
from config.embedded.organisation import DEMO_LOGINS, DISABLED_LOGIN, SERVICES, staff
from config.embedded.organisation.entries import PEOPLE_DN, group_dn, person_dn
from directory import access, journal
from directory.access import Level
from directory.actions.memberships import add_member
from directory.ldap.names import key
from directory.models import (
    AccessGroup,
    DirGroup,
    JournalEntry,
    Membership,
    Person,
    Role,
    Service,
    SyncRun,
    User,
)
from directory.sync import engine
from directory.sync.rules import add_rules
from tests.directory.factories import make_group

pytestmark = pytest.mark.django_db

BY_LOGIN = {person.login: person for person in staff()}


def sync(**options) -> SyncRun:
    return engine.synchronise(trigger=SyncRun.Trigger.COMMAND, **options)


def dn_of(login: str) -> str:
    return person_dn(BY_LOGIN[login])


def user(login: str) -> User:
    return User.objects.get(username=login)


def approver() -> User:
    """Return somebody who may approve what is held, named by hand where nobody may."""
    group = AccessGroup.objects.get(role=Role.IT_ADMIN)
    if (found := User.objects.filter(groups=group.group, is_active=True).first()) is None:
        found = User.objects.create_user("approver")
        add_member(actor=None, access_group=group, user=found)
    return found


def level(login: str, slug: str) -> Level | None:
    scope = Service.objects.get(slug=slug).scope
    return access.levels(user(login), [scope]).get(scope.pk)


def rows() -> dict[str, list]:
    """Everything that a sync may write, but for its own record."""
    return {
        "people": list(Person.objects.order_by("pk").values()),
        "users": list(User.objects.order_by("pk").values()),
        "groups": list(DirGroup.objects.order_by("pk").values()),
        "memberships": list(Membership.objects.order_by("pk").values()),
        "django": list(User.groups.through.objects.order_by("pk").values()),
        "journal": list(JournalEntry.objects.order_by("pk").values_list("pk", flat=True)),
    }


# The first reading


def test_the_first_reading_brings_everybody_in(organisation):
    assert Person.objects.count() == User.objects.count() == 150
    assert User.objects.filter(is_active=False).get().username == DISABLED_LOGIN
    assert Service.objects.count() == len(SERVICES)
    assert DirGroup.objects.count() == 3 * len(SERVICES) + 5
    first = SyncRun.objects.get()
    assert first.state == SyncRun.State.APPLIED
    assert first.counts["people_created"] == 150
    assert JournalEntry.objects.filter(action="person.imported").count() == 150
    assert list(journal.verify()) == []
    # Nobody signs in with a password of Marigot's; a session's proof is of what stands there.
    passwords = list(User.objects.values_list("password", flat=True))
    assert not any(map(is_password_usable, passwords))
    assert {len(password) for password in passwords} == {len(make_password(None))}
    assert len(set(passwords)) == 150


def test_people_are_known_by_the_immutable_identifier(organisation):
    for login in ("maryse.lubin", "marcus.thorne"):
        person = Person.objects.get(user__username=login)
        assert person.external_id == organisation.identifier(dn_of(login))
        assert person.title == BY_LOGIN[login].title


def test_roles_come_through_nested_groups(organisation):
    assert level("maryse.lubin", "finances") == Level.MANAGE
    assert level("kevin.placide", "finances") == Level.CONTRIBUTE
    assert level("alicia.baptiste", "finances") == Level.READ
    # The head of the directorate is head of its services; their people are of the directorate.
    assert level("patrick.delaunay", "finances") == Level.MANAGE
    assert level("alicia.baptiste", "ressources") == Level.READ
    assert level("alicia.baptiste", "etat-civil") is None
    assert level("leila.grandisson", "communication") == Level.CONTRIBUTE
    assert level("leila.grandisson", "ecoles") == Level.READ


def test_the_way_through_the_groups_is_kept(organisation):
    membership = Membership.objects.get(
        user__username="kevin.placide",
        access_group__service__slug="ressources",
        access_group__role=Role.MEMBER,
    )
    assert membership.via == ["ressources-members", "finances-members", "finances-contributors"]
    reason = access.explain(user("kevin.placide"), Service.objects.get(slug="ressources").scope)
    assert reason.reasons[0].via == tuple(membership.via)


def test_the_contractor_sees_one_service_and_nothing_of_the_site(organisation):
    planning = Service.objects.get(slug="urbanisme")
    own = sorted([planning.scope_id, planning.public_scope_id])
    assert access.visible_scopes(user("marcus.thorne")) == own


def test_it_admins_administer_and_everybody_reads_the_site(organisation):
    assert access.is_it_admin(user("shanice.alexander"))
    assert not access.is_it_admin(user("maryse.lubin"))
    everyone = AccessGroup.objects.get(role=Role.EVERYONE)
    assert everyone.memberships.count() == 149


def test_the_logins_of_the_demo_are_as_described(organisation):
    for login in DEMO_LOGINS:
        if login.role in ("member", "contributor", "head"):
            expected = {"member": 1, "contributor": 2, "head": 3}[login.role]
            assert level(login.login, login.service) == expected, login
    assert access.is_it_admin(user("shanice.alexander"))
    assert not user(DISABLED_LOGIN).is_active


def test_rules_are_added_together_or_not_at_all(organisation):
    people = [person_dn(person) for person in staff()[:2]]
    for name in ("choir", "club"):
        organisation.add_group(name, *people)
    sync()
    choir, club = (DirGroup.objects.get(name=name) for name in ("choir", "club"))
    singers, players = make_group("singers"), make_group("players")
    source = choir.source
    with pytest.raises(ValueError, match="must be saved"):
        add_rules(actor=None, source=source, pairs=[(choir, singers), (club, AccessGroup())])
    assert not singers.memberships.exists()
    last = journal.last_sequence()
    add_rules(actor=None, source=source, pairs=[(choir, singers), (club, players)])
    assert (singers.memberships.count(), players.memberships.count()) == (2, 2)
    told = JournalEntry.objects.filter(sequence__gt=last).order_by("sequence")
    assert [entry.action for entry in told] == ["rule.added"] * 2 + ["membership.added"] * 2


def test_loading_the_organisation_again_changes_nothing(organisation):
    before = rows()
    load_organisation()
    assert rows() == before


# Following


def test_a_reading_without_news_writes_its_record_alone(organisation):
    before = rows()
    run = sync()
    assert (run.state, run.counts, run.diff) == (SyncRun.State.UNCHANGED, {}, {})
    assert rows() == before


def test_a_dry_run_tells_and_writes_nothing(organisation):
    organisation.add_person("zoe.nouvelle")
    before = rows()
    run = sync(dry_run=True)
    assert run.state == SyncRun.State.DRY_RUN
    assert run.diff["people_created"] == [{"name": "Zoe Nouvelle", "login": "zoe.nouvelle"}]
    assert rows() == before


def test_login_name_and_place_may_change_the_person_stays(organisation):
    before = Person.objects.get(user__username="alicia.baptiste")
    organisation.rename(dn_of("alicia.baptiste"), "uid=alicia.joseph", f"ou=externals,{PEOPLE_DN}")
    dn = f"uid=alicia.joseph,ou=externals,{PEOPLE_DN}"
    organisation.modify(dn, "sn", "Joseph")
    organisation.modify(dn, "displayName", "Alicia Joseph")
    run = sync()
    assert run.state == SyncRun.State.APPLIED
    assert run.counts == {"people_updated": 1}
    after = Person.objects.get(pk=before.pk)
    assert (after.user.username, after.display_name) == ("alicia.joseph", "Alicia Joseph")
    assert after.user_id == before.user_id
    assert Person.objects.count() == 150
    assert level("alicia.joseph", "finances") == Level.READ


def test_an_account_disabled_in_the_directory_is_closed_and_opened_again(organisation):
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", "000001010000Z")
    assert sync().counts == {"people_disabled": 1}
    closed = user("alicia.baptiste")
    assert not closed.is_active
    assert closed.person.disabled_at is not None
    assert access.visible_scopes(closed) == []
    entry = JournalEntry.objects.get(action="person.deactivated", object_id=str(closed.pk))
    assert entry.payload == {"why": "disabled"}
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime")
    assert sync().counts == {"people_reactivated": 1}
    assert level("alicia.baptiste", "finances") == Level.READ


def test_somebody_removed_is_closed_and_kept(organisation):
    person = Person.objects.get(user__username="alicia.baptiste")
    organisation.delete(dn_of("alicia.baptiste"))
    run = sync()
    assert run.counts["people_absent"] == 1
    person.refresh_from_db()
    assert not person.user.is_active
    assert not person.user.memberships.exists()
    assert not person.user.groups.exists()
    assert sync().state == SyncRun.State.UNCHANGED


def test_leaving_a_group_takes_the_right_away(organisation):
    organisation.leave("finances-contributors", dn_of("kevin.placide"))
    organisation.join("finances-members", dn_of("kevin.placide"))
    sync()
    assert level("kevin.placide", "finances") == Level.READ
    [entry] = JournalEntry.objects.filter(
        action="membership.removed", object_id=str(user("kevin.placide").pk)
    )
    contributors = AccessGroup.objects.get(service__slug="finances", role=Role.CONTRIBUTOR)
    assert entry.payload == {"access_groups": [contributors.pk], "origin": "directory"}


def test_what_was_given_by_hand_is_left_alone(organisation):
    schools = AccessGroup.objects.get(service__slug="ecoles", role=Role.MEMBER)
    tony = user("tony.williams")
    add_member(actor=None, access_group=schools, user=tony)
    organisation.join("ecoles-members", dn_of("tony.williams"))
    sync()
    organisation.leave("ecoles-members", dn_of("tony.williams"))
    sync()
    assert list(tony.memberships.filter(access_group=schools).values_list("origin", flat=True)) == [
        "manual"
    ]
    assert level("tony.williams", "ecoles") == Level.READ


def test_a_group_within_a_group_within_itself_ends(organisation):
    one = organisation.add_group("circle-one", dn_of("tony.williams"))
    two = organisation.add_group("circle-two", one)
    three = organisation.add_group("circle-three", two, group_dn("circle-three"))
    organisation.join("circle-one", three)
    organisation.join("finances-members", two)
    assert sync().state == SyncRun.State.APPLIED
    membership = Membership.objects.get(
        user__username="tony.williams", access_group__service__slug="finances"
    )
    assert membership.via == ["finances-members", "circle-two", "circle-one"]
    assert sync().state == SyncRun.State.UNCHANGED


def test_a_renamed_group_keeps_its_rule(organisation):
    group = DirGroup.objects.get(name="urbanisme-externals")
    organisation.rename(group.dn, "cn=planning-externals")
    sync()
    group.refresh_from_db()
    assert group.name == "planning-externals"
    assert level("marcus.thorne", "urbanisme") == Level.READ
    membership = Membership.objects.get(user__username="marcus.thorne")
    assert membership.via == ["planning-externals"]


def test_a_group_that_no_rule_names_goes_with_the_directorys(organisation):
    organisation.delete(group_dn("vpn-users"))
    assert sync().counts["groups_gone"] == 1
    assert not DirGroup.objects.filter(name="vpn-users").exists()


# Logins


def test_two_people_may_exchange_their_logins(organisation):
    alicia, kevin = user("alicia.baptiste"), user("kevin.placide")
    organisation.rename(dn_of("alicia.baptiste"), "uid=in.between")
    organisation.rename(dn_of("kevin.placide"), "uid=alicia.baptiste")
    organisation.rename(f"uid=in.between,{PEOPLE_DN}", "uid=kevin.placide")
    assert sync().state == SyncRun.State.APPLIED
    alicia.refresh_from_db()
    kevin.refresh_from_db()
    assert (alicia.username, kevin.username) == ("kevin.placide", "alicia.baptiste")
    assert sync().state == SyncRun.State.UNCHANGED


def test_somebody_new_gets_the_login_of_somebody_gone(organisation):
    gone = user("alicia.baptiste")
    organisation.delete(dn_of("alicia.baptiste"))
    organisation.add_person("alicia.baptiste")
    sync()
    gone.refresh_from_db()
    assert gone.username == f"alicia.baptiste~{gone.pk}"
    new = user("alicia.baptiste")
    assert new.pk != gone.pk
    assert not new.memberships.exists()
    assert sync().state == SyncRun.State.UNCHANGED


def test_a_local_account_keeps_its_login(organisation):
    rescue = User.objects.create_superuser("rescue", "", "a-long-Password-for-bad-days")
    dn = organisation.add_person("rescue")
    sync()
    assert Person.objects.get(external_id=organisation.identifier(dn)).user != rescue
    rescue.refresh_from_db()
    assert (rescue.username, rescue.is_active) == ("rescue", True)
    assert sync().state == SyncRun.State.UNCHANGED


def test_two_entries_of_one_login_are_two_people(organisation):
    organisation.add_person("double.login", uid=["double.login", "alicia.baptiste"])
    twin = organisation.add_person("other.twin")
    organisation.rename(twin, "uid=double.login", f"ou=externals,{PEOPLE_DN}")
    assert sync().state == SyncRun.State.APPLIED
    assert User.objects.filter(username__startswith="double.login").count() == 2
    assert sync().state == SyncRun.State.UNCHANGED


# Questions to the database


def test_the_number_of_queries_does_not_grow_with_the_organisation(
    organisation, django_assert_max_num_queries
):
    # One of them asks what the reading before could not use, to tell only what is new, one what
    # was lost lately. The lock of PostgreSQL is taken and given back by two more.
    most = 19 if connection.vendor == "postgresql" else 17
    with django_assert_max_num_queries(most) as few:
        assert sync().state == SyncRun.State.UNCHANGED
    for number in range(5):
        dn = organisation.add_person(f"new.person{number}")
        organisation.add_group(f"new-group{number}", dn)
    sync()
    with django_assert_max_num_queries(len(few)):
        assert sync().state == SyncRun.State.UNCHANGED


def test_somebody_new_signs_in_before_any_reading_with_their_groups(organisation, client):
    dn = organisation.add_person("zoe.nouvelle")
    organisation.join("finances-contributors", dn)
    response = client.post(
        "/sign-in/", {"username": "zoe.nouvelle", "password": organisation.PASSWORD}
    )
    assert response.status_code == 302
    assert level("zoe.nouvelle", "finances") == Level.CONTRIBUTE
    assert level("zoe.nouvelle", "ressources") == Level.READ
    assert sync().state == SyncRun.State.UNCHANGED


def test_the_names_of_people_read_before_are_kept_without_a_word(organisation):
    """People of an installation that did not keep them yet."""
    alicia = Person.objects.get(user__username="alicia.baptiste")
    assert alicia.dn_key == key(dn_of("alicia.baptiste"))
    Person.objects.update(dn_key="")
    entries = JournalEntry.objects.filter(action__startswith="person.").count()
    assert sync().counts == {}
    alicia.refresh_from_db()
    assert alicia.dn_key == key(dn_of("alicia.baptiste"))
    assert JournalEntry.objects.filter(action__startswith="person.").count() == entries
    assert sync().state == SyncRun.State.UNCHANGED
