"""An IT administrator closes an account at once, and nothing but one opens it again."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import override

from directory.actions.accounts import close_account, open_account
from directory.actions.memberships import add_member
from directory.actions.people import deactivate_people, reactivate_people
from directory.journal import details
from directory.models import AccessGroup, JournalEntry, Person, Role, User
from tests.directory.factories import make_person, make_service
from tests.html import read_in

pytestmark = pytest.mark.django_db


def make_admin(login: str = "shanice") -> User:
    person = make_person(login)
    group = AccessGroup.objects.get(role=Role.IT_ADMIN)
    add_member(actor=None, access_group=group, user=person)
    return person


@pytest.fixture
def admin() -> User:
    return make_admin()


@pytest.fixture
def zoe() -> User:
    return make_person("zoe", service=make_service("finance"))


def is_open(person: User) -> bool:
    person.refresh_from_db()
    return person.is_active


def follow(what, person: User, **more: str) -> None:
    """Do as a reading of the directory does."""
    row = Person.objects.select_related("source").get(user=person)
    what(actor=None, source=row.source, ids={row.external_id}, **more)


def test_a_closed_account_is_out_at_the_next_request_and_its_session_stays_over(client, admin, zoe):
    client.force_login(zoe)
    assert client.get("/notices/").status_code == 200
    close_account(actor=admin, user=zoe)
    assert client.get("/notices/").status_code == 302
    open_account(actor=admin, user=zoe)
    assert is_open(zoe)
    assert client.get("/notices/").status_code == 302
    told = JournalEntry.objects.filter(object_id=str(zoe.pk), actor=admin).order_by("sequence")
    assert [entry.action for entry in told] == [
        "person.deactivated",
        "session.all_ended",
        "person.reactivated",
    ]


def test_the_directory_does_not_open_what_was_closed_by_hand(admin, zoe):
    close_account(actor=admin, user=zoe)
    follow(deactivate_people, zoe, why="disabled")
    follow(reactivate_people, zoe)
    assert not is_open(zoe)
    open_account(actor=admin, user=zoe)
    assert is_open(zoe)


def test_opened_by_hand_it_stays_closed_while_the_directory_says_so(admin, zoe):
    follow(deactivate_people, zoe, why="disabled")
    close_account(actor=admin, user=zoe)
    for _ in range(2):
        open_account(actor=admin, user=zoe)
    assert not is_open(zoe)
    lifted = JournalEntry.objects.filter(object_id=str(zoe.pk), action="person.released")
    assert [entry.actor for entry in lifted] == [admin]
    follow(reactivate_people, zoe)
    assert is_open(zoe)


def test_nobody_closes_their_own_account_or_the_last_administrators(admin, zoe):
    with pytest.raises(ValidationError):
        close_account(actor=admin, user=admin)
    with pytest.raises(ValidationError):
        close_account(actor=None, user=admin)
    assert is_open(admin)
    other = make_admin("rodrigue")
    close_account(actor=other, user=admin)
    assert not is_open(admin)
    with pytest.raises(Http404):
        close_account(actor=admin, user=zoe)
    with pytest.raises(Http404):
        close_account(actor=zoe, user=other)
    with pytest.raises(Http404):
        open_account(actor=zoe, user=admin)


def test_closing_twice_is_told_once(admin, zoe):
    close_account(actor=admin, user=zoe)
    close_account(actor=admin, user=zoe)
    assert JournalEntry.objects.filter(action="person.deactivated").count() == 1


def test_the_journal_says_of_an_account_and_of_sessions_who_decided(admin, zoe):
    close_account(actor=admin, user=zoe)
    told = JournalEntry.objects.filter(object_id=str(zoe.pk), actor=admin)
    with override("en"):
        words = {details.in_words(entry.payload) for entry in told}
    assert words == {"cause: decision of an IT administrator"}


def test_the_console_closes_and_opens(client, admin, zoe):
    client.force_login(admin)
    address = f"/access/people/{zoe.pk}/"
    buttons = read_in(client.get(address))
    assert "Fermer le compte" in buttons
    assert client.post(f"{address}close/").status_code == 302
    shown = read_in(client.get(address))
    assert "fermé à la main" in shown
    assert client.post(f"{address}open/").status_code == 302
    assert is_open(zoe)
    assert "Fermer le compte" not in read_in(client.get(f"/access/people/{admin.pk}/"))
