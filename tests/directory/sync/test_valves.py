"""What is too surprising waits for somebody, and nothing else waits with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config.embedded.organisation import READER_DN, staff
from config.embedded.organisation.entries import PEOPLE_DN, group_dn, person_dn
from directory import access
from directory.actions.memberships import add_member
from directory.models import (
    AccessGroup,
    DirGroup,
    GroupMember,
    GroupRule,
    JournalEntry,
    Membership,
    Person,
    Role,
    SyncRun,
    User,
)
from directory.sync import engine
from directory.sync.limits import Limit

from .test_doubt import narrow
from .test_engine import approver, dn_of, sync, user

pytestmark = pytest.mark.django_db

CLOSED = "000001010000Z"


def codes(run: SyncRun) -> list[str]:
    return [hold["code"] for hold in run.hold_reasons]


MEMBERS = [person for person in staff() if person.role == "member" and not person.external]


def remove_ten(organisation) -> None:
    organisation.delete(*(person_dn(person) for person in MEMBERS[40:50]))


def close(organisation, *people: str) -> None:
    for dn in people:
        organisation.modify(dn, "pwdAccountLockedTime", CLOSED)


def hours_go_by() -> None:
    SyncRun.objects.update(started_at=timezone.now() - timedelta(hours=2))


def count_closed() -> int:
    return User.objects.filter(is_active=False).count()


def test_what_is_not_doubted_is_written_beside_what_is_held(organisation):
    remove_ten(organisation)
    organisation.add_person("zoe.nouvelle")
    organisation.join("finances-contributors", dn_of("alicia.baptiste"))
    organisation.leave("finances-contributors", dn_of("kevin.placide"))
    close(organisation, person_dn(MEMBERS[60]))
    logins = [person.login for person in MEMBERS[40:50]]
    memberships = Membership.objects.filter(user__username__in=logins)
    before = memberships.count()
    held = sync()
    assert held.state == SyncRun.State.HELD
    assert codes(held)[0] == "people_absent"
    assert held.counts["people_absent"] == 10
    assert "people_created" not in held.counts
    assert held.beside["counts"]["people_created"] == 1
    assert held.beside["counts"]["people_disabled"] == 1
    assert user("zoe.nouvelle").is_active
    contributors = DirGroup.objects.get(name="finances-contributors")
    listed = set(contributors.members.values_list("person__user__username", flat=True))
    assert "alicia.baptiste" in listed
    assert "kevin.placide" not in listed
    assert count_closed() == 2
    assert memberships.count() == before
    applied = JournalEntry.objects.filter(action="sync.applied").latest("pk")
    assert applied.payload["counts"] == held.beside["counts"]


def test_what_comes_while_something_is_held_does_not_take_its_approval_away(organisation):
    remove_ten(organisation)
    held = sync()
    organisation.add_person("zoe.nouvelle")
    again = sync()
    assert (again.state, again.digest) == (SyncRun.State.HELD, held.digest)
    assert again.pk != held.pk
    assert JournalEntry.objects.filter(action="sync.held").count() == 1
    approved = sync(actor=approver(), approves=held)
    assert approved.state == SyncRun.State.APPLIED
    assert approved.approves == again
    assert count_closed() == 11
    assert sync().state == SyncRun.State.UNCHANGED
    with pytest.raises(engine.NotHeld):
        sync(actor=approver(), approves=held)


def test_a_small_group_that_loses_most_of_its_people_is_held(organisation):
    admins = AccessGroup.objects.get(role=Role.IT_ADMIN)
    size = admins.memberships.count()
    others = [p for p in staff() if not p.external][20:24]
    group = DirGroup.objects.get(rules__access_group=admins)
    organisation.join(group.name, *(person_dn(p) for p in others))
    sync()
    assert admins.memberships.count() == size + 4
    organisation.modify(group_dn(group.name), "member", person_dn(others[0]))
    organisation.leave("finances-contributors", dn_of("kevin.placide"))
    held = sync()
    assert codes(held) == ["group_halved"]
    assert admins.memberships.count() == size + 4
    assert set(held.counts) == {"group_members_removed", "memberships_removed"}
    assert not GroupMember.objects.filter(
        group__name="finances-contributors", person__user__username="kevin.placide"
    ).exists()
    sync(actor=approver(), approves=held)
    assert admins.memberships.count() == 1


def test_the_last_head_is_not_lost_by_absence(organisation):
    head = user("maryse.lubin")
    heads = AccessGroup.objects.get(role=Role.HEAD, service__slug="finances")
    for name in DirGroup.objects.filter(rules__access_group=heads).values_list("name", flat=True):
        organisation.modify(group_dn(name), "member", dn_of("maryse.lubin"))
    sync()
    if heads.memberships.count() > 1:  # who leads the directorate is head of its services
        sync(actor=approver(), approves=SyncRun.objects.first())
    assert set(heads.memberships.values_list("user", flat=True)) == {head.pk}
    organisation.delete(dn_of("maryse.lubin"))
    held = sync()
    assert "last_one" in codes(held)
    head.refresh_from_db()
    assert head.is_active
    assert heads.memberships.filter(user=head).exists()
    add_member(actor=None, access_group=heads, user=user("kevin.placide"))  # somebody is head now
    assert sync().state == SyncRun.State.APPLIED
    head.refresh_from_db()
    assert not head.is_active


def test_accounts_closed_by_a_wrong_setting_are_held(organisation, settings):
    settings.LDAP = settings.LDAP | {"disabled": "objectClass=*"}
    organisation.add_person("zoe.nouvelle")
    held = sync()
    assert codes(held) == ["people_disabled"]
    assert held.counts == {"people_disabled": 149}
    assert count_closed() == 2  # one before, and who is new: of them it was said from the start
    settings.LDAP = settings.LDAP | {"disabled": ""}
    assert sync().state == SyncRun.State.APPLIED
    assert count_closed() == 1


def test_one_account_reopened_is_believed_where_others_show_that_they_are_closed(organisation):
    close(organisation, dn_of("alicia.baptiste"))
    sync()
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime")
    assert sync().state == SyncRun.State.APPLIED
    assert user("alicia.baptiste").is_active


def test_nobody_opens_again_because_the_mark_is_hidden(organisation):
    assert count_closed() == 1
    narrow(organisation, f'to attrs=pwdAccountLockedTime by dn.exact="{READER_DN}" none')
    held = sync()
    assert codes(held) == ["status_hidden"]
    assert held.hold_reasons[0]["name"] == "pwdAccountLockedTime"
    assert sync().pk == held.pk  # and it stays so
    assert count_closed() == 1
    narrow(organisation)
    assert sync().state == SyncRun.State.UNCHANGED


def test_a_field_that_nobody_is_shown_with_any_more_is_unknown(organisation):
    titles = dict(Person.objects.values_list("pk", "title"))
    assert any(titles.values())
    narrow(organisation, f'to attrs=title by dn.exact="{READER_DN}" none')
    organisation.modify(dn_of("alicia.baptiste"), "telephoneNumber", "+596 596 00 00 00")
    held = sync()
    assert codes(held) == ["field_hidden"]
    assert held.hold_reasons[0]["name"] == "title"
    assert dict(Person.objects.values_list("pk", "title")) == titles
    assert user("alicia.baptiste").person.phone == "+596 596 00 00 00"
    assert sync().hold_reasons == held.hold_reasons
    narrow(organisation)
    assert sync().state == SyncRun.State.UNCHANGED


def test_what_is_held_no_more_is_told_in_the_journal(organisation):
    narrow(organisation, f'to attrs=title by dn.exact="{READER_DN}" none')
    sync()
    assert not JournalEntry.objects.filter(action="sync.released").exists()
    narrow(organisation)
    sync()
    assert JournalEntry.objects.filter(action="sync.released").count() == 1
    sync()
    assert JournalEntry.objects.filter(action="sync.released").count() == 1


def test_a_field_changed_for_many_waits_and_can_be_approved(organisation, settings):
    settings.SYNC_LIMITS = settings.SYNC_LIMITS | {"changed": Limit(3, 0)}
    for person in staff()[60:64]:
        organisation.modify(person_dn(person), "title", "Vigie")
    held = sync()
    assert codes(held) == ["field_changed"]
    assert not Person.objects.filter(title="Vigie").exists()
    organisation.modify(person_dn(staff()[63]), "title", "Vigile")
    assert sync(actor=approver(), approves=held).state == SyncRun.State.HELD
    sync(actor=approver(), approves=SyncRun.objects.first())
    assert Person.objects.filter(title__startswith="Vigi").count() == 4


def test_logins_that_change_for_many_wait_and_can_be_approved(organisation, settings):
    settings.SYNC_LIMITS = settings.SYNC_LIMITS | {"changed": Limit(3, 0)}
    people = MEMBERS[60:64]
    accounts = [user(person.login).pk for person in people]
    for person in people:
        organisation.rename(person_dn(person), f"uid=new.{person.login}")
    organisation.add_person(people[0].login)  # who waits for the login, too
    organisation.modify(dn_of("tony.williams"), "title", "Vigie")
    held = sync()
    assert codes(held) == ["field_changed"]
    assert held.hold_reasons[0]["name"] == "login"
    assert (held.counts["people_updated"], held.beside["counts"]["people_updated"]) == (4, 1)
    assert {item["old_login"] for item in held.diff["people_updated"]} == {
        person.login for person in people
    }
    assert [user(person.login).pk for person in people] == accounts
    newcomer = User.objects.get(username__startswith=f"{people[0].login}~")
    assert sync().digest == held.digest
    approved = sync(actor=approver(), approves=held)
    assert approved.state == SyncRun.State.APPLIED
    assert [user(f"new.{person.login}").pk for person in people] == accounts
    assert user(people[0].login) == newcomer
    assert sync().state == SyncRun.State.UNCHANGED


def test_a_few_logins_change_by_themselves(organisation, settings):
    settings.SYNC_LIMITS = settings.SYNC_LIMITS | {"changed": Limit(3, 0)}
    account = user("kevin.placide").pk
    organisation.rename(dn_of("kevin.placide"), "uid=k.placide")
    for number in range(5):
        organisation.add_person(f"new.{number}")
    assert sync().state == SyncRun.State.APPLIED
    assert user("k.placide").pk == account


def test_the_limits_are_settings(organisation, settings):
    settings.SYNC_LIMITS = settings.SYNC_LIMITS | {
        "absent": Limit(20, 0),
        "removed": Limit(200, 0),
        "group": Limit(20, 0),
    }
    remove_ten(organisation)
    assert sync().state == SyncRun.State.APPLIED
    assert count_closed() == 11


def test_who_is_held_keeps_the_right_and_the_console_says_why(organisation, client):
    remove_ten(organisation)
    organisation.add_person("zoe.nouvelle")
    held = sync()
    client.force_login(user("shanice.alexander"))
    page = client.get(f"/access/directory/runs/{held.pk}/").content.decode()
    assert "Zoe Nouvelle" in page
    assert f'action="/access/directory/runs/{held.pk}/approve/"' in page
    assert access.is_it_admin(user("shanice.alexander"))


def only_by_hand(organisation, *logins: str) -> AccessGroup:
    """Have `logins` alone administer access, who were named by hand."""
    admins = AccessGroup.objects.get(role=Role.IT_ADMIN)
    GroupRule.objects.filter(access_group=admins).delete()
    admins.memberships.all().delete()
    for login in logins:
        add_member(actor=None, access_group=admins, user=user(login))
    return admins


def test_the_last_who_were_named_by_hand_are_not_lost_by_absence_either(organisation):
    only_by_hand(organisation, "alicia.baptiste", "kevin.placide")
    organisation.delete(dn_of("kevin.placide"))
    assert sync().state == SyncRun.State.APPLIED  # one is left
    organisation.delete(dn_of("alicia.baptiste"))
    organisation.add_person("zoe.nouvelle")
    held = sync()
    assert "last_one" in codes(held)
    assert user("alicia.baptiste").is_active
    assert user("zoe.nouvelle").is_active
    assert sync(actor=approver(), approves=held).state == SyncRun.State.APPLIED
    assert not user("alicia.baptiste").is_active


def test_all_who_are_left_missing_at_once_are_held(organisation):
    only_by_hand(organisation, "alicia.baptiste", "kevin.placide")
    organisation.delete(dn_of("kevin.placide"), dn_of("alicia.baptiste"))
    assert "last_one" in codes(sync())
    assert user("alicia.baptiste").is_active
    assert user("kevin.placide").is_active


def test_who_is_named_by_hand_and_missing_keeps_nobody_elses_place(organisation):
    admins = AccessGroup.objects.get(role=Role.IT_ADMIN)
    group = DirGroup.objects.get(rules__access_group=admins).name
    add_member(actor=None, access_group=admins, user=user("alicia.baptiste"))
    one = dn_of("kevin.placide")
    organisation.modify(group_dn(group), "member", one)
    sync()
    hours_go_by()
    organisation.delete(one, dn_of("alicia.baptiste"))
    assert "last_one" in codes(sync())
    assert user("kevin.placide").is_active
    assert access.is_it_admin(user("kevin.placide"))


def test_who_stays_by_hand_may_leave_the_group_of_the_directory(organisation):
    admins = AccessGroup.objects.get(role=Role.IT_ADMIN)
    group = DirGroup.objects.get(rules__access_group=admins).name
    organisation.modify(group_dn(group), "member", dn_of("kevin.placide"))
    sync()
    hours_go_by()
    add_member(actor=None, access_group=admins, user=user("kevin.placide"))
    organisation.modify(group_dn(group), "member", person_dn(staff()[0]))
    close(organisation, person_dn(staff()[0]))
    assert sync().state == SyncRun.State.APPLIED
    assert access.is_it_admin(user("kevin.placide"))


def test_somebody_new_whose_account_is_closed_takes_nobodys_place(organisation):
    admins = AccessGroup.objects.get(role=Role.IT_ADMIN)
    group = DirGroup.objects.get(rules__access_group=admins).name
    organisation.modify(group_dn(group), "member", dn_of("kevin.placide"))
    sync()
    hours_go_by()
    zoe = organisation.add_person("zoe.nouvelle")
    close(organisation, zoe)
    organisation.modify(group_dn(group), "member", zoe)
    assert "last_one" in codes(sync())
    assert access.is_it_admin(user("kevin.placide"))


def test_a_directory_filled_anew_takes_nobodys_login_while_it_is_held(organisation):
    people = MEMBERS[40:50]
    before = {person.login: user(person.login).pk for person in people}
    organisation.delete(*map(person_dn, people))
    for person in people:
        organisation.add_person(person.login)
    held = sync()
    assert codes(held)[0] == "people_absent"
    assert {login: user(login).pk for login in before} == before
    assert count_closed() == 1
    assert held.counts["entry_faults"] == 10
    assert sync().digest == held.digest
    sync(actor=approver(), approves=held)
    assert count_closed() == 11
    assert not {user(login).pk for login in before} & set(before.values())
    assert sync().state == SyncRun.State.UNCHANGED


def test_an_entry_that_cannot_be_read_loses_its_login_to_nobody(organisation):
    account = user("kevin.placide").pk
    narrow(
        organisation,
        f'to dn.exact="{dn_of("kevin.placide")}" attrs=entryUUID by dn.exact="{READER_DN}" none',
    )
    organisation.add(
        f"cn=another,{PEOPLE_DN}",
        objectClass="inetOrgPerson",
        cn="another",
        sn="Another",
        uid="kevin.placide",
    )
    sync()
    assert user("kevin.placide").pk == account
