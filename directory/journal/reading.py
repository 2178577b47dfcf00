"""Reading the journal where it is long: what a page shows costs what it shows.

A filter that few entries pass would have the database walk back through all of them. Each
index of the journal ends with the sequence number, so the newest of each wanted value are
found at its end, and the newest of all are among these.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from directory.models import JournalEntry

_TABLE = JournalEntry._meta.db_table

# From each value in the index to the next one, without what lies between.
_ACTIONS = f"""
WITH RECURSIVE known(action) AS (
    SELECT MIN(action) FROM {_TABLE}
    UNION ALL
    SELECT (SELECT MIN(action) FROM {_TABLE} WHERE action > known.action)
    FROM known WHERE known.action IS NOT NULL
) SELECT action FROM known WHERE action IS NOT NULL
"""  # noqa: S608  (constant)


@dataclass(frozen=True, slots=True)
class Strand:
    """The entries whose `column` is one of `values`, of those that `only` leaves.

    There is an index on what `only` asks, then `column`, then the sequence number.
    """

    column: str
    values: Collection[Any]
    only: Q = field(default_factory=Q)


def newest(
    entries: QuerySet[JournalEntry], strands: Iterable[Strand], limit: int
) -> QuerySet[JournalEntry]:
    """Return what holds the newest `limit` of `entries` that stand in one of `strands`.

    Few others are among them, and none that is not wanted. No query of its own. It costs
    `limit` entries for each value, however long the journal is.
    """
    parts = [_ends(entries, strand, limit) for strand in strands if strand.values]
    if not parts:
        return entries.none()
    text = " UNION ALL ".join(part for part, _ in parts)
    parameters = [value for _, values in parts for value in values]
    found = RawSQL(text, parameters)  # noqa: S611  (parameters apart)
    return JournalEntry.objects.filter(sequence__in=found)


def _ends(entries: QuerySet[JournalEntry], strand: Strand, limit: int) -> tuple[str, list[Any]]:
    """Return SQL for the numbers of the newest `limit` of each value, and its parameters."""
    query = entries.filter(strand.only).query
    where, parameters = query.get_compiler(connection=connection).compile(query.where)
    column = connection.ops.quote_name(strand.column)
    values = ", ".join(["(%s)"] * len(strand.values))
    of_value = f"{_TABLE}.{column} = wanted.value" + (f" AND {where}" if where else "")
    last = (
        f"SELECT sequence FROM {_TABLE} WHERE {of_value} "  # noqa: S608
        f"ORDER BY sequence DESC LIMIT 1 OFFSET {limit - 1}"
    )
    return (
        f"SELECT held.sequence FROM (WITH wanted(value) AS (VALUES {values}) "  # noqa: S608
        f"SELECT {_TABLE}.sequence FROM wanted CROSS JOIN {_TABLE} "
        f"WHERE {_TABLE}.sequence >= COALESCE(({last}), 0) AND {of_value}) held",
        [*strand.values, *parameters, *parameters],
    )


def actions() -> list[str]:
    """Return the names of all actions in the journal, sorted; one query, a step for each name."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS)
        return [name for (name,) in cursor.fetchall()]
