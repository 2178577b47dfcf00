"""What somebody is told whose account may not be used, and what a stranger is not."""

from __future__ import annotations

from datetime import datetime, timedelta

import ldap
import pytest
from django.test import Client
from django.utils import translation
from django.utils.timezone import localtime, now

from directory import throttle
from directory.ldap import locks, passwords
from directory.ldap.passwords import Verdict
from directory.models import JournalEntry
from directory.signing_in import NotLetIn, Why
from directory.views import refusals
from tests.directory.servers import branch, directory_server
from tests.servers.branch import PASSWORD
from tests.servers.password_policy import LOCKED_AFTER, LOCKED_FOR, policy

__all__ = ["branch", "directory_server"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LOGIN = "ann.martin"
HEADERS = {"accept-language": "en", "accept": "application/json"}
WRONG = "The login or the password is wrong."


@pytest.fixture
def client() -> Client:
    return Client(headers=HEADERS)


def of(*names: str):
    return pytest.mark.parametrize("directory_server", names, indirect=True)


def attempt(client: Client, password: str = PASSWORD, login: str = LOGIN):
    return client.post("/sign-in/", {"username": login, "password": password})


def said(response) -> str:
    return response.json().get("error", "")


def noted() -> list[str]:
    entries = JournalEntry.objects.filter(action="session.refused").order_by("sequence")
    return [entry.payload["why"] for entry in entries]


def known_browser(client: Client) -> None:
    """Sign in and out: from now on the browser is known for its person."""
    assert attempt(client).status_code == 200
    client.post("/sign-out/")
    client.cookies = type(client.cookies)({throttle.COOKIE: client.cookies[throttle.COOKIE].value})


def lock() -> None:
    for number in range(LOCKED_AFTER + 1):
        attempt(Client(REMOTE_ADDR="10.9.9.9", headers=HEADERS), f"wrong-{number}")


def test_who_must_choose_a_new_password_is_told_after_the_right_one_alone(branch, client):
    dn = branch.add_person(LOGIN)
    with policy(branch) as rules:
        rules.must_change(dn)
        assert WRONG in said(attempt(client, "wrong"))
        right = attempt(client)
        assert right.status_code == 401
        assert "you must choose a new password" in said(right)
        assert "_auth_user_id" not in client.session
        assert WRONG in said(attempt(client, "wrong"))
    assert noted() == ["credentials", "must_change"]


def test_an_expired_password_is_told_after_the_right_one_alone(branch, client):
    dn = branch.add_person(LOGIN)
    with policy(branch) as rules:
        rules.expire_password(dn)
        assert WRONG in said(attempt(client, "wrong"))
        assert "Your password has expired" in said(attempt(client))
    assert noted() == ["credentials", "password_expired"]


@of("openldap", "389ds")
def test_who_is_let_in_for_a_few_times_more_is(branch, client):
    dn = branch.add_person(LOGIN)
    with policy(branch) as rules:
        rules.expire_password(dn)
        rules.grant_grace(2)
        assert attempt(client).status_code == 200


@of("ad")
def test_active_directory_tells_what_an_account_may_not(branch, client):
    yesterday = int((datetime.now() - timedelta(days=1)).timestamp() * 10**7)
    branch.add_person("ex.pired", accountExpires=str(yesterday + 116_444_736_000_000_000))
    branch.add_person("at.night", logonHours=bytes(21))
    for login, words, why in (
        ("ex.pired", "This account has expired.", "expired"),
        ("at.night", "does not allow this account to sign in at this time", "not_here"),
    ):
        assert WRONG in said(attempt(client, "wrong", login))
        assert words in said(attempt(client, PASSWORD, login))
        assert noted()[-1] == why


def test_a_lock_is_told_to_nobody_but_a_browser_of_the_person(branch, client):
    branch.add_person(LOGIN)
    known_browser(client)
    with policy(branch) as rules:
        rules.holds_of(branch.person_dn(LOGIN))
        lock()
        stranger = Client(headers=HEADERS)
        assert [said(attempt(stranger, each)) for each in (PASSWORD, "wrong")] == [
            said(attempt(stranger, PASSWORD, "nobody.here"))
        ] * 2
        told = said(attempt(client))
        until = localtime(now() + timedelta(seconds=LOCKED_FOR))
        assert "has locked this account until" in told
        around = {f"{until + timedelta(minutes=m):%H:%M}" for m in range(-2, 3)}
        assert any(each in told for each in around), told
        assert "locked" in noted()
        # To the person's own browser a wrong password says no less.
        assert "has locked this account" in said(attempt(client, "wrong"))


def test_who_is_locked_counts_as_wrong(branch, client, settings):
    settings.AXES_FAILURE_LIMIT = LOCKED_AFTER + 2
    branch.add_person(LOGIN)
    with policy(branch) as rules:
        rules.holds_of(branch.person_dn(LOGIN))
        tries = [attempt(client, "wrong").status_code for _ in range(LOCKED_AFTER + 2)]
    assert tries == [401] * (LOCKED_AFTER + 1) + [429]


@of("389ds")
def test_an_account_that_is_refused_unheard_is_told_to_a_browser_of_the_person(branch, client):
    dn = branch.add_person(LOGIN)
    known_browser(client)
    branch.disable(dn)
    assert WRONG in said(attempt(Client(headers=HEADERS)))
    assert "This account is disabled." in said(attempt(client))
    assert set(noted()) == {"disabled"}


@of("openldap")
def test_openldap_may_tell_of_a_lock_in_its_control(branch, directory_server, client):
    dn = branch.add_person(LOGIN)
    overlay = "olcOverlay={2}ppolicy,olcDatabase={1}mdb,cn=config"
    connection = directory_server.bind("cn=config", directory_server.admin_password)
    connection.modify_s(overlay, [(ldap.MOD_REPLACE, "olcPPolicyUseLockout", [b"TRUE"])])
    try:
        with policy(branch) as rules:
            rules.holds_of(dn)
            lock()
            assert WRONG in said(attempt(client))
            assert noted()[-1] == "locked"
    finally:
        connection.modify_s(overlay, [(ldap.MOD_REPLACE, "olcPPolicyUseLockout", [b"FALSE"])])
        connection.unbind_s()


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("52e", Verdict.WRONG),
        ("525", Verdict.WRONG),
        ("531", Verdict.NOT_HERE),
        ("532", Verdict.PASSWORD_EXPIRED),
        ("533", Verdict.DISABLED),
        ("701", Verdict.EXPIRED),
        ("773", Verdict.MUST_CHANGE),
        ("775", Verdict.LOCKED),
    ],
)
def test_the_codes_of_active_directory(code, verdict):
    info = (
        f"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {code}, v1"
    )
    error = ldap.INVALID_CREDENTIALS({"desc": "Invalid credentials", "info": info})
    assert passwords.of_refusal(error) is verdict


def test_what_is_no_proof_says_nothing():
    assert passwords.PROVES.isdisjoint({Verdict.WRONG, Verdict.LOCKED, Verdict.CLOSED})


def test_a_lock_without_an_end_is_told_without_one():
    far = localtime(now() + timedelta(days=40))
    with translation.override("en"):
        assert "Try again later" in refusals.text_of(NotLetIn(Why.LOCKED))
        assert str(far.year) in refusals.text_of(NotLetIn(Why.LOCKED, until=far))
    with translation.override("fr"):
        assert "jusqu’au" in refusals.text_of(NotLetIn(Why.LOCKED, until=far))


@pytest.mark.parametrize(
    ("text", "is_moment"),
    [("20261128145334Z", True), ("20261128145334.159215Z", True), ("x", False), ("", False)],
)
def test_generalized_time(text, is_moment):
    assert (locks.generalized(text) is not None) == is_moment
