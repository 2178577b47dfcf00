"""Fixtures of the real servers: those of the runner where it started them, else on demand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.selection import uses_browser

from . import chromium
from .base import RootNeeded, Server, ServerError, ServerMissing, unavailable
from .elasticsearch import Elasticsearch
from .postgres import Postgres
from .redis import Redis
from .smtp import Smtp

# Server of each fixture, and the variable in which the runner hands its address down.
SHARED: dict[str, tuple[type[Server], str]] = {
    "postgres": (Postgres, "MARIGOT_TEST_POSTGRES_URL"),
    "redis": (Redis, "MARIGOT_TEST_REDIS_URL"),
    "elasticsearch": (Elasticsearch, "MARIGOT_TEST_ELASTICSEARCH_URL"),
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests with a browser last: see the fixture `browser`."""
    items.sort(key=uses_browser)


def started(server: Server) -> Iterator[Server]:
    """Run `server` for the life of a fixture; skip, or fail under CI, where it is missing.

    What root alone can start is skipped where we are not root, also under CI.

    Use it as `yield from started(Postgres())` for a server that a test may break.
    """
    try:
        server.start()
    except ServerMissing as error:
        unavailable(str(error))
    except RootNeeded as error:
        pytest.skip(str(error))
    try:
        yield server
    finally:
        server.stop()


def _address(name: str) -> Iterator[str]:
    kind, variable = SHARED[name]
    if url := os.environ.get(variable):
        yield url
        return
    try:
        server = kind()
    except ServerMissing as error:
        unavailable(str(error))
    for running in started(server):
        yield running.url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a PostgreSQL database whose user may make others."""
    yield from _address("postgres")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Address of a Redis server."""
    yield from _address("redis")


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """Address of an Elasticsearch node; use an index prefix of your own."""
    yield from _address("elasticsearch")


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    """An SMTP server that keeps the messages it is sent."""
    with Smtp() as server:
        yield server


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Program of the browser."""
    try:
        return chromium.find()
    except ServerMissing as error:
        unavailable(str(error))


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """A headless browser for the whole run.

    Playwright keeps an event loop running in this thread, which Django takes for
    asynchronous code; the tests that use it run last (see `pytest_collection_modifyitems`).
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=60_000)  # what comes late on a slow machine is no fault
    try:
        with chromium.launched() as browser:
            yield browser
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile, in French; the test fails where a page asks another host."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    outside = chromium.requests_outside(context)
    yield context
    context.close()
    assert not outside, f"The page made requests outside the site: {outside}"


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; the test fails where a script raised an error or the CSP refused something."""
    errors: list[str] = []
    page = context.new_page()
    chromium.note_complaints(page, errors, about="Content Security Policy")
    yield page
    assert not errors, f"The page's scripts failed: {errors}"


__all__ = [
    "ServerError",
    "browser",
    "chromium_path",
    "context",
    "elasticsearch_url",
    "page",
    "postgres_url",
    "redis_url",
    "smtp",
    "started",
]
