"""Who the client is: what the connection says, and the configured proxy, and nobody else."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings

from config.embedded.web import configuration
from config.serving.proxies import Believing

FORGED = [
    (b"x-forwarded-for", b"203.0.113.9"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"evil.example.org"),
    (b"x-real-ip", b"203.0.113.9"),
    (b"forwarded", b"for=203.0.113.9;proto=https"),
]


async def seen(scope, proxies=("127.0.0.1",)):
    """The scope that the application gets."""
    found = []

    async def application(scope, receive, send):
        found.append(scope)

    await Believing(application, proxies)(scope, None, None)
    return found[0]


def scope_from(address, headers, kind="http", scheme="http"):
    headers = [(b"host", b"testserver"), *headers]
    return {"type": kind, "scheme": scheme, "client": (address, 5), "headers": headers}


@pytest.mark.parametrize(
    ("address", "proxies"), [("198.51.100.7", ["127.0.0.1"]), ("127.0.0.1", []), ("::1", ["::2"])]
)
async def test_nobody_but_the_proxy_is_believed(address, proxies):
    scope = await seen(scope_from(address, FORGED), proxies)
    assert scope["client"] == (address, 5)
    assert scope["scheme"] == "http"
    assert scope["headers"] == [(b"host", b"testserver")]


async def test_the_proxy_tells_the_client_and_the_scheme():
    scope = await seen(scope_from("127.0.0.1", FORGED))
    assert scope["client"] == ("203.0.113.9", 0)
    assert scope["scheme"] == "https"
    assert scope["headers"] == [(b"host", b"testserver")]
    scope = await seen(scope_from("127.0.0.1", FORGED, "websocket", "ws"))
    assert scope["scheme"] == "wss"


async def test_of_several_addresses_the_one_that_the_proxy_saw_counts():
    """A proxy that adds to what its client sent, instead of writing over it."""
    headers = [(b"x-forwarded-for", b"10.0.0.1, 192.0.2.5 , 203.0.113.9")]
    assert (await seen(scope_from("127.0.0.1", headers)))["client"] == ("203.0.113.9", 0)


@pytest.mark.parametrize("value", [b"", b"unknown", b"1.2.3.4.5", b"\xff", b"10.0.0.1,"])
async def test_what_is_no_address_changes_nothing(value):
    scope = await seen(scope_from("127.0.0.1", [(b"x-forwarded-for", value)]))
    assert scope["client"] == ("127.0.0.1", 5)


def test_the_server_of_make_run_believes_nobody_itself():
    assert configuration().proxy_headers is False
    assert settings.PROXIES == []


def test_a_site_believes_the_proxy_that_it_names():
    command = [sys.executable, "-c", "from config.settings import base; print(base.PROXIES)"]
    for environment, expected in (
        ({}, []),
        ({"MARIGOT_PROXY_ADDRESSES": "10.0.0.4"}, []),
        ({"MARIGOT_TRUSTED_PROXY": "true"}, ["127.0.0.1", "::1"]),
        (
            {"MARIGOT_TRUSTED_PROXY": "true", "MARIGOT_PROXY_ADDRESSES": "10.0.0.4"},
            ["10.0.0.4"],
        ),
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(expected)
