"""Choosing a new password in the directory while signing in."""

from __future__ import annotations

import logging
import time

import pytest
from django.test import Client

from directory import signing_in
from directory.ldap import passwords
from directory.ldap.errors import NotConfigured, Unavailable
from directory.ldap.passwords import Objection
from directory.models import JournalEntry, Person, User
from directory.sync import config, engine
from tests.directory.servers import branch, directory_server
from tests.html import has
from tests.servers.branch import IMPATIENCE, PASSWORD, PATIENCE
from tests.servers.password_policy import policy

__all__ = ["branch", "directory_server"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LOGIN, NEW = "ann.martin", "Nouvel-été-2027"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def client() -> Client:
    return Client(headers=ENGLISH)


@pytest.fixture
def allowed(branch, settings):
    """The site lets people change their password, and so does the server. Returns who must."""
    settings.LDAP = settings.LDAP | {"changes_passwords": True}
    dn = branch.add_person(LOGIN)
    with policy(branch) as rules, rules.changed_by_people():
        rules.must_change(dn)
        yield rules


def of(*names: str):
    return pytest.mark.parametrize("directory_server", names, indirect=True)


def sign_in(client: Client, password: str = PASSWORD, **more):
    return client.post("/sign-in/", {"username": LOGIN, "password": password}, **more)


def choose(
    client: Client, new: str = NEW, *, old: str = PASSWORD, again: str | None = None, **more
):
    given = {"username": LOGIN, "password": old, "new_password": new}
    given["password_again"] = new if again is None else again
    return client.post("/sign-in/password/", given | more)


def noted(action: str) -> list[str]:
    entries = JournalEntry.objects.filter(action=action).order_by("sequence")
    return [entry.payload.get("why", "") for entry in entries]


def test_who_must_choose_a_new_password_does_and_is_signed_in(branch, allowed, client):
    page = sign_in(client)
    assert page.status_code == 401
    assert "you must choose a new password" in page.content.decode()
    assert has(page, "form[action='/sign-in/password/']")
    assert has(page, f"input[name='username'][value='{LOGIN}']")
    assert not has(page, "input[type='password'][value]")
    done = choose(client, next="/search/")
    assert (done.status_code, done["Location"]) == (302, "/search/")
    user = User.objects.get(username=LOGIN)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert len(noted("password.chosen")) == 1
    assert sign_in(Client(headers=ENGLISH), NEW).status_code == 302


def test_the_session_outlives_the_reading_that_follows(branch, allowed, client):
    assert choose(client).status_code == 302
    engine.synchronise(trigger="command")
    assert client.get("/session/").json()["person"] == User.objects.get(username=LOGIN).pk
    mark = Person.objects.get(user__username=LOGIN).password_mark
    assert mark != "0"


@pytest.mark.parametrize("new", ["Ab-1", PASSWORD + "-x"])
def test_what_the_directory_refuses_is_told_and_changes_nothing(branch, allowed, client, new):
    if new != "Ab-1":
        assert choose(client, new).status_code == 302  # is in the history afterwards
        client.post("/sign-out/")
        assert choose(client, NEW, old=new).status_code == 302
        client.post("/sign-out/")
        refused = choose(client, new, old=NEW)
        words = ("used it before",)
    else:
        refused = choose(client, new)
        words = ("too short",)
    assert refused.status_code == 401
    text = refused.content.decode()
    assert "The directory refuses the new password" in text
    assert any(each in text for each in words)
    assert has(refused, "form[action='/sign-in/password/']")
    assert noted("session.refused")[-1] == "password_refused"


def test_a_wrong_password_changes_nothing_and_is_throttled_as_a_sign_in(
    branch, allowed, client, settings
):
    settings.AXES_FAILURE_LIMIT = 3
    assert choose(client, old="wrong").status_code == 401
    assert sign_in(client, "wrong").status_code == 401
    assert choose(client, old="wrong").status_code == 429
    assert choose(client).status_code == 429
    assert noted("password.chosen") == []


def test_it_is_said_over_a_page_where_to_choose(branch, allowed, client):
    told = sign_in(client, headers={"accept": "application/json"}).json()["error"]
    assert "in another tab" in told


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "on your work computer"),
        ("Poste 4321, de 8 à 12 h.", "Poste 4321"),
        ("https://pass.example/", 'href="https://pass.example/"'),
    ],
)
@of("openldap")
def test_where_the_site_does_not_allow_it_it_says_where_else(
    branch, allowed, client, settings, said, words
):
    settings.LDAP = settings.LDAP | {"changes_passwords": False, "password_help": said}
    page = sign_in(client)
    assert words in page.content.decode()
    assert not has(page, "form[action='/sign-in/password/']")
    assert client.get("/sign-in/password/").status_code == 404
    assert choose(client).status_code == 404
    with pytest.raises(NotConfigured, match="MARIGOT_LDAP_CHANGES_PASSWORDS"):
        signing_in.check(LOGIN, PASSWORD, new_password=NEW)


@of("openldap", "389ds")
def test_where_the_server_does_not_allow_it_it_says_where_else(branch, client, settings, caplog):
    settings.LDAP = settings.LDAP | {"changes_passwords": True}
    dn = branch.add_person(LOGIN)
    with policy(branch) as rules:
        rules.must_change(dn)
        page = choose(client)
    assert "does not let you change your password here" in page.content.decode()
    assert "lets" in caplog.text
    assert "choose no password" in caplog.text


