"""A form that came without a session, or with a token of before: it is not lost."""

from __future__ import annotations

import hashlib

import pytest
from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from config.embedded.organisation import DEMO_PASSWORD
from directory.carrying import unsealed
from tests.directory.factories import make_person
from tests.html import element, has, read_in, value_of, values

from .test_sign_in import LOGIN, attempt, who

pytestmark = pytest.mark.django_db

SITE = {"Origin": "http://testserver", "Referer": "http://testserver/notices/new/"}
FORM = {"title_fr": "Réunion « à 14 h »", "service": ["1", "2"], "a_password": "secret-of-mine"}


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept-language": "en"})


def sent_without_a_session(client: Client, path: str = "/notices/new/?a=1", **more):
    """Send a form whose session has ended, as a browser without scripts does."""
    token = client.get("/session/").json()["token"]
    return client.post(path, FORM | {"csrfmiddlewaretoken": token} | more, headers=SITE)


def sealed(page: HttpResponse) -> str:
    return value_of(page, "sent") if has(page, "[name='sent']") else ""


def test_a_form_without_a_session_is_carried_by_the_sign_in(ldap_server):
    client = Client(headers={"accept-language": "en"}, enforce_csrf_checks=True)
    page = sent_without_a_session(client)
    assert page.status_code == 401
    assert "What you entered is kept" in page.content.decode()
    assert "secret-of-mine" not in page.content.decode()

    def enter(password: str, sent: str) -> HttpResponse:
        token = client.get("/session/").json()["token"]
        fields = {"username": LOGIN, "password": password, "sent": sent, "next": "/notices/"}
        return client.post("/sign-in/", fields | {"csrfmiddlewaretoken": token}, headers=SITE)

    wrong = enter("wrong", sealed(page))
    assert (wrong.status_code, sealed(wrong)) == (401, sealed(page))
    again = enter(DEMO_PASSWORD, sealed(wrong))
    assert who(client) == LOGIN
    form = element(again, "form[action='/notices/new/?a=1']")
    assert value_of(form, "title_fr") == "Réunion « à 14 h »"
    assert values(form, "[name='service']", "value") == ["1", "2"]
    assert "secret-of-mine" not in again.content.decode()
    assert "Maryse Lubin" in read_in(again)
    # What the page holds is a form of the new session.
    fields = {"next": "/notices/", "csrfmiddlewaretoken": value_of(form, "csrfmiddlewaretoken")}
    assert client.post("/sign-out/elsewhere/", fields, headers=SITE).status_code == 302


def test_files_are_not_carried_and_that_is_said(ldap_server, client):
    file = SimpleUploadedFile("Pièce.txt", b"of the file")
    page = sent_without_a_session(client, "/nothing-here/", file=file)
    carried = unsealed(sealed(page))
    assert carried is not None
    assert carried.files
    assert "file" not in dict(carried.fields)
    done = attempt(client, sent=sealed(page))
    assert "Files could not be kept" in done.content.decode()


def test_what_is_not_a_form_of_this_site_is_not_carried(client):
    """It is answered like every address to somebody who is not signed in."""
    checked = Client(enforce_csrf_checks=True)
    checked.get("/session/")
    elsewhere = {"Origin": "https://elsewhere.example"}
    for headers in (SITE, elsewhere, {}):
        assert checked.post("/notices/new/", FORM, headers=headers).status_code == 302
    assert client.post("/notices/new/", FORM).status_code == 302
    assert client.post("/notices/new/", {}, headers=SITE).status_code == 302


def test_a_form_too_long_to_be_carried_is_told_where_it_is_and_taken_later(db):
    """Nothing is lost: the browser has it still, and its old token is no hindrance."""
    words = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(250))
    client = Client(headers={"accept-language": "en"}, enforce_csrf_checks=True)
    old = client.get("/session/").json()["token"]
    fields = {"body": words, "csrfmiddlewaretoken": old}
    page = client.post("/notices/new/", fields, headers=SITE)
    assert (page.status_code, sealed(page)) == (401, "")
    assert "too long to be kept here" in page.content.decode()
    assert words not in page.content.decode()

    client.force_login(make_person("mia.member"), backend="directory.backends.DirectoryBackend")
    client.cookies[settings.CSRF_COOKIE_NAME] = "b" * 32  # a sign-in gives a new token
    page = client.post("/notices/new/", fields, headers=SITE)
    assert page.status_code == 403
    assert value_of(page, "body") == words
    assert "send it again" in page.content.decode()
    elsewhere = client.post("/notices/new/", fields, headers={"Origin": "https://other.example"})
    assert (elsewhere.status_code, words in elsewhere.content.decode()) == (403, False)


def test_what_is_carried_comes_from_here_alone(ldap_server, client):
    forged = signing.dumps(["/access/", [["a", "b"]], False], key="x" * 50)
    answer = attempt(client, sent=forged, next="/notices/")
    assert answer["Location"] == "/notices/"
