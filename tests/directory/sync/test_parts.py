"""A large reading is written in several transactions, the first of which takes away."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from config.embedded.organisation.entries import PEOPLE_DN, group_dn
from directory import journal
from directory.actions import people
from directory.models import AccessGroup, JournalEntry, Membership, Person, Role, SyncRun, User
from directory.sync import applying, engine

from .test_engine import approver, dn_of, rows, sync, user
from .test_valves import remove_ten

pytestmark = pytest.mark.django_db

NEW = [f"new.{number:02}" for number in range(25)]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(autouse=True)
def in_small_parts(monkeypatch):
    monkeypatch.setattr(applying, "LARGE", -1)
    monkeypatch.setattr(applying, "_PEOPLE_AT_ONCE", 10)
    monkeypatch.setattr(applying, "_MEMBERS_AT_ONCE", 7)


@pytest.fixture
def changed(organisation):
    """The organisation with as many new people, some of whom a ruled group lists, and losses."""
    for login in NEW:
        organisation.add_person(login)
    organisation.join("finances-members", *(f"uid={login},{PEOPLE_DN}" for login in NEW[:13]))
    organisation.leave("finances-contributors", dn_of("kevin.placide"))
    organisation.modify(dn_of("tony.williams"), "title", "Something else")
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", "000001010000Z")
    return organisation


def die_at(monkeypatch, name: str, call: int, error: BaseException) -> None:
    """Have the call of `people.<name>` with that number raise `error`."""
    plain, calls = getattr(people, name), []

    def counted(**given):
        calls.append(given)
        if len(calls) == call:
            raise error
        return plain(**given)

    monkeypatch.setattr(people, name, counted)


def newest() -> SyncRun:
    return SyncRun.objects.latest("pk")


def actions(run: SyncRun) -> list[str]:
    since = JournalEntry.objects.filter(at__gte=run.started_at).order_by("sequence")
    return list(since.values_list("action", flat=True))


def test_it_comes_to_the_same_and_takes_away_first(changed):
    run = sync()
    assert run.state == SyncRun.State.APPLIED
    assert run.counts["people_created"] == len(NEW)
    assert run.counts["people_updated"] == 1
    assert run.counts["people_disabled"] == 1
    assert run.position
    assert sync().state == SyncRun.State.UNCHANGED
    assert SyncRun.objects.exclude(pk=run.pk).filter(pk__gt=run.pk - 1).count() == 1
    assert Membership.objects.filter(user__username__in=NEW).values("user").distinct().count() == 13
    told = actions(run)
    assert told.index("person.deactivated") < told.index("person.updated")
    assert max(i for i, name in enumerate(told) if name == "membership.removed") < told.index(
        "person.imported"
    )
    assert told[-1] == "sync.applied"
    # The entries of one transaction have one time: none brings more than a part.
    imported = JournalEntry.objects.filter(at__gte=run.started_at, action="person.imported")
    times = list(imported.values_list("at", flat=True))
    assert sorted(times.count(at) for at in set(times)) == [5, 10, 10]
    assert list(journal.verify()) == []


def test_after_a_kill_what_was_taken_away_is_gone_and_the_rest_comes(changed, monkeypatch):
    before = newest()
    die_at(monkeypatch, "import_people", 2, Killed())
    with pytest.raises(Killed):
        sync()
    monkeypatch.undo()
    assert not user("alicia.baptiste").is_active
    assert not user("kevin.placide").memberships.filter(access_group=contributors()).exists()
    assert User.objects.filter(username__in=NEW).count() == 10
    told = newest()
    assert told.pk != before.pk
    assert (told.state, told.position) == (SyncRun.State.APPLIED, "")
    assert told.counts.keys() == {"people_disabled", "memberships_removed"}
    assert told.losses["removed"] == told.counts["memberships_removed"]
    run = sync()
    assert run.state == SyncRun.State.APPLIED
    assert run.counts["people_created"] == len(NEW) - 10
    assert sync().state == SyncRun.State.UNCHANGED


def test_a_kill_before_anything_was_taken_away_leaves_no_record(organisation, monkeypatch):
    for login in NEW:
        organisation.add_person(login)
    before = newest()
    die_at(monkeypatch, "import_people", 2, Killed())
    with pytest.raises(Killed):
        sync()
    assert newest() == before
    assert Person.objects.filter(user__username__in=NEW).count() == 10


def test_what_cannot_be_written_ends_it_and_leaves_the_record_of_what_was(changed, monkeypatch):
    die_at(monkeypatch, "import_people", 2, IntegrityError("taken meanwhile"))
    failed = sync()
    assert (failed.state, failed.losses) == (SyncRun.State.FAILED, {})
    assert "taken meanwhile" in failed.error
    told = SyncRun.objects.exclude(pk=failed.pk).latest("pk")
    assert (told.state, told.position) == (SyncRun.State.APPLIED, "")
    assert told.counts["people_disabled"] == 1
    monkeypatch.undo()
    assert sync().state == SyncRun.State.APPLIED
    assert sync().state == SyncRun.State.UNCHANGED


def test_the_rest_of_a_reading_is_written_beside_what_is_held(changed):
    remove_ten(changed)
    run = sync()
    assert run.state == SyncRun.State.HELD
    assert run.counts["people_absent"] == 10
    assert run.beside["counts"]["people_created"] == len(NEW)
    assert User.objects.filter(username__in=NEW).count() == len(NEW)
    again = sync()
    assert (again.state, again.digest) == (SyncRun.State.HELD, run.digest)
    approved = sync(approves=again, actor=approver())
    assert approved.state == SyncRun.State.APPLIED
    assert approved.approved_by is not None
    assert sync().state == SyncRun.State.UNCHANGED


def test_who_may_not_approve_any_more_has_nothing_written(changed, monkeypatch):
    remove_ten(changed)
    held, somebody = sync(), approver()
    plain = engine._require_approver
    calls = []

    def twice(actor):
        calls.append(actor)
        if len(calls) == 2:  # the right was taken away while everything was read
            somebody.groups.clear()
        plain(actor)

    monkeypatch.setattr(engine, "_require_approver", twice)
    before = rows()["people"]
    with pytest.raises(engine.Http404):
        sync(approves=held, actor=somebody)
    assert rows()["people"] == before


def test_a_dry_run_writes_nothing(changed):
    before = rows()
    run = sync(dry_run=True)
    assert run.state == SyncRun.State.DRY_RUN
    assert run.counts["people_created"] == len(NEW)
    assert rows() == before


def contributors() -> AccessGroup:
    return AccessGroup.objects.get(service__slug="finances", role=Role.CONTRIBUTOR)


def test_groups_list_each_other_and_nobody_twice(organisation):
    organisation.add_group("outer", group_dn("finances-members"), dn_of("tony.williams"))
    assert sync().counts["group_members_added"] == 2
    assert sync().state == SyncRun.State.UNCHANGED
