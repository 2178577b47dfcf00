"""Two at once who decide about access: somebody remains, and what inherits is right."""

# ruff: noqa: B023  (the threads are over before the variables change)
from __future__ import annotations

import threading
import time

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import Http404
from django.test import Client

from directory import access, journal
from directory.access import Level
from directory.actions.accounts import close_account, open_account
from directory.actions.grants import grant_access, revoke_access
from directory.actions.memberships import remove_member
from directory.actions.people import deactivate_people
from directory.actions.scopes import create_scope, move_scope, set_inherits
from directory.actions.sessions import refuse
from directory.models import (
    AccessGroup,
    DirGroup,
    GroupMember,
    GroupRule,
    JournalEntry,
    Membership,
    Person,
    Role,
    ScopeKind,
)
from directory.models.grants import ScopeInheritance, UserGrant
from directory.sync import memberships
from directory.sync.rules import remove_rule
from tests.racing import at_once

from .factories import give, make_person, make_scope, make_source

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


def administrators():
    return Membership.objects.filter(access_group__role=Role.IT_ADMIN)


def test_two_administrators_who_remove_each_other_leave_one():
    for number in range(ROUNDS):
        one = make_person(f"one.{number}", it_admin=True)
        two = make_person(f"two.{number}", it_admin=True)
        results = at_once(
            lambda: remove_member(actor=one, membership=administrators().get(user=two)),
            lambda: remove_member(actor=two, membership=administrators().get(user=one)),
        )
        assert administrators().count() == 1
        assert sum(isinstance(result, (ValidationError, Http404)) for result in results) == 1
        administrators().delete()


def test_who_was_removed_meanwhile_removes_nobody():
    make_person("third.admin", it_admin=True)  # so that somebody would be left in any case
    for number in range(ROUNDS):
        one = make_person(f"one.{number}", it_admin=True)
        two = make_person(f"two.{number}", it_admin=True)
        results = at_once(
            lambda: remove_member(actor=one, membership=administrators().get(user=two)),
            lambda: remove_member(actor=two, membership=administrators().get(user=one)),
        )
        assert sorted(map(str, map(type, results))) == sorted(map(str, (Http404, type(None))))
        administrators().filter(user__in=(one, two)).delete()


def test_a_rule_and_a_membership_taken_away_at_once_leave_an_administrator():
    source = make_source()
    group = AccessGroup.objects.get(role=Role.IT_ADMIN)
    for number in range(ROUNDS):
        by_rule = make_person(f"rule.{number}")
        by_hand = make_person(f"hand.{number}", it_admin=True)
        listed = DirGroup.objects.create(
            source=source, external_id=f"{number:032d}", name=f"admins {number}"
        )
        GroupMember.objects.create(group=listed, person=by_rule.person)
        rule = GroupRule.objects.create(dir_group=listed, access_group=group)
        memberships.follow_rules(source)
        assert administrators().count() == 2
        results = at_once(
            lambda: remove_rule(actor=by_hand, rule=rule),
            lambda: remove_member(actor=by_rule, membership=administrators().get(user=by_hand)),
        )
        assert administrators().count() == 1
        assert sum(isinstance(result, (ValidationError, Http404)) for result in results) == 1
        GroupRule.objects.all().delete()
        administrators().delete()


def test_a_place_made_while_the_one_above_is_closed_inherits_nothing_from_further_up():
    for _round in range(ROUNDS):
        top = make_scope("top")
        middle = make_scope("middle", parent=top, inherits=True)
        made = at_once(
            lambda: create_scope(actor=None, kind=ScopeKind.CUSTOM, label="new", parent=middle),
            lambda: set_inherits(actor=None, scope=middle, inherits=False),
        )[0]
        above = ScopeInheritance.objects.filter(descendant=made).values_list("ancestor", flat=True)
        assert set(above) == {made.pk, middle.pk}


