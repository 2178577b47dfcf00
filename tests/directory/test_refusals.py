"""What is kept of who was not let in: little, and nothing that may be a password."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from directory import throttle
from directory.actions.sessions import LOGINS_NAMED
from directory.models import JournalEntry, User

pytestmark = pytest.mark.django_db
SECRET = "Sesame-0uvre-toi"


def last(action: str) -> JournalEntry:
    return JournalEntry.objects.filter(action=action).latest("sequence")


@pytest.fixture
def local(settings) -> User:
    settings.LDAP = settings.LDAP | {"url": ""}
    return User.objects.create_user("ana.ahe", password="a-long-Password-for-trying")


def refused(login: str, *, address: str = "10.1.0.1") -> int:
    data = {"username": login, "password": "wrong"}
    return Client().post("/sign-in/", data, REMOTE_ADDR=address).status_code


def test_a_password_typed_as_login_is_kept_nowhere(local, caplog):
    assert refused(SECRET) == 401
    entry = last("session.refused")
    assert entry.payload["login"] == ""
    assert len(entry.payload["unknown"]) == 6
    kept = [str(list(AccessAttempt.objects.values())), caplog.text, str(entry.payload)]
    assert not any("esame" in text for text in kept)
    assert refused("Ana.Ahe") == 401
    assert last("session.refused").payload["login"] == "ana.ahe"


def everything_kept() -> str:
    """All rows of all tables, as text in small letters."""
    assert not Session.objects.exists()  # what those hold could not be read here
    rows = [list(model._base_manager.values()) for model in apps.get_models()]
    return str(rows).casefold()


@pytest.mark.parametrize("word", ["Soleil-2026", "soleil2026", "Soleil@2026", "TOWN\\Soleil.26"])
def test_one_word_is_as_good_a_password_and_stays_nowhere(local, caplog, settings, word):
    """It looks like a login: alone that no account has it tells what it may be."""
    for accept in ("text/html", "application/json"):
        data = {"username": word, "password": "wrong"}
        answer = Client(headers={"accept": accept}).post("/sign-in/", data)
        assert answer.status_code == 401
    for _ in range(settings.AXES_FAILURE_LIMIT):  # until it is held
        answer = refused(word)
    assert answer == 429
    assert {entry.payload["why"] for entry in entries()} == {"credentials", "throttled"}
    assert {entry.payload["login"] for entry in entries()} == {""}
    assert "soleil" not in everything_kept()
    assert "soleil" not in caplog.text.casefold()


@pytest.mark.parametrize("down", [False, True])
def test_one_word_that_a_directory_was_asked_for_stays_nowhere(ldap_server, caplog, down):
    if down:
        ldap_server.stop()
    assert refused("Soleil-2026") == (503 if down else 401)
    assert [entry.payload["login"] for entry in entries()] == [""]
    assert "soleil" not in everything_kept()
    assert "soleil" not in caplog.text.casefold()


def entries() -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(action="session.refused"))


def test_sixty_refusals_are_one_entry_for_their_cause_and_one_for_the_hold(local, settings):
    before = JournalEntry.objects.count()
    answers = [refused("ana.ahe") for _ in range(20)]
    assert answers.count(429) == 20 - settings.AXES_FAILURE_LIMIT + 1
    causes = [
        entry.payload["why"]
        for entry in JournalEntry.objects.filter(action="session.refused").order_by("sequence")
    ]
    assert causes == ["credentials", "throttled"]
    for number in range(20):
        refused(f"nobody.{number}", address="10.1.0.2")
    assert JournalEntry.objects.count() == before + 3
    refused("ana.ahe", address="10.1.0.3")  # another place is another story
    assert JournalEntry.objects.count() == before + 4


def test_a_password_tried_on_everybody_is_told_of_in_few_entries(local, settings):
    people = [User.objects.create_user(f"agent.{number}") for number in range(50)]
    before = JournalEntry.objects.count()
    for person in people:
        refused(person.username)
    told = list(JournalEntry.objects.filter(sequence__gt=before).order_by("sequence"))
    assert [entry.payload["login"] for entry in told] == [
        *(person.username for person in people[:LOGINS_NAMED]),
        "",
    ]
    assert told[-1].payload["several"]
    assert told[-1].object_id == ""
    # One that was named is still told of once more when it is held, and elsewhere all are.
    for _ in range(settings.AXES_FAILURE_LIMIT + 2):
        refused(people[0].username, address="10.1.0.4")
    assert JournalEntry.objects.count() == before + len(told) + 2


def test_while_the_directory_is_down_refusals_do_not_fill_the_journal(ldap_server):
    ldap_server.stop()
    for number in range(4):
        assert refused(f"nobody.{number}") == 503
    assert JournalEntry.objects.filter(action="session.refused").count() == 1


def test_the_rows_of_failures_go_when_they_count_no_more(local):
    for number in range(5):
        refused(f"nobody.{number}")
    assert AccessAttempt.objects.count() == 5
    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=16))
    refused("nobody.else")
    assert AccessAttempt.objects.count() == 1


def test_an_address_of_ipv6_is_its_network(rf):
    places = {
        throttle.place_of(rf.get("/", REMOTE_ADDR=address))
        for address in (
            "2001:db8::1",
            "2001:db8::ffff:1",
            "2001:db8:0:1::1",
            "10.1.0.1",
            "::ffff:10.1.0.2",
        )
    }
    assert places == {"2001:db8::", "2001:db8:0:1::", "10.1.0.1", "10.1.0.2"}
