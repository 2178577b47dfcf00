"""What is held of the directory is a notice for IT administrators, for as long as it is held."""

from __future__ import annotations

import pytest
from django.utils import timezone

from directory import consumers, events, journal
from directory.actions.memberships import add_member
from directory.models import AccessGroup, JournalEntry, Membership, Role, SyncRun
from directory.sync import config
from intranet.notices.consumer import NoticeMaker
from intranet.notices.models import Notice, NoticeKind
from tests.directory.factories import make_person, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    person = make_person("shanice", service=make_service("it"))
    add_member(actor=None, access_group=AccessGroup.objects.get(role=Role.IT_ADMIN), user=person)
    everyone = AccessGroup.objects.get(role=Role.EVERYONE)
    if not Membership.objects.filter(user=person, access_group=everyone).exists():
        add_member(actor=None, access_group=everyone, user=person)
    return person


def tell(event) -> SyncRun:
    now = timezone.now()
    run = SyncRun.objects.create(
        source=config.source(), trigger="command", state="held", started_at=now, finished_at=now
    )
    with journal.transaction():
        payload = None if event is events.SYNC_RELEASED else {"counts": {}}
        journal.append(event, obj=run, actor=None, payload=payload)
    consumers.drain("notices")
    return run


def shown(person) -> list[Notice]:
    return list(Notice.objects.for_person(person).filter(kind=NoticeKind.DIRECTORY))


def test_a_hold_is_told_to_it_administrators_alone(admin):
    other = make_person("alicia", service=make_service("schools"))
    run = tell(events.SYNC_HELD)
    (notice,) = shown(admin)
    assert notice.url == f"/access/directory/runs/{run.pk}/"
    assert notice.title_fr != notice.title_en
    assert shown(other) == []


@pytest.mark.parametrize("event", [events.SYNC_APPROVED, events.SYNC_RELEASED])
def test_the_notice_goes_when_nothing_is_held_any_more(admin, event):
    tell(events.SYNC_HELD)
    tell(event)
    assert shown(admin) == []


def test_what_is_held_anew_takes_the_place_of_what_was(admin):
    tell(events.SYNC_HELD)
    run = tell(events.SYNC_HELD)
    assert [notice.url for notice in shown(admin)] == [f"/access/directory/runs/{run.pk}/"]


def test_entries_that_are_read_again_change_nothing(admin):
    for event in (events.SYNC_HELD, events.SYNC_RELEASED, events.SYNC_HELD):
        tell(event)
    before = shown(admin)
    NoticeMaker().handle(list(JournalEntry.objects.filter(action__startswith="sync.")))
    assert shown(admin) == before
    assert len(before) == 1
