"""Which tests are which, told from the fixtures that they use."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from pathlib import PurePath

import pytest

# Options of the command line that choose among the tests, each with its help.
OPTIONS = {
    "--database-only": "run only the tests that use the database, as is done again on PostgreSQL",
    "--without-database": "run only the tests that use no database",
    "--browser-only": "run only tests with a browser",
    "--without-browser": "run no test with a browser",
    "--again": "leave out the tests that one database tells enough of (marked one_database)",
    "--first-half": "run the tests of about every second file",
    "--second-half": "run the tests of the other files",
}
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
BROWSER_FIXTURES = {"browser", "context", "page"}


def _fixtures_of(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def uses_browser(item: pytest.Item) -> bool:
    """Tell whether a test drives the browser."""
    return bool(_fixtures_of(item) & BROWSER_FIXTURES)


def uses_database(item: pytest.Item) -> bool:
    """Tell whether a test reads or writes the database."""
    marked = item.get_closest_marker("django_db") is not None
    return marked or bool(_fixtures_of(item) & DATABASE_FIXTURES)


def is_transactional(item: pytest.Item) -> bool:
    """Tell whether a test commits what it writes, instead of running in a transaction."""
    marked = item.get_closest_marker("django_db")
    return bool(marked and marked.kwargs.get("transaction")) or bool(
        _fixtures_of(item) & (DATABASE_FIXTURES - {"db"})
    )


def is_of_one_database(item: pytest.Item) -> bool:
    """Tell whether a test is about what no database has a say in."""
    return item.get_closest_marker("one_database") is not None


def is_of_the_second_half(path: PurePath) -> bool:
    """Tell which half a file of tests belongs to; as many fall into each, in no order."""
    return bool(zlib.crc32(path.name.encode()) % 2)


def is_chosen(
    options: Collection[str],
    *,
    database: bool,
    browser: bool,
    one_database: bool = False,
    second_half: bool = False,
) -> bool:
    """Tell whether `options` leave a test in that uses a database, a browser, or not."""
    return not (
        ("--database-only" in options and not database)
        or ("--without-database" in options and database)
        or ("--browser-only" in options and not browser)
        or ("--without-browser" in options and browser)
        or ("--again" in options and one_database)
        or ("--first-half" in options and second_half)
        or ("--second-half" in options and not second_half)
    )
