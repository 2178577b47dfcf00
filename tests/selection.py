"""Which tests are which, told from the fixtures that they use."""

from __future__ import annotations

import pytest

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
