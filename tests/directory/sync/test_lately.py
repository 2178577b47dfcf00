"""What goes one by one within the hour counts together."""

from __future__ import annotations

import pytest

from config.embedded.organisation.entries import person_dn
from directory.models import DirGroup, JournalEntry, SyncRun
from directory.sync.limits import Limit
from directory.sync.rules import add_rule
from tests.directory.factories import make_group

from .test_engine import approver, sync
from .test_valves import MEMBERS, close, codes, count_closed, hours_go_by

pytestmark = pytest.mark.django_db


def test_many_who_go_one_by_one_are_many(organisation):
    for person in MEMBERS[40:45]:
        organisation.delete(person_dn(person))
        assert sync().state == SyncRun.State.APPLIED
    organisation.delete(person_dn(MEMBERS[45]))
    held = sync()
    assert (codes(held), held.hold_reasons[0]["earlier"]) == (["people_absent"], 5)
    assert count_closed() == 6
    organisation.add_person("zoe.nouvelle")
    assert sync().digest == held.digest
    assert JournalEntry.objects.filter(action="sync.held").count() == 1
    sync(actor=approver(), approves=held)
    assert count_closed() == 7
    organisation.delete(person_dn(MEMBERS[46]))
    assert sync().state == SyncRun.State.APPLIED  # somebody has looked at those before


def test_what_is_held_is_told_once_although_a_limit_moves(organisation):
    people = MEMBERS[20:26]
    organisation.add_group("choir", *map(person_dn, people))
    sync()
    group = DirGroup.objects.get(name="choir")
    add_rule(actor=None, dir_group=group, access_group=make_group("choir"))
    organisation.leave("choir", *map(person_dn, people[:4]))
    held = sync()
    organisation.join("choir", person_dn(MEMBERS[30]))
    again = sync()
    assert again.digest == held.digest
    assert again.hold_reasons[0]["limit"] == held.hold_reasons[0]["limit"]
    organisation.add_person("zoe.nouvelle")
    again = sync()
    assert again.hold_reasons[0]["limit"] == held.hold_reasons[0]["limit"] + 1
    assert JournalEntry.objects.filter(action="sync.held").count() == 1


def test_what_is_held_is_not_believed_because_time_goes_by(organisation):
    for person in MEMBERS[40:46]:
        organisation.delete(person_dn(person))
        held = sync()
    hours_go_by()
    assert sync().digest == held.digest
    assert count_closed() == 6


def test_few_a_day_are_believed(organisation):
    for person in MEMBERS[40:48]:
        organisation.delete(person_dn(person))
        assert sync().state == SyncRun.State.APPLIED
        hours_go_by()


def test_a_group_that_is_emptied_one_by_one_is_held(organisation):
    people = MEMBERS[20:26]
    organisation.add_group("choir", *map(person_dn, people))
    sync()
    choir = make_group("choir")
    add_rule(actor=None, dir_group=DirGroup.objects.get(name="choir"), access_group=choir)
    for person in people[:3]:
        organisation.leave("choir", person_dn(person))
        assert sync().state == SyncRun.State.APPLIED
    organisation.leave("choir", person_dn(people[3]))
    assert codes(sync()) == ["group_halved"]
    assert choir.memberships.count() == 3


def test_fields_closings_and_openings_one_by_one_are_held(organisation, settings):
    few = Limit(2, 0)
    settings.SYNC_LIMITS = settings.SYNC_LIMITS | dict.fromkeys(
        ("changed", "closed", "reopened"), few
    )
    for person in MEMBERS[40:43]:
        organisation.modify(person_dn(person), "title", "Vigie")
        titles = sync()
    assert codes(titles) == ["field_changed"]
    sync(actor=approver(), approves=titles)
    for person in MEMBERS[40:43]:
        close(organisation, person_dn(person))
        closings = sync()
    assert codes(closings) == ["people_disabled"]
    sync(actor=approver(), approves=closings)
    for person in MEMBERS[40:43]:
        organisation.modify(person_dn(person), "pwdAccountLockedTime")
        openings = sync()
    assert codes(openings) == ["people_reactivated"]
