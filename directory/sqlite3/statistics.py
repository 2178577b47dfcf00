"""What SQLite knows of its tables to choose an index by; PostgreSQL keeps this by itself."""

from __future__ import annotations

from typing import Final

from django.db import connection

# Rows looked at in an index. Nothing counts as commoner than that: with a thousand, the documents
# of a large service were as few as its notes. A million rows in seven indexes took 1.7 s whole.
ROWS_OF_AN_INDEX: Final = 100_000


def renew() -> None:
    """Look at the tables anew where that is ours; for the clock."""
    refresh()


def refresh() -> bool:
    """Look at the tables anew, a bounded part of each; return False where that is not ours.

    It writes, and stands in line as other writers do. Connections that are open go on with what
    they knew. See https://sqlite.org/lang_analyze.html.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_OF_AN_INDEX}")
        cursor.execute("ANALYZE")
    return True