@of("openldap", "389ds")
def test_an_expired_password_is_changed_while_the_server_still_lets_in(branch, client, settings):
    settings.LDAP = settings.LDAP | {"changes_passwords": True}
    dn = branch.add_person(LOGIN)
    with policy(branch) as rules, rules.changed_by_people():
        rules.expire_password(dn)
        page = sign_in(client)
        assert "expired" in page.content.decode()
        assert not has(page, "form[action='/sign-in/password/']")
        rules.grant_grace(3)
        assert has(sign_in(client), "form[action='/sign-in/password/']")
        assert choose(client).status_code == 302


@of("ad")
def test_active_directory_changes_an_expired_password(branch, client, settings):
    settings.LDAP = settings.LDAP | {"changes_passwords": True}
    dn = branch.add_person(LOGIN)
    with policy(branch) as rules:
        rules.expire_password(dn)
        assert has(sign_in(client), "form[action='/sign-in/password/']")
        assert choose(client).status_code == 302
        assert sign_in(Client(headers=ENGLISH), NEW).status_code == 302


@of("openldap")
def test_what_was_typed_in_two_ways_or_is_the_same_goes_nowhere(branch, allowed, client):
    for new, again, words in (
        (NEW, "other", "not the same password"),
        (PASSWORD, PASSWORD, "your present password"),
    ):
        page = choose(client, new, again=again)
        assert page.status_code == 400
        assert words in page.content.decode()


@of("openldap")
def test_an_account_closed_here_changes_nothing(branch, allowed, client):
    assert choose(client).status_code == 302
    client.post("/sign-out/")
    User.objects.filter(username=LOGIN).update(is_active=False)
    page = choose(client, "Another-2028", old=NEW)
    assert "This account is disabled." in page.content.decode()
    assert passwords.tried(_connection(), branch.person_dn(LOGIN), NEW) in passwords.PROVES


def _connection() -> passwords.Connection:
    return passwords.Connection(config.from_settings())


@of("openldap")
def test_a_local_account_has_its_password_changed_nowhere(branch, allowed, client):
    User.objects.create_superuser("rescue", "", "a-long-Password-1")
    page = choose(client, username="rescue", password="a-long-Password-1")
    assert page.status_code == 401
    assert User.objects.get(username="rescue").check_password("a-long-Password-1")


@of("openldap", "ad")
def test_a_server_that_falls_silent_before_the_change_is_given_up(
    branch, allowed, directory_server, settings, monkeypatch
):
    """After the bind, and within the time that all of it may take."""
    settings.LDAP = settings.LDAP | {"timeout": IMPATIENCE}
    verdicts = ("of_refusal", "_of_success")
    for name in verdicts:
        own = getattr(passwords, name)
        monkeypatch.setattr(
            passwords, name, lambda given, own=own: (directory_server.freeze(), own(given))[1]
        )
    began = time.monotonic()
    try:
        with pytest.raises(Unavailable):
            signing_in.check(LOGIN, PASSWORD, new_password=NEW)
    finally:
        directory_server.thaw()
    assert time.monotonic() - began < PATIENCE


def test_no_password_is_written_anywhere(branch, allowed, client, caplog):
    caplog.set_level(logging.DEBUG)
    pages = [sign_in(client), choose(client, "Ab-1"), choose(client, old="Sesame-wrong-1")]
    pages.append(choose(client))
    from axes.models import AccessAttempt

    kept = [str(list(AccessAttempt.objects.values())), caplog.text]
    kept += [str(e.payload) for e in JournalEntry.objects.all()]
    kept += [page.content.decode() + str(page.headers) for page in pages]
    for secret in (PASSWORD, NEW, "Sesame-wrong-1"):
        assert not any(secret in text for text in kept)


def test_the_page_needs_no_script_and_speaks_both_languages(client, settings):
    settings.LDAP = settings.LDAP | {"changes_passwords": True}
    page = client.get("/sign-in/password/", headers={"accept-language": "fr"})
    assert "Choisir un nouveau mot de passe" in page.content.decode()
    for name, said in (
        ("username", "username"),
        ("password", "current-password"),
        ("new_password", "new-password"),
        ("password_again", "new-password"),
    ):
        assert has(page, f"label[for='id_{name}']")
        assert has(page, f"input[name='{name}'][autocomplete='{said}']")


@pytest.mark.parametrize(
    ("info", "objection"),
    [
        ("0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM)", Objection.UNSUITABLE),
        ("0000052D: Constraint violation - the password is too short.", Objection.SHORT),
        ("does not meet the complexity criteria!", Objection.SIMPLE),
        ("the password was already used (in history)!", Objection.USED),
        ("password is too young to change!", Objection.YOUNG),
        ("unwilling to verify old password", Objection.FORBIDDEN),
    ],
)
def test_objections_of_active_directory(info, objection):
    import ldap

    error = ldap.UNWILLING_TO_PERFORM({"desc": "Server is unwilling to perform", "info": info})
    assert passwords.objection_of(error) is objection


def test_nothing_is_sent_in_clear(branch, settings):
    settings.LDAP = settings.LDAP | {"url": "ldaps://a ldap://b", "start_tls": False}
    with pytest.raises(NotConfigured, match="MARIGOT_LDAP_START_TLS"):
        config.from_settings()
