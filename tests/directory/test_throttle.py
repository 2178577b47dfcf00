"""Wrong passwords: who has to wait, and that nobody can have a colleague wait."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt, AccessLog
from django.db.models import F
from django.test import Client
from django.utils import timezone

from directory import throttle
from directory.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-Password-for-trying"
HOME, AWAY = "10.1.0.1", "10.9.0.9"


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.LDAP = settings.LDAP | {"url": ""}
    settings.AXES_FAILURE_LIMIT = 3
    settings.FAILURES_OF_LOGIN = 6
    settings.LOGINS_OF_ADDRESS = 9


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana.ahe", password=PASSWORD)


@pytest.fixture
def ben() -> User:
    return User.objects.create_user("ben.bois", password=PASSWORD)


def attempt(
    login: str,
    password: str = PASSWORD,
    *,
    address: str = HOME,
    browser: Client | None = None,
    agent: str = "Mozilla",
) -> int:
    browser = browser or Client()
    answer = browser.post(
        "/sign-in/",
        {"username": login, "password": password},
        REMOTE_ADDR=address,
        headers={"user-agent": agent},
    )
    if answer.status_code == 302:
        browser.post("/sign-out/")
    return answer.status_code


def guess(login: str, times: int, *, address: str = HOME, **more) -> list[int]:
    return [attempt(login, "wrong", address=address, **more) for _ in range(times)]


def known_browser(login: str, **more) -> Client:
    browser = Client()
    assert attempt(login, browser=browser, **more) == 302
    assert throttle.COOKIE in browser.cookies
    return browser


def test_guessing_at_one_login_from_one_address_is_stopped_there(ana, ben):
    assert guess("ana.ahe", 3) == [401, 401, 429]
    assert attempt("ana.ahe") == 429
    assert attempt("ana.ahe", agent="another") == 429
    assert attempt("ana.ahe", address=AWAY) == 302
    assert attempt("ben.bois") == 302


def test_many_machines_together_do_not_guess_longer(ana, ben):
    for number in range(3):
        assert guess("ana.ahe", 2, address=f"10.2.0.{number}")[0] == 401
    assert attempt("ana.ahe", address="10.2.0.99") == 429
    assert attempt("ben.bois", address="10.2.0.99") == 302


def test_one_password_tried_on_everybody_is_stopped(ana):
    for number in range(9):
        guess(f"login.{number}", 1, address=AWAY)
    assert attempt("ana.ahe", address=AWAY) == 429
    assert attempt("ana.ahe", address=HOME) == 302


def test_devices_that_try_old_passwords_without_end_shut_nobody_out_of_their_address(ana, ben):
    """A few phones behind the one address of a town hall, each with one login."""
    for login in ("ben.bois", "left.last.year", "typed.wrong"):
        assert guess(login, 10)[-1] == 429
    assert attempt("ana.ahe") == 302


def test_many_logins_refused_in_one_known_browser_count_for_it_alone(ana, settings):
    settings.LOGINS_OF_ADDRESS = 2
    people = [User.objects.create_user(f"shares.{n}", password=PASSWORD) for n in range(3)]
    counter = Client()
    for person in people:
        assert attempt(person.username, browser=counter) == 302
    for person in people:
        guess(person.username, 3, browser=counter)
    assert attempt("ana.ahe") == 302
    assert attempt("shares.0") == 302, "from another browser at that counter"


def test_an_address_has_one_row_for_each_login_refused_and_then_no_more(ana):
    """Whatever the browsers call themselves; of IPv6 whichever address of a network is used."""
    for number in range(30):
        attempt(
            f"login.{number // 2}", "wrong", address=f"2001:db8::{number}", agent=f"own {number}"
        )
    assert AccessAttempt.objects.count() == 9
    assert attempt("ana.ahe", address="2001:db8::beef") == 429
    assert attempt("ana.ahe", address="2001:db8:0:1::1") == 302


def test_nobody_shuts_a_colleague_out_of_the_browser_they_use(ana):
    """Neither from anywhere, nor from behind the very same address."""
    browser = known_browser("ana.ahe")
    for number in range(4):
        guess("ana.ahe", 2, address=f"10.2.0.{number}")
    guess("ana.ahe", 5, address=HOME)
    for number in range(9):
        guess(f"login.{number}", 1, address=HOME)
    assert attempt("ana.ahe", address=HOME) == 429, "a browser that nobody knows waits"
    assert attempt("ana.ahe", address=HOME, browser=browser) == 302


def test_a_known_browser_guesses_no_longer_than_another(ana):
    browser = known_browser("ana.ahe")
    assert guess("ana.ahe", 3, browser=browser) == [401, 401, 429]
    assert attempt("ana.ahe", browser=browser) == 429
    assert attempt("ana.ahe", browser=browser, address=AWAY) == 429
    assert attempt("ana.ahe", browser=known_at_another_place(ana)) == 302


def known_at_another_place(person: User) -> Client:
    return known_browser(person.username, address="10.7.0.7")


def test_being_known_for_oneself_helps_nowhere_else(ana, ben):
    browser = known_browser("ben.bois", address=AWAY)
    for _ in range(2):
        guess("ana.ahe", 3, browser=browser)
    assert attempt("ana.ahe", browser=browser) == 429


def test_a_browser_is_known_for_all_who_share_it(ana, ben):
    browser = known_browser("ana.ahe")
    assert attempt("ben.bois", browser=browser) == 302
    for login in ("ana.ahe", "ben.bois"):
        guess(login, 3)
        assert attempt(login, browser=browser) == 302


@pytest.mark.parametrize("forge", ["cut", "empty", "of_session"])
def test_a_cookie_that_is_not_ours_is_worth_nothing(ana, forge):
    browser = known_browser("ana.ahe")
    value = browser.cookies[throttle.COOKIE].value
    browser.cookies[throttle.COOKIE] = {
        "cut": value[:-3],
        "empty": "",
        "of_session": value.partition(":")[0],
    }[forge]
    guess("ana.ahe", 3)
    assert attempt("ana.ahe", browser=browser) == 429


@pytest.mark.parametrize(
    "spelling", ["aña.ahe", "ANA.ahe", "ana.ahe@town.example", "TOWN\\\\ana.ahe"]
)
def test_the_count_tells_nothing_of_which_logins_exist(ana, spelling):
    """Whatever of the spellings somebody tries first, of a login that is there or is not."""
    for login in ("ana.ahe", "ada.ahe"):
        other = spelling.casefold().replace("aña", "ana").replace("ana", login.partition(".")[0])
        if "ñ" in spelling:
            other = other.replace("a.", "ä.")
        assert guess(other, 3) == [401, 401, 429]
        assert guess(login, 1) == [429]


def test_a_local_account_is_found_however_its_login_was_written():
    User.objects.create_user(" Secours ", password=PASSWORD)
    assert attempt("secours") == attempt("SECOURS") == 302


def test_an_agent_that_calls_itself_known_is_counted(ana):
    known_browser("ana.ahe")
    assert guess("ana.ahe", 3, agent="known browser 0")[-1] == 429


def test_the_cookie_is_for_this_site_and_not_for_scripts(ana, settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = known_browser("ana.ahe").cookies[throttle.COOKIE]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert "ana" not in cookie.value
    assert PASSWORD not in cookie.value


def test_who_waits_is_told_how_long_and_may_try_afterwards(ana):
    guess("ana.ahe", 3)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=10))
    answer = Client(headers={"accept-language": "en"}).post(
        "/sign-in/", {"username": "ana.ahe", "password": PASSWORD}, REMOTE_ADDR=HOME
    )
    assert answer.status_code == 429
    assert "Try again in 5 minutes" in answer.content.decode()
    assert answer["Retry-After"] == "300"
    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=16))
    assert attempt("ana.ahe") == 302


def test_a_login_is_said_to_be_held_where_it_is(ana):
    assert not throttle.is_held("ana.ahe")
    for number in range(2):
        guess("ana.ahe", 2, address=f"10.2.0.{number}")
    assert not throttle.is_held("ana.ahe")
    guess("ana.ahe", 2, address="10.2.0.9")
    assert throttle.is_held("ana.ahe")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=16))
    assert not throttle.is_held("ana.ahe")


def grow_older(minutes: int) -> None:
    AccessAttempt.objects.update(
        attempt_time=F("attempt_time") - timezone.timedelta(minutes=minutes)
    )


def tell_minutes(login: str, **more) -> int:
    """The minutes that somebody who is refused is told, 0 who is not."""
    answer = Client().post(
        "/sign-in/", {"username": login, "password": "wrong"}, REMOTE_ADDR=more["address"]
    )
    return int(answer.headers.get("Retry-After", 0)) // 60


def held_by_its_pair() -> None:
    guess("ana.ahe", 3)


def held_everywhere_since_several_moments() -> None:
    for number in range(3):
        guess("ana.ahe", 2, address=f"10.2.0.{number}")
        grow_older(3)


def held_by_its_address_since_several_moments() -> None:
    for number in range(9):
        guess(f"login.{number}", 1)
        grow_older(1)


@pytest.mark.parametrize(
    "make",
    [
        held_by_its_pair,
        held_everywhere_since_several_moments,
        held_by_its_address_since_several_moments,
    ],
)
def test_the_wait_that_is_told_is_the_one_that_is_enforced(ana, make):
    make()
    minutes = tell_minutes("ana.ahe", address=HOME)
    assert minutes > 1
    grow_older(minutes - 1)
    assert attempt("ana.ahe") == 429
    grow_older(1)
    assert attempt("ana.ahe") == 302


def failures_of_many_known_browsers(browser: Client) -> None:
    """Each below its own limit, and together above that of a login."""
    for _ in range(4):
        guess("ana.ahe", 2, browser=known_browser("ana.ahe"))


def failures_of_one_known_browser_at_one_address_and_of_others(browser: Client) -> None:
    guess("ana.ahe", 2, browser=browser)
    guess("ana.ahe", 2)


def failures_of_one_known_browser_at_several_addresses(browser: Client) -> None:
    for number in range(3):
        guess("ana.ahe", 1, browser=browser, address=f"10.2.0.{number}")


def failures_of_others_at_one_address(browser: Client) -> None:
    guess("ana.ahe", 3, address=AWAY)


@pytest.mark.parametrize(
    ("make", "held"),
    [
        (failures_of_many_known_browsers, False),
        (failures_of_one_known_browser_at_one_address_and_of_others, False),
        (failures_of_one_known_browser_at_several_addresses, True),
        (failures_of_others_at_one_address, True),
    ],
)
def test_a_login_is_said_to_be_held_where_something_refuses_it(ana, make, held):
    browser = known_browser("ana.ahe")
    make(browser)
    assert throttle.is_held("ana.ahe") == held
    tried = [
        attempt("ana.ahe", browser=browser),
        attempt("ana.ahe"),
        attempt("ana.ahe", address=AWAY),
    ]
    assert (429 in tried) == held


def test_a_success_forgives_the_login_there_and_nothing_else(ana, ben):
    guess("ana.ahe", 2)
    guess("ben.bois", 2)
    assert attempt("ana.ahe") == 302
    assert guess("ana.ahe", 2) == [401, 401]
    assert guess("ben.bois", 1) == [429]


def test_no_list_of_who_signed_in_when_is_kept_beside_the_journal(ana):
    known_browser("ana.ahe")
    assert not AccessLog.objects.exists()
