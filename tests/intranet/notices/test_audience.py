"""For whom a notice is: both directions of the question agree, each in one query."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from directory.access import Level
from directory.models import AccessScope, Role, User
from intranet.notices.actions import (
    keep_unread,
    mark_all_read,
    mark_read,
    undo_mark_all_read,
    withdraw_notice,
)
from intranet.notices.models import AudienceKind, Notice, NoticeAudience
from intranet.notices.querysets import reach, state_of
from tests.directory.factories import give, make_group, make_person, make_scope, make_service

from .factories import make_notice, to_person, to_readers, to_service

pytestmark = pytest.mark.django_db


def unread(person: User) -> int:
    return state_of(person).unread


def test_each_kind_of_audience():
    finance, schools = make_service("finance"), make_service("schools")
    zoe = make_person("zoe.finance", service=finance)
    ivo = make_person("ivo.schools", service=schools, role=Role.HEAD)
    group = make_group("drivers", ivo)
    site = AccessScope.site()
    by_audience = {
        "readers": (to_readers(), {zoe, ivo}),
        "everyone": ([NoticeAudience(kind=AudienceKind.EVERYONE)], {zoe, ivo}),
        "service": (to_service(schools), {ivo}),
        "group": ([NoticeAudience(kind=AudienceKind.ACCESS_GROUP, ref=group.pk)], {ivo}),
        "person": (to_person(zoe), {zoe}),
        "both": (to_person(zoe) + to_service(schools), {zoe, ivo}),
    }
    for name, (audiences, expected) in by_audience.items():
        notice = make_notice(name, scope=site, audiences=audiences)
        assert set(reach(scope=site, audiences=notice.audiences.all())) == expected, name
        for person in (zoe, ivo):
            shown = Notice.objects.for_person(person).filter(pk=notice.pk).exists()
            assert shown == (person in expected), (name, person)


def test_to_be_named_does_not_open_the_scope():
    finance = make_service("finance")
    ivo = make_person("ivo.schools")
    notice = make_notice(scope=finance.scope, audiences=to_person(ivo) + to_service(finance))
    assert not Notice.objects.for_person(ivo).exists()
    assert list(reach(scope=finance.scope, audiences=notice.audiences.all())) == []
    assert unread(ivo) == 0


def test_nobody_at_all():
    make_notice()
    stranger = make_person("sam.stranger", outsider=True)
    gone = make_person("gil.gone", active=False)
    for person in (stranger, gone, AnonymousUser()):
        assert list(Notice.objects.for_person(person)) == []
        assert state_of(person).unread == 0


def test_both_directions_agree_over_a_random_organisation():
    chance = random.Random(11)
    services = [make_service(f"s{number}") for number in range(3)]
    people = [
        make_person(
            f"p{number}.x",
            service=chance.choice([None, *services]),
            role=chance.choice([Role.MEMBER, Role.CONTRIBUTOR, Role.HEAD]),
            outsider=chance.random() < 0.2,
            active=chance.random() < 0.9,
        )
        for number in range(14)
    ]
    groups = [make_group(f"g{n}", *chance.sample(people, 4)) for n in range(2)]
    scopes = [AccessScope.site(), *(s.scope for s in services)]
    scopes += [services[0].public_scope, make_scope("inner", parent=scopes[1], inherits=True)]
    for _ in range(10):
        to = chance.choice([*people, *groups])
        give(to, chance.choice(list(Level)), chance.choice(scopes))
    refs = {
        AudienceKind.SERVICE: [s.pk for s in services],
        AudienceKind.ACCESS_GROUP: [g.pk for g in groups],
        AudienceKind.PERSON: [p.pk for p in people],
    }
    for number in range(40):
        kinds = chance.sample(list(AudienceKind), chance.choice([1, 2]))
        audiences = [
            NoticeAudience(kind=kind, ref=chance.choice(refs[kind]) if kind in refs else None)
            for kind in kinds
        ]
        notice = make_notice(str(number), scope=chance.choice(scopes), audiences=audiences)
        reached = set(reach(scope=notice.scope, audiences=notice.audiences.all()))
        shown = {p for p in people if Notice.objects.for_person(p).filter(pk=notice.pk).exists()}
        assert reached == shown, kinds
        assert reached <= {p for p in people if p.is_active}


def test_withdrawn_and_over_notices_are_gone(time_passes):
    zoe = make_person("zoe.finance")
    withdrawn, short, lasting = make_notice(), make_notice(), make_notice("lasting")
    Notice.objects.filter(pk=short.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    withdraw_notice(actor=None, notice=withdrawn)
    assert set(Notice.objects.for_person(zoe)) == {short, lasting}
    time_passes(hours=2)
    assert list(Notice.objects.for_person(zoe)) == [lasting]
    assert unread(zoe) == 1


@pytest.fixture
def time_passes(monkeypatch):
    def pass_by(**amount):
        later = timezone.now() + timedelta(**amount)
        monkeypatch.setattr(timezone, "now", lambda: later)

    return pass_by


def test_what_is_read_and_what_is_not():
    zoe = make_person("zoe.finance")
    first, second, third = make_notice("1"), make_notice("2"), make_notice("3")
    assert unread(zoe) == 3
    mark_read(actor=zoe, notice=second)
    mark_read(actor=zoe, notice=second)
    assert list(Notice.objects.unread_by(zoe)) == [third, first]
    keep_unread(actor=zoe, notice=second)
    assert unread(zoe) == 3
    # What was published after the page was drawn stays unread.
    earlier = mark_all_read(actor=zoe, up_to=second.sequence)
    assert list(Notice.objects.unread_by(zoe)) == [third]
    keep_unread(actor=zoe, notice=first)
    assert list(Notice.objects.unread_by(zoe)) == [third, first]
    mark_read(actor=zoe, notice=first)
    undo_mark_all_read(actor=zoe, earlier=earlier)
    assert list(Notice.objects.unread_by(zoe)) == [third, second]


def test_undo_takes_no_position_that_was_never_there():
    zoe = make_person("zoe.finance")
    notice = make_notice()
    undo_mark_all_read(actor=zoe, earlier=10**9)
    assert list(Notice.objects.unread_by(zoe)) == [notice]
    mark_all_read(actor=zoe, up_to=10**9)
    assert unread(zoe) == 0
    make_notice("after")
    assert unread(zoe) == 1


def test_reading_is_each_persons_own():
    zoe, ivo = make_person("zoe.finance"), make_person("ivo.schools")
    notice = make_notice()
    mark_read(actor=zoe, notice=notice)
    assert (unread(zoe), unread(ivo)) == (0, 1)


def test_a_newcomer_is_not_told_of_everything_that_ever_was():
    make_notice("long ago")
    newcomer = make_person("nia.new")
    assert (unread(newcomer), Notice.objects.for_person(newcomer).count()) == (0, 1)
    make_notice("since then")
    assert unread(newcomer) == 1


def test_each_question_is_one_query(django_assert_num_queries):
    finance = make_service("finance")
    zoe = make_person("zoe.finance", service=finance)
    for number in range(12):
        make_notice(str(number), scope=finance.scope, audiences=to_service(finance))
    with django_assert_num_queries(1):
        assert len(Notice.objects.for_person(zoe)) == 12
    with django_assert_num_queries(1):
        assert len(Notice.objects.for_person(zoe).with_reading_of(zoe)) == 12
    with django_assert_num_queries(1):
        assert state_of(zoe).unread == 12
    with django_assert_num_queries(1):
        reach(scope=finance.scope, audiences=to_service(finance)).count()


def test_the_prepared_count_is_that_of_the_query_for_everybody_and_at_any_time(time_passes):
    finance, schools = make_service("finance"), make_service("schools")
    zoe = make_person("zoe.finance", service=finance)
    ivo = make_person("ivo.schools", service=schools)
    nia = make_person("nia.new", service=schools)
    give(nia, 1, finance.scope, expires_at=timezone.now() + timedelta(hours=1))
    for scope in (finance.scope, schools.scope, AccessScope.site()):
        make_notice(scope=scope)
        make_notice(scope=scope, audiences=to_person(ivo, nia))
    for person, expected in ((zoe, 2), (ivo, 4), (nia, 6)):
        assert unread(person) == Notice.objects.unread_by(person).count() == expected
    time_passes(hours=2)
    for person, expected in ((zoe, 2), (ivo, 4), (nia, 4)):
        assert unread(person) == Notice.objects.unread_by(person).count() == expected
    nia.date_joined = timezone.now()
    assert unread(nia) == 0
    nia.is_active = False
    assert unread(nia) == 0


def test_the_database_refuses_an_audience_that_names_nobody():
    notice = make_notice()
    for kind, ref in ((AudienceKind.PERSON, None), (AudienceKind.EVERYONE, 3)):
        with pytest.raises(IntegrityError), transaction.atomic():
            NoticeAudience.objects.create(notice=notice, kind=kind, ref=ref)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeAudience.objects.create(notice=notice, kind=AudienceKind.SCOPE_READERS)
