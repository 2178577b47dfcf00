"""Fixtures of the tests that drive a browser against a served Marigot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import migrated
from tests.servers.chromium import note_complaints, requests_outside

from .served import Served


@pytest.fixture(scope="session")
def marigot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Marigot with its demo organisation, as `make run` serves it.

    MARIGOT_TEST_SERVED=port:folder takes one that runs already, to write tests against.
    """
    if given := os.environ.get("MARIGOT_TEST_SERVED"):
        port, _, folder = given.partition(":")
        yield Served(Path(folder), int(port))
        return
    served = Served(tmp_path_factory.mktemp("served") / "data")
    migrated.put(served.data / "marigot.sqlite3")
    served.start()
    try:
        yield served
    finally:
        served.stop()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(browser: Browser, marigot: Served) -> Iterator[SignIn]:
    """Return a function that signs somebody of the demo in, in a browser profile of their own."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    outside: list[list[str]] = []

    def signed_in(login: str, *, language: str = "fr", **options: object) -> Page:
        locale = {"fr": "fr-FR", "en": "en-GB"}[language]
        context = browser.new_context(locale=locale, base_url=marigot.url, **options)
        context.add_cookies([{"name": "marigot_language", "value": language, "url": marigot.url}])
        contexts.append(context)
        outside.append(requests_outside(context))
        page = context.new_page()
        note_complaints(page, errors)
        page.goto("/sign-in/")
        person = marigot.person(login)
        page.locator("input[name=username]").fill(person["login"])
        page.locator("input[name=password]").fill(person["password"])
        page.locator("main button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        if f"/{language}/" not in page.url:
            page.goto(f"/{language}/")
        return page

    yield signed_in
    for context in contexts:
        context.close()
    unexpected = [error for error in errors if "404" not in error]
    assert not unexpected, "\n".join(unexpected)
    assert not any(outside), f"The page made requests outside the site: {outside}"
