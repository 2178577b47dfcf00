"""Fixtures and options that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from . import days, migrated
from .kept import side_by_side
from .selection import (
    OPTIONS,
    is_chosen,
    is_of_one_database,
    is_of_the_second_half,
    uses_browser,
    uses_database,
)

pytest_plugins = ["tests.servers.fixtures", "tests.kept"]


def pytest_addoption(parser: pytest.Parser) -> None:
    for option, about in OPTIONS.items():
        parser.addoption(option, action="store_true", help=about)


@pytest.hookimpl(trylast=True)  # after pytest-django has put those that commit last
def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the tests that ask for the same rows follow each other."""
    session.items[:] = side_by_side(session.items)


@pytest.hookimpl(tryfirst=True)  # before -m is applied
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests with a browser as e2e; leave those out that the options leave out."""
    for item in items:
        if uses_browser(item):
            item.add_marker(pytest.mark.e2e)
    options = [option for option in OPTIONS if config.getoption(option)]
    chosen = [
        item
        for item in items
        if is_chosen(
            options,
            database=uses_database(item),
            browser=uses_browser(item),
            one_database=is_of_one_database(item),
            second_half=is_of_the_second_half(item.path),
        )
    ]
    left_out = set(items) - set(chosen)
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = chosen


@pytest.hookimpl(tryfirst=True)  # before the fixtures, which enter days as well
def pytest_runtest_setup() -> None:
    """Let no test begin just before midnight."""
    days.wait_where_one_ends()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Take the database that the run has made; pytest-django brings it up to date, as any."""
    if connection.vendor != "sqlite":
        return django_db_keepdb
    return migrated.put(Path(settings.DATABASES["default"]["TEST"]["NAME"])) or django_db_keepdb


@pytest.fixture(autouse=True)
def _language_of_the_site() -> Iterator[None]:
    """Begin each test in the language of the site, whatever a request before left behind."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _wanted_servers(request: pytest.FixtureRequest) -> None:
    """Start the server that `@pytest.mark.server("redis")` names."""
    for mark in request.node.iter_markers("server"):
        for name in mark.args:
            request.getfixturevalue(f"{name}_url")
