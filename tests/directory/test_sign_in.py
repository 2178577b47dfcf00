"""Signing in against a real directory server."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from config.embedded.organisation import DEMO_PASSWORD, DISABLED_LOGIN
from config.embedded.organisation.entries import PEOPLE_DN
from directory import access, journal, signing_in, throttle
from directory.actions.people import deactivate_people
from directory.models import JournalEntry, Person, User
from directory.sync import config
from tests.directory.factories import make_person
from tests.html import has
from tests.servers.branch import IMPATIENCE, PATIENCE

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LOGIN = "maryse.lubin"
DN = f"uid={LOGIN},{PEOPLE_DN}"


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def attempt(client: Client, login: str = LOGIN, password: str = DEMO_PASSWORD, **more):
    return client.post("/sign-in/", {"username": login, "password": password, **more})


def who(client: Client) -> str | None:
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else None


def last(action: str) -> JournalEntry:
    return JournalEntry.objects.filter(action=action).latest("sequence")


def test_the_right_password_opens_a_session_and_brings_the_person_in(ldap_server, client):
    response = attempt(client, next="/search/")
    assert (response.status_code, response["Location"]) == (302, "/search/")
    assert who(client) == LOGIN
    person = Person.objects.get(user__username=LOGIN)
    assert person.external_id == ldap_server.identifier(DN)
    assert person.display_name == "Maryse Lubin"
    assert not person.user.has_usable_password()
    entry = last("session.signed_in")
    assert (entry.actor, entry.payload) == (person.user, {"via": "directory"})


def test_capitals_and_blanks_around_the_login_do_not_matter(ldap_server, client):
    assert attempt(client, f" {LOGIN.upper()} ").status_code == 302


def test_the_session_key_changes_at_sign_in(ldap_server, client):
    client.get("/sign-in/")
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    attempt(client)
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (LOGIN, "wrong"),
        ("nobody.here", DEMO_PASSWORD),
        ("*", DEMO_PASSWORD),
        (f"{LOGIN})(uid=*", DEMO_PASSWORD),
        ("maryse*", DEMO_PASSWORD),
        ("\\6d\\61ryse.lubin", DEMO_PASSWORD),
        ("marigot", DEMO_PASSWORD),
    ],
)
def test_wrong_password_unknown_login_and_injections_are_one_and_the_same(
    ldap_server, client, login, password
):
    response = attempt(client, login, password)
    assert response.status_code == 401
    assert "The login or the password is wrong." in response.content.decode()
    assert who(client) is None
    assert last("session.refused").payload["why"] == "credentials"


@pytest.mark.parametrize("known", [False, True])
def test_all_spellings_that_the_directory_takes_for_one_login_count_together(
    ldap_server, client, settings, known
):
    """OpenLDAP takes several blanks for one; Active Directory accents and much else."""
    settings.AXES_FAILURE_LIMIT = 3
    ldap_server.add_person("ana maria")
    if known:
        assert attempt(client, "ana  maria", ldap_server.PASSWORD).status_code == 302
        client.post("/sign-out/")
    client.cookies.clear()
    tries = [attempt(client, f"ana{' ' * n}maria", "wrong").status_code for n in (1, 2, 3)]
    assert tries == [401, 401, 429]
    held = attempt(client, "ana    maria", ldap_server.PASSWORD)
    assert held.status_code == 429, "the right password too"
    assert int(held["Retry-After"]) > 60
    assert who(client) is None
    if known:
        assert throttle.is_held("ana maria")
    assert attempt(client, LOGIN).status_code == 302


def test_spellings_of_a_login_that_nobody_has_count_together(ldap_server, client, settings):
    settings.AXES_FAILURE_LIMIT = 3
    for spelling in ("agnes.nobody", "agnès.nobody"):
        attempt(client, spelling, "wrong")
    assert attempt(client, "agn\u200bes.nobody", "wrong").status_code == 429


def test_the_password_of_a_local_account_is_not_guessed_while_the_directory_is_silent(
    ldap_server, client, settings
):
    settings.AXES_FAILURE_LIMIT = 3
    User.objects.create_superuser("secours", password="a-long-Password")
    ldap_server.stop()
    assert attempt(client, "ana.nobody", "wrong").status_code == 503
    tries = [attempt(client, "secours", "wrong").status_code for _ in range(3)]
    assert tries == [401, 401, 429]
    assert attempt(client, "secours", "a-long-Password").status_code == 429


def test_what_failed_by_another_spelling_is_noted_of_the_account_it_was_meant_for(
    ldap_server, client
):
    ldap_server.add_person("ana maria")
    attempt(client, "ana maria", ldap_server.PASSWORD)
    client.post("/sign-out/")
    attempt(client, "ana   maria", "wrong")
    assert last("session.refused").payload["login"] == "ana maria"


def test_an_empty_password_asks_nothing_of_the_directory(ldap_server, client):
    ldap_server.stop()
    assert attempt(client, LOGIN, "").status_code == 400
    from directory.backends import DirectoryBackend

    assert DirectoryBackend().authenticate(None, username=LOGIN, password="") is None


def test_what_cannot_be_a_login_is_not_kept(ldap_server, client):
    attempt(client, "my secret pass phrase!", "x")
    assert last("session.refused").payload["login"] == ""


def test_a_disabled_account_learns_it_after_the_right_password_alone(ldap_server, client):
    wrong = attempt(client, DISABLED_LOGIN, "wrong")
    assert "disabled" not in wrong.content.decode()
    right = attempt(client, DISABLED_LOGIN)
    assert right.status_code == 401
    assert "This account is disabled." in right.content.decode()
    assert who(client) is None
    assert not User.objects.filter(username=DISABLED_LOGIN).exists()


def test_an_account_closed_here_is_refused_though_the_directory_lets_it_in(ldap_server, client):
    attempt(client)
    client.post("/sign-out/")
    person = Person.objects.get(user__username=LOGIN)
    deactivate_people(actor=None, source=person.source, ids=[person.external_id], why="absent")
    client.cookies.clear()  # of the language, too
    assert "This account is disabled." in attempt(client).content.decode()


def test_a_session_ends_with_the_next_request_of_somebody_deactivated(ldap_server, client):
    attempt(client)
    assert client.get("/nothing-here/").status_code == 404
    person = Person.objects.get(user__username=LOGIN)
    deactivate_people(actor=None, source=person.source, ids=[person.external_id], why="disabled")
    assert client.get("/nothing-here/")["Location"].startswith("/sign-in/")


def test_only_the_first_waits_for_a_directory_that_is_silent(ldap_server, client, caplog, settings):
    settings.LDAP = settings.LDAP | {"timeout": IMPATIENCE}
    breaker, now = signing_in.breaker_of(ldap_server.config.url), [0.0]
    breaker.clock = lambda: now[0]
    ldap_server.freeze()
    assert attempt(client).status_code == 503
    ldap_server.thaw()
    assert attempt(client).status_code == 503, "it was not even asked"
    assert "try again in a minute" in attempt(client).content.decode()
    told = [record for record in caplog.records if "nobody can sign in" in record.message]
    assert len(told) == 3
    assert not any(record.exc_info or "\n" in record.message for record in told)
    now[0] = breaker.pause + 1
    settings.LDAP = ldap_server.django
    assert attempt(client, password="wrong").status_code == 401
    assert attempt(client).status_code == 302


@pytest.mark.parametrize("misfortune", ["stop", "freeze"])
def test_a_directory_that_gives_no_answer_says_so_in_time_and_throttles_nobody(
    ldap_server, client, misfortune, settings, monkeypatch
):
    # The setting's limit alone is short: whoever heeds another waits longer than is allowed here.
    monkeypatch.setattr(signing_in, "BUDGET_SECONDS", 2.0 * PATIENCE)
    settings.LDAP = settings.LDAP | {"timeout": IMPATIENCE}
    signing_in.breaker_of(ldap_server.config.url).pause = 0.0  # each of them asks
    getattr(ldap_server, misfortune)()
    began = time.monotonic()
    response = attempt(client)
    assert time.monotonic() - began < PATIENCE, "the limit of the settings is heeded"
    assert response.status_code == 503
    assert "Nothing is wrong with your password" in response.content.decode()
    for _ in range(2 if misfortune == "freeze" else 10):
        assert attempt(client).status_code == 503
    if misfortune == "freeze":
        ldap_server.thaw()
    else:
        ldap_server.start()
    settings.LDAP = ldap_server.django
    assert attempt(client).status_code == 302


def test_a_certificate_of_another_authority_lets_no_password_out(
    ldap_server, client, settings, tmp_path
):
    from config.embedded.certificates import certificates_in

    settings.LDAP = settings.LDAP | {"ca_file": str(certificates_in(tmp_path).authority)}
    assert attempt(client).status_code == 503


def test_too_many_attempts_are_told_for_how_long_and_the_right_password_waits_too(
    ldap_server, client, settings
):
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert attempt(client, password="wrong").status_code == 401
    limited = attempt(client, password="wrong")
    assert limited.status_code == 429
    assert "15 minutes" in limited.content.decode()
    assert int(limited["Retry-After"]) == 900
    assert attempt(client).status_code == 429
    assert attempt(client, "tony.williams").status_code == 302  # another login is not held


def test_a_local_account_signs_in_while_the_directory_is_down(ldap_server, client):
    User.objects.create_superuser("rescue", "", "a-long-Password-for-bad-days")
    ldap_server.stop()
    assert attempt(client, "rescue", "a-long-Password-for-bad-days").status_code == 302
    assert last("session.signed_in").payload == {"via": "local"}
    assert access.visible_scopes(User.objects.get(username="rescue")) == []


@pytest.mark.parametrize(
    ("login", "password", "hashes"),
    [
        (LOGIN, DEMO_PASSWORD, 0),
        (LOGIN, "wrong", 1),
        ("nobody.here", "wrong", 1),
        ("rescue", "wrong", 1),
        ("rescue", "a-long-Password-for-bad-days", 1),
    ],
)
def test_who_is_refused_waits_as_long_whatever_the_login(
    ldap_server, client, monkeypatch, login, password, hashes
):
    """And nobody of the directory waits for a hash of what is no password here."""
    User.objects.create_superuser("rescue", "", "a-long-Password-for-bad-days")
    made = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *given: made.append(given) or encode(*given)
    )
    attempt(client, login, password)
    assert len(made) == hashes


def test_somebody_of_the_directory_has_no_password_here(ldap_server, client):
    attempt(client)
    client.post("/sign-out/")
    user = User.objects.get(username=LOGIN)
    user.set_password("set-by-mistake-97")
    user.save()
    assert attempt(client, password="set-by-mistake-97").status_code == 401


def test_two_entries_of_one_login_let_nobody_in(ldap_server, client):
    ldap_server.add_person("maryse.double", uid=["maryse.double", LOGIN])
    assert attempt(client).status_code == 401


def test_a_login_renamed_in_the_directory_stays_the_same_person(ldap_server, client):
    attempt(client)
    before = User.objects.get(username=LOGIN)
    client.post("/sign-out/")
    ldap_server.rename(DN, "uid=maryse.martin")
    assert attempt(client, "maryse.martin").status_code == 302
    assert Person.objects.count() == 1
    assert client.session["_auth_user_id"] == str(before.pk)


def test_a_login_that_is_anothers_here_does_not_take_the_account_over(ldap_server, client):
    local = User.objects.create_user(LOGIN, password="another-Password-1")
    assert attempt(client).status_code == 302
    assert client.session["_auth_user_id"] != str(local.pk)
    assert who(client).startswith(f"{LOGIN}~")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "\\\\evil",
        "",
        "9" * 30,
        "directory:access",
    ],
)
def test_after_sign_in_one_stays_on_the_site(ldap_server, client, target):
    assert attempt(client, next=target)["Location"] == "/"


def test_signing_out_ends_the_session_and_is_noted(ldap_server, client):
    attempt(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert who(client) is None
    assert last("session.signed_out").actor.username == LOGIN


def test_the_language_of_the_person_is_that_of_the_pages(ldap_server, client):
    response = attempt(client, "tony.williams")
    assert response.cookies["marigot_language"].value == "en"
    chosen = client.post("/language/", {"language": "fr", "next": "/en/finances/"})
    assert (chosen.status_code, chosen["Location"]) == (302, "/fr/finances/")
    assert chosen.cookies["marigot_language"].value == "fr"
    assert User.objects.get(username="tony.williams").language == "fr"
    assert client.post("/language/", {"language": "xx"}).status_code == 400
    away = client.post("/language/", {"language": "fr", "next": "https://evil.example/fr/"})
    assert away["Location"] == "/"


def test_a_language_chosen_before_the_sign_in_stays_over_it(ldap_server, client):
    """It is the person's from then on, and nobody's whose turn is next on this computer."""
    attempt(client)
    assert User.objects.get(username=LOGIN).language == "fr"
    client.post("/sign-out/")
    client.post("/language/", {"language": "en", "next": "/sign-in/?next=/fr/finances/"})
    attempt(client, password="wrong")
    assert User.objects.get(username=LOGIN).language == "fr"
    assert attempt(client, next="/fr/finances/")["Location"] == "/en/finances/"
    assert client.cookies["marigot_language"].value == "en"
    assert User.objects.get(username=LOGIN).language == "en"
    client.post("/sign-out/")
    attempt(client, "alicia.baptiste")
    assert client.cookies["marigot_language"].value == "fr"


def test_signing_in_over_a_page_leaves_its_language(ldap_server, client):
    attempt(client)
    person = User.objects.get(username=LOGIN)
    User.objects.filter(pk=person.pk).update(language="en")  # in another browser
    client.session.flush()
    attempt(client, over=str(person.pk))
    assert client.cookies["marigot_language"].value == "fr"
    client.session.flush()
    # Over somebody else's page it is one's own, as on the page of the sign-in.
    attempt(client, "tony.williams", over=str(person.pk))
    assert client.cookies["marigot_language"].value == "en"


def test_the_journal_holds_after_all_of_this(ldap_server, client):
    attempt(client)
    attempt(Client(), password="wrong")
    client.post("/sign-out/")
    assert list(journal.verify()) == []


def test_no_password_is_written_anywhere(ldap_server, client, caplog):
    attempt(client, password="Sesame-very-secret-1")
    from axes.models import AccessAttempt

    kept = [str(list(AccessAttempt.objects.values())), caplog.text]
    kept += [str(e.payload) for e in JournalEntry.objects.all()]
    assert not any("Sesame" in text for text in kept)
    assert config.from_settings().bind_password not in repr(config.from_settings())


def test_the_page_is_in_french_by_default_and_offers_both_languages(client, settings):
    settings.LDAP = settings.LDAP | {"url": ""}
    page = client.get("/sign-in/", headers={"accept-language": "fr"})
    assert has(page, "html[lang='fr']")
    assert has(page, "[value='en']")
    assert has(page, "[value='fr']")


def test_a_page_learns_whether_its_session_lives(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/session/")
    assert (answer.json()["person"], len(answer.json()["token"])) == (None, 64)
    assert "no-store" in answer["Cache-Control"]
    person = make_person("ana.ahe")
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    with django_assert_num_queries(2):
        answer = client.get("/session/")
    assert answer.json()["person"] == person.pk


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true"},
        {"Accept": "text/html, application/json"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"},
    ],
)
@pytest.mark.parametrize("path", ["/notices/", "/nothing-here/"])
def test_a_script_without_a_session_is_told_to_have_its_person_sign_in(client, headers, path):
    for method in ("get", "post", "put"):
        answer = getattr(client, method)(path, headers=headers)
        assert (answer.status_code, answer["Marigot-Sign-In"]) == (401, "required")
        assert "HX-Redirect" not in answer
        assert answer.content == b""


def test_a_link_without_a_session_leads_back_to_where_it_led(client):
    browser = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    answer = client.get("/search/?q=eau&kind=note", headers=browser)
    assert answer["Location"] == "/sign-in/?next=%2Fsearch%2F%3Fq%3Deau%26kind%3Dnote"
    saved = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/d/1/download", headers=saved).status_code == 302


def test_signing_in_over_a_page_tells_who_it_is_and_the_new_token(ldap_server):
    client = Client(headers={"accept-language": "en"}, enforce_csrf_checks=True)
    token = client.get("/session/").json()["token"]
    over = {"Accept": "application/json", "X-CSRFToken": token}

    def enter(password: str):
        return client.post("/sign-in/", {"username": LOGIN, "password": password}, headers=over)

    wrong = enter("wrong")
    assert (wrong.status_code, wrong.json()) == (
        401,
        {"error": "The login or the password is wrong."},
    )
    assert "required" in enter("").json()["error"]
    right = enter(DEMO_PASSWORD)
    assert right.json()["person"] == User.objects.get(username=LOGIN).pk
    assert who(client) == LOGIN
    # The token is the new one: the old one sends no form any more.
    form = {"next": "/notices/"}
    old = client.post("/sign-out/elsewhere/", form, headers={"X-CSRFToken": token})
    assert old.status_code == 403
    new = {"X-CSRFToken": right.json()["token"]}
    assert client.post("/sign-out/elsewhere/", form, headers=new)["Location"] == "/notices/"