def test_places_moved_below_each_other_make_no_ring():
    for _round in range(ROUNDS):
        one, two = make_scope("one"), make_scope("two")
        results = at_once(
            lambda: move_scope(actor=None, scope=one, parent=two),
            lambda: move_scope(actor=None, scope=two, parent=one),
        )
        assert sum(isinstance(result, ValidationError) for result in results) == 1


def test_what_is_given_while_the_givers_own_access_is_taken_away_does_not_stay():
    for number in range(ROUNDS):
        place = make_scope("place")
        one, two = make_person(f"one.{number}"), make_person(f"two.{number}")
        own = give(one, Level.MANAGE, place)
        results = at_once(
            lambda: grant_access(actor=one, scope=place, level=Level.READ, to=two),
            lambda: revoke_access(actor=None, grant=own),
        )
        assert isinstance(results[0], (UserGrant, Http404))
        assert results[1] is None
        assert not access.can(two, Level.READ, place)


def test_of_two_who_take_each_others_access_away_one_stays():
    for number in range(ROUNDS):
        place = make_scope("place")
        one, two = make_person(f"one.{number}"), make_person(f"two.{number}")
        of_one, of_two = give(one, Level.MANAGE, place), give(two, Level.MANAGE, place)
        results = at_once(
            lambda: revoke_access(actor=one, grant=of_two),
            lambda: revoke_access(actor=two, grant=of_one),
        )
        assert sorted(map(str, map(type, results))) == sorted(map(str, (Http404, type(None))))
        assert access.having(Level.MANAGE, place).count() == 1


def test_what_a_reading_closes_meanwhile_is_not_opened_by_hand():
    """It would stay open: by what is stored the directory has it closed already."""
    admin = make_person("ida.admin", it_admin=True)
    zoe = make_person("zoe")
    close_account(actor=admin, user=zoe)
    person = Person.objects.select_related("source").get(user=zoe)
    written = threading.Event()

    def read() -> None:
        with journal.transaction():
            ids = {person.external_id}
            deactivate_people(actor=None, source=person.source, ids=ids, why="disabled")
            written.set()
            wait_for_who_waits()

    def open_it() -> None:
        written.wait(60)
        open_account(actor=admin, user=zoe)

    assert at_once(read, open_it) == [None, None]
    zoe.refresh_from_db()
    assert (zoe.is_active, zoe.closed_at) == (False, None)


def wait_for_who_waits() -> None:
    """Go on once somebody waits for what this transaction holds; on SQLite all wait anyway."""
    until = time.monotonic() + 60
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Others use the server too, each a database of their own.
            cursor.execute(
                "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE NOT granted AND datname = current_database()"
            )
            if cursor.fetchone():
                return
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.01)


def test_of_two_services_of_one_slug_the_second_is_told_that_it_is_taken():
    admin = make_person("ida.admin", it_admin=True)
    for turn in range(3):
        fields = {"name_fr": "Port", "name_en": "Harbour", "slug": f"port-{turn}", "parent": ""}

        def add() -> int:
            client = Client()
            client.force_login(admin, backend="directory.backends.DirectoryBackend")
            return client.post("/access/services/new/", fields).status_code

        assert sorted(at_once(add, add)) == [302, 422]


def test_refusals_that_looked_at_the_same_moment_are_one_entry(rf):
    """Both have found no entry before either writes one."""
    request = rf.post("/sign-in/", REMOTE_ADDR="10.1.0.1")
    both_looked = threading.Barrier(2)

    def refused() -> None:
        looked = []

        def query(execute, sql, *args):
            found = execute(sql, *args)
            if "directory_journalentry" in sql and not looked:
                looked.append(both_looked.wait(timeout=120))
            return found

        with connection.execute_wrapper(query):
            refuse(request=request, attempted="", why="throttled")

    assert at_once(refused, refused) == [None, None]
    assert JournalEntry.objects.filter(action="session.refused").count() == 1
