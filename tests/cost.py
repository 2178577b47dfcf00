"""What a query costs, counted instead of timed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

_EVERY = 20


def steps(call: Callable[[], object]) -> int:
    """Return how many instructions SQLite's machine takes for the queries of `call`.

    The same work counts the same on any machine. Skips the test on another database: what
    is held this way are indexes, which both have.
    """
    if connection.vendor != "sqlite":
        pytest.skip("SQLite counts its instructions; the other database does not")
    count = 0

    def tick() -> int:
        nonlocal count
        count += _EVERY
        return 0

    connection.ensure_connection()
    connection.connection.set_progress_handler(tick, _EVERY)
    try:
        call()
    finally:
        connection.connection.set_progress_handler(None, _EVERY)
    return count
