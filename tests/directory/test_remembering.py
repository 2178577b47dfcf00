"""What is remembered in a request that reads: the same answers, asked once, and gone with it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from directory import access, journal
from directory.access import Level, questions
from directory.access.memory import Listed, levels_of, remembering
from directory.actions.grants import grant_access, revoke_access
from directory.middleware import RememberingMiddleware
from directory.models import (
    AccessScope,
    Membership,
    Role,
    User,
)
from directory.models.grants import ScopeInheritance, UserGrant
from directory.prepared import Prepared
from intranet.notices.models import Notice
from intranet.notices.querysets import _state
from tests.directory.factories import (
    everyone,
    give,
    group_of,
    join,
    make_person,
    make_scope,
    make_service,
)
from tests.intranet.factories import make_note, make_section
from tests.intranet.notices.factories import make_notice


def _through(user: Any, view: Callable[[Any], Any], method: str = "get") -> Any:
    """Answer one request of `user` by `view`, behind the middleware."""
    request = getattr(RequestFactory(), method)("/")
    request.user = user
    return RememberingMiddleware(lambda asked: view(asked) or HttpResponse())(request)


def _taken_away(user: User, place: AccessScope) -> None:
    """Remove access as another process would: nothing here hears of it."""
    UserGrant.objects.filter(user=user, content_object=place)._raw_delete("default")


@pytest.fixture
def place(db) -> AccessScope:
    return make_scope("place")


@pytest.fixture
def reader(place) -> User:
    reader = make_person("ana.lys")
    give(reader, Level.CONTRIBUTE, place)
    return reader


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_page_asks_once_however_often(reader, place, method, django_assert_num_queries):
    other = make_scope("other")

    def view(request):
        assert access.can(reader, Level.CONTRIBUTE, place)
        assert not access.can(reader, Level.MANAGE, place)
        assert not access.can(reader, Level.READ, other)
        assert place.pk in access.visible_scopes(reader)
        assert access.visible_scopes(reader, Level.CONTRIBUTE) == [place.pk]
        assert access.visible_scopes(reader, Level.MANAGE) == []
        assert access.levels(reader, [place, other]) == {place.pk: Level.CONTRIBUTE}
        assert isinstance(access.scopes_for(reader), Listed)

    with django_assert_num_queries(1):
        _through(reader, view, method)


def test_rows_are_kept_and_left_out_as_by_a_subquery(reader, place):
    other = make_scope("other")
    scopes = AccessScope.objects.filter(pk__in=[place.pk, other.pk])

    def found() -> list[list[int]]:
        kept = []
        for level in Level:
            ids = access.scopes_for(reader, level)
            kept += [
                sorted(scopes.filter(pk__in=ids).values_list("pk", flat=True)),
                sorted(scopes.exclude(pk__in=ids).values_list("pk", flat=True)),
                sorted(
                    scopes.annotate(
                        there=models.ExpressionWrapper(
                            models.Q(pk__in=ids), output_field=models.BooleanField()
                        )
                    )
                    .values("there")
                    .annotate(number=models.Count("pk"))
                    .values_list("there", "number")
                ),
            ]
        return kept

    asked = found()
    with remembering(reader.pk):
        assert found() == asked


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_a_request_that_may_write_asks_each_time(reader, place, method):
    def view(request):
        assert access.can(reader, Level.READ, place)
        _taken_away(reader, place)
        assert not access.can(reader, Level.READ, place)
        assert not access.levels(reader, [place])
        assert place.pk not in access.visible_scopes(reader)
        assert not AccessScope.objects.filter(pk__in=access.scopes_for(reader), pk=place.pk)

    _through(reader, view, method)


def test_the_next_request_knows_what_changed(reader, place):
    def sees(request):
        return HttpResponse(str(access.can(reader, Level.READ, place)))

    assert _through(reader, sees).content == b"True"
    _taken_away(reader, place)
    assert _through(reader, sees).content == b"False"
    give(reader, Level.READ, place)
    assert _through(reader, sees).content == b"True"
    UserGrant.objects.filter(user=reader).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert _through(reader, sees).content == b"False"
    UserGrant.objects.filter(user=reader).update(expires_at=None)
    assert _through(reader, sees).content == b"True"
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert _through(reader, sees).content == b"False"  # whatever the object in hand says


def test_a_request_that_reads_and_yet_writes_forgets(reader, place):
    def view(request):
        assert access.can(reader, Level.READ, place)
        assert isinstance(access.scopes_for(reader), Listed)
        revoke_access(actor=None, grant=UserGrant.objects.get(user=reader))
        assert not access.can(reader, Level.READ, place)
        grant_access(actor=None, scope=place, level=Level.MANAGE, to=reader)
        assert access.can(reader, Level.MANAGE, place)

    _through(reader, view)


def test_what_is_asked_in_a_transaction_of_the_journal_is_asked_anew(reader, place):
    def view(request):
        assert access.can(reader, Level.READ, place)
        with journal.transaction():
            _taken_away(reader, place)
            assert not access.can(reader, Level.READ, place)

    _through(reader, view)


def test_an_error_in_the_middle_ends_it(reader, place):
    def view(request):
        assert access.can(reader, Level.READ, place)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        _through(reader, view)
    _taken_away(reader, place)
    assert not access.can(reader, Level.READ, place)
    assert not isinstance(access.scopes_for(reader), Listed)


def test_an_error_of_the_database_is_no_answer(reader, place):
    def refuse(execute, sql, params, many, context):
        raise ArithmeticError

    def view(request):
        with connection.execute_wrapper(refuse), pytest.raises(ArithmeticError):
            access.can(reader, Level.READ, place)
        assert access.can(reader, Level.READ, place)

    _through(reader, view)


def test_people_are_not_mixed_up_within_a_request(reader, place):
    stranger, head = make_person("bo.low", outsider=True), make_person("hal.head")
    give(head, Level.MANAGE, place)

    def view(request):
        for _again in range(2):
            assert access.levels(reader, [place]) == {place.pk: Level.CONTRIBUTE}
            assert access.levels(head, [place]) == {place.pk: Level.MANAGE}
            assert access.levels(stranger, [place]) == {}
            assert access.visible_scopes(stranger) == []
            assert not access.can(AnonymousUser(), Level.READ, place)
            assert access.visible_scopes(AnonymousUser()) == []
            assert not AccessScope.objects.filter(pk__in=access.scopes_for(AnonymousUser()))
            assert access.explain(head, place).level is Level.MANAGE
            assert access.explain(stranger, place).level is None

    _through(reader, view)
    _through(AnonymousUser(), lambda request: view(request))


def test_who_is_deactivated_in_hand_has_nothing(reader, place):
    def view(request):
        assert access.can(reader, Level.READ, place)
        reader.is_active = False
        assert not access.can(reader, Level.READ, place)
        assert access.visible_scopes(reader) == []

    _through(reader, view)


def test_what_outlives_the_request_asks_again(reader, place):
    """A thread, a task or a stream begun in a request has a copy of its context."""
    kept: list[Any] = []

    def view(request):
        assert access.can(reader, Level.READ, place)
        kept.append(copy_context())
        return StreamingHttpResponse(str(access.can(reader, Level.READ, place)) for _ in range(2))

    answer = _through(reader, view)
    _taken_away(reader, place)
    assert b"".join(answer) == b"FalseFalse"
    assert kept[0].run(access.can, reader, Level.READ, place) is False


def test_another_thread_has_no_part_in_it(reader, place):
    seen: list[bool] = []

    def view(request):
        access.can(reader, Level.READ, place)
        other = threading.Thread(
            target=lambda: seen.append(isinstance(access.scopes_for(reader), Listed))
        )
        # The thread asks the database nothing: a query that is not evaluated, or ids.
        other.start()
        other.join()
        assert isinstance(access.scopes_for(reader), Listed)

    _through(reader, view)
    assert seen == [False]


def test_too_many_scopes_stay_a_subquery(reader, place, monkeypatch, django_assert_num_queries):
    few = access.visible_scopes(reader)
    monkeypatch.setattr(questions, "REMEMBERED", len(few) - 1)
    monkeypatch.setattr(questions, "_prepared_levels", Prepared(questions._levels_granted))

    def view(request):
        with django_assert_num_queries(2):
            assert access.visible_scopes(reader) == few
        with django_assert_num_queries(1):  # that there are too many is remembered too
            assert access.can(reader, Level.CONTRIBUTE, place)
        assert not isinstance(access.scopes_for(reader), Listed)
        assert access.levels(reader, [place]) == {place.pk: Level.CONTRIBUTE}

    _through(reader, view)


def test_thousands_of_scopes_are_asked_once_and_carried_as_one_value(
    reader, place, django_assert_num_queries
):
    below = AccessScope.objects.bulk_create(
        AccessScope(kind="custom", label=f"below {n}", parent=place) for n in range(1500)
    )
    ScopeInheritance.objects.bulk_create(
        ScopeInheritance(ancestor=place, descendant=scope, distance=1) for scope in below
    )
    every = access.visible_scopes(reader)
    assert len(every) > 1500

    def view(request):
        with django_assert_num_queries(2):
            found = AccessScope.objects.filter(pk__in=access.scopes_for(reader))
            assert sorted(found.values_list("pk", flat=True)) == every
        with django_assert_num_queries(0):
            assert access.can(reader, Level.READ, below[-1])
        values = found.query.sql_with_params()[1]
        assert len(values) == 1

    _through(reader, view)


def test_no_scope_at_all_is_no_query(place, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not AccessScope.objects.filter(pk__in=Listed([], many=0)).exists()


def test_a_query_prepared_in_a_request_is_not_of_its_person(db):
    """Its text is kept for everybody: what is remembered of one must not get into it."""
    service = make_service("finance")
    member = make_person("mel.member", service=service)
    outsider = make_person("olga.other", outsider=True)
    make_notice("Pour le service", scope=service.scope)
    prepared = Prepared(_state)

    def unread(user):
        assert isinstance(access.scopes_for(user), Listed)
        return HttpResponse(str(prepared.rows(user)[0][1]))

    assert Notice.objects.unread_by(member).count() == 1
    assert _through(member, lambda _request: unread(member)).content == b"1"
    assert _through(outsider, lambda _request: unread(outsider)).content == b"0"


# Through the site


def test_the_pages_of_the_site_follow_the_grants(db):
    finance = make_service("finance")
    make_section(finance)
    note = make_note(finance, "Closed note", audience="service")
    member = make_person("mel.member", service=finance)
    client = Client()
    client.force_login(member, backend="directory.backends.ScopeBackend")
    address = note.address_in("en")
    assert client.get(address).status_code == 200
    assert "Closed note" in client.get("/en/").content.decode()
    Membership.objects.filter(user=member).exclude(access_group=everyone()).delete()
    member.groups.remove(group_of(finance, Role.MEMBER).group)
    assert client.get(address).status_code == 404
    assert "Closed note" not in client.get("/en/").content.decode()
    join(member, group_of(finance, Role.CONTRIBUTOR))
    assert client.get(address).status_code == 200


async def test_requests_at_the_same_time_have_their_own():
    """Each in its task, as behind ASGI; views run in a thread with the context of the task."""
    both_ask = asyncio.Barrier(2)

    async def request(pk: int, other: int) -> tuple[Any, ...]:
        asked: list[int] = []

        def ask(who: int) -> dict[int, Level]:
            asked.append(who)
            return {100 + who: Level.READ}

        with remembering(pk):
            first = await sync_to_async(levels_of)(pk, ask)
            await both_ask.wait()  # both are under way, both have found something out
            again = levels_of(pk, ask)
            foreign = await sync_to_async(levels_of)(other, ask)
        await both_ask.wait()
        return first, again, foreign, asked, levels_of(pk, ask)

    for pk, answer in zip((1, 2), await asyncio.gather(request(1, 2), request(2, 1)), strict=True):
        own = {100 + pk: Level.READ}
        assert answer == (own, own, None, [pk], None)


_GRANTS = st.lists(
    st.tuples(
        st.integers(0, 4),  # the place
        st.sampled_from(Level),
        st.booleans(),  # to the person, else to the group
        st.sampled_from([None, -1, 1]),  # when it ends, in days
    ),
    max_size=12,
)


class TestSameAnswers(TestCase):
    """However grants lie, what is remembered is what the database answers."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(grants=_GRANTS, breaks=st.sets(st.integers(1, 4)))
    def test_remembered_or_not(self, grants: list[Any], breaks: set[int]) -> None:
        service = make_service("s")
        reader = make_person("ana.lys", service=service)
        group = group_of(service, Role.MEMBER)
        places = [make_scope("0")]
        for number in range(1, 5):
            parent = places[number // 2]
            places.append(make_scope(str(number), parent=parent, inherits=number not in breaks))
        for where, level, to_person, days in grants:
            grant = grant_access(
                actor=None, scope=places[where], level=level, to=reader if to_person else group
            )
            grant.expires_at = days and timezone.now() + timedelta(days=days)
            grant.save()
        every = list(AccessScope.objects.all())

        def answers() -> list[Any]:
            return [
                access.levels(reader, every),
                *(access.visible_scopes(reader, level) for level in Level),
                *(access.can(reader, level, one) for level in Level for one in every),
            ]

        asked = answers()
        with remembering(reader.pk), CaptureQueriesContext(connection) as queries:
            assert answers() == asked
            assert len(queries) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("many", [0, 1000])
def test_rows_may_be_listed_or_counted(many, reader):
    listed, granted, _neither = (make_scope(name) for name in ("one", "two", "three"))
    grant_access(actor=None, scope=granted, level=Level.READ, to=reader)
    made = AccessScope.objects.filter(pk__gte=listed.pk)
    counted = made.annotate(n=models.Count("user_grants"))
    found = counted.filter(models.Q(n__gt=0) | models.Q(pk__in=Listed([listed.pk], many=many)))
    assert set(found) == {listed, granted}
