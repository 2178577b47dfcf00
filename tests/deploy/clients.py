"""Browsers of the site that nginx serves."""

from __future__ import annotations

import ssl

import httpx
from django.conf import settings
from django.test import Client

from .site import Site

CONTENT = bytes(range(256)) * 12_000  # 3 MB, more than nginx keeps in memory


def trusting(site: Site) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(site.nginx.certificates.authority))


def in_two_threads(site: Site) -> ssl.SSLContext:
    """TLS for a client that reads in one thread and writes in another, as `websockets.sync` does.

    TLS 1.3 sends its tickets after the handshake: a write while they are read waits for the end
    of a handshake that is over, and nothing is ever sent. TLS 1.2 has sent all before.
    """
    context = trusting(site)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def session_key(person: object) -> str:
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def signed_in(site: Site, person: object | None = None) -> httpx.Client:
    """A browser of `person`, with the names that production gives its cookies."""
    browser = httpx.Client(
        base_url=site.url, verify=trusting(site), timeout=60, headers={"Origin": site.url}
    )
    if person is not None:
        token = "a" * 32
        browser.headers["Cookie"] = f"__Host-session={session_key(person)}; __Host-csrf={token}"
        browser.headers["X-CSRFToken"] = token
    return browser
