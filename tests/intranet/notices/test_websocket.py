"""The connection itself: which pages may open it, who comes in, what is understood."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings

from config.serving.origins import SiteOriginValidator
from intranet.notices import websocket
from intranet.notices.hub import current
from intranet.notices.routing import websocket_urlpatterns
from tests.directory.factories import make_person

from .serving import SOON, session_of

APPLICATION = SiteOriginValidator(URLRouter(websocket_urlpatterns))
HERE = "http://testserver"
# Channels looks at the connections of its thread where it refuses: an earlier test may have left
# one open there, and to look at it is to use the database.


def client(path="/ws/notices/", *, host="testserver", origin=HERE, key="", scheme="ws"):
    headers = {"host": host, "origin": origin, "cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value]
    ear = WebsocketCommunicator(APPLICATION, path, sent)
    ear.scope["scheme"] = scheme
    return ear


@asynccontextmanager
async def connected(**options):
    """A client whose handshake is taken; what the application raised is raised at the end."""
    ear = client(**options)
    assert (await ear.connect(timeout=SOON))[0]
    yield ear
    await ear.disconnect(timeout=SOON)


async def closed_with(ear):
    said = await ear.receive_output(timeout=SOON)
    assert said["type"] == "websocket.close"
    return said["code"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("testserver", HERE),
        ("testserver:8000", "http://testserver:8000"),
        ("TestServer", HERE),
        ("testserver:80", HERE),
        ("inside", "https://trusted.example.org"),
    ],
)
async def test_a_page_of_this_site_opens_a_socket(settings, host, origin):
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example.org"]
    async with connected(host=host, origin=origin) as ear:
        assert await closed_with(ear) == 4401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("testserver", ""),
        ("testserver", "null"),
        ("testserver", "http://elsewhere.example.org"),
        ("testserver", "http://testserver:8000"),
        ("testserver", "http://testserver.example.org"),
        ("testserver", "ftp://testserver"),
        ("testserver", "http://other"),
        ("elsewhere.example.org", "http://elsewhere.example.org"),
        (".other", "http://evil.other"),
        ("", HERE),
        ("a b", "http://a b"),
        *(("testserver", each) for each in ("http://[", "https://[::", "http://]/", "\x00")),
        ("testserver", "http://testserver:99999"),
        ("testserver", "http://testserver:²"),
    ],
)
async def test_no_other_page_opens_one(settings, host, origin):
    settings.ALLOWED_HOSTS = ["testserver", ".other"]
    assert await client(host=host, origin=origin).connect(timeout=SOON) == (False, 1000)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scheme", "redirected", "origin", "other"),
    [
        ("ws", False, "http", "https"),
        ("wss", False, "https", "http"),
        ("wss", True, "https", "http"),
        ("ws", True, "https", "http"),  # past the proxy that would have told of https
    ],
)
async def test_a_page_is_of_the_scheme_of_its_site(settings, scheme, redirected, origin, other):
    settings.SECURE_SSL_REDIRECT = redirected
    async with connected(scheme=scheme, origin=f"{origin}://testserver") as ear:
        assert await closed_with(ear) == 4401
    refused = client(scheme=scheme, origin=f"{other}://testserver")
    assert await refused.connect(timeout=SOON) == (False, 1000)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/notice/", "/fr/", "/ws/notices/more/"])
async def test_there_is_no_socket_anywhere_else(path):
    assert await client(path).connect(timeout=SOON) == (False, 1000)


@pytest.mark.django_db(transaction=True)
async def test_who_is_signed_in_is_told_what_is_new_after_a_hello(django_user_key):
    async with connected(key=django_user_key) as ear:
        assert current().sockets
        await ear.send_json_to({"since": None})
        assert (await ear.receive_json_from(timeout=SOON))["t"] == "caught"
    assert not current().sockets


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("said", ["", "null", "[]", "{}", '{"since": "7"}', "x" * 201, "9" * 199])
async def test_anything_else_closes_the_socket(django_user_key, said):
    async with connected(key=django_user_key) as ear:
        await ear.send_input({"type": "websocket.receive", "text": said})
        assert await closed_with(ear) == 4400
    assert not current().sockets


@pytest.mark.django_db(transaction=True)
async def test_bytes_and_another_hello_close_the_socket(django_user_key):
    async with connected(key=django_user_key) as ear:
        await ear.send_to(bytes_data=b"{}")
        assert await closed_with(ear) == 4400
    async with connected(key=django_user_key) as ear:
        await ear.send_json_to({"since": None})
        assert (await ear.receive_json_from(timeout=SOON))["t"] == "caught"
        await ear.send_json_to({"since": None})
        assert await closed_with(ear) == 4400


@pytest.mark.django_db(transaction=True)
async def test_a_client_that_says_nothing_is_sent_away(django_user_key, monkeypatch):
    monkeypatch.setattr(websocket, "HELLO_SECONDS", 0.01)
    async with connected(key=django_user_key) as ear:
        assert await closed_with(ear) == 4408


@pytest.fixture
def django_user_key(transactional_db):
    return session_of(make_person("zoe.finance"))
