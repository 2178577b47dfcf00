"""Reading the journal where it is long: what a page shows costs what it shows.

A filter that few entries pass would have the database walk back through all of them. Each
index of the journal ends with the sequence number, so the newest of each wanted value are
found at its end, and the newest of all are among these.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from directory import trouble
from directory.models import JournalEntry

log = logging.getLogger(__name__)

_TABLE = JournalEntry._meta.db_table

# From each value in the index to the next one, without what lies between.
_ACTIONS = f"""
WITH RECURSIVE known(action) AS (
    SELECT MIN(action) FROM {_TABLE}
    UNION ALL
    SELECT (SELECT MIN(action) FROM {_TABLE} WHERE action > known.action)
    FROM known WHERE known.action IS NOT NULL
) SELECT {{}} FROM known WHERE action IS NOT NULL
"""  # noqa: S608  (constant)
# SQLite keeps in a column of text what is none.
_AS_BYTES = {"sqlite": "CAST(action AS BLOB)", "postgresql": "convert_to(action, 'UTF8')"}


@dataclass(frozen=True, slots=True)
class Strand:
    """The entries whose `column` is one of `values`, of those that `only` leaves.

    There is an index on what `only` asks, then `column`, then the sequence number.
    """

    column: str
    values: Collection[object]
    only: Q = field(default_factory=Q)


def newest(
    entries: QuerySet[JournalEntry], strands: Iterable[Strand], limit: int
) -> QuerySet[JournalEntry]:
    """Return what holds the newest `limit` of `entries` that stand in one of `strands`.

    Few others are among them, and none that is not wanted. No query of its own. It costs
    `limit` entries for each value, however long the journal is.
    """
    parts = []
    for strand in strands:
        if strand.values:
            try:
                parts.append(_ends(entries, strand, limit))
            except EmptyResultSet:
                continue  # no entry passes what `entries` or the strand asks besides
    if not parts:
        return entries.none()
    text = " UNION ALL ".join(part for part, _ in parts)
    parameters = [value for _, values in parts for value in values]
    found = RawSQL(text, parameters)  # noqa: S611  (parameters apart)
    return JournalEntry.objects.filter(sequence__in=found)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for an entry whose row cannot be read: its number, and nothing else is known."""

    sequence: int
    at: None = None
    actor: None = None
    actor_id: None = None
    actor_name: str = ""
    action: str = ""
    outcome: str = JournalEntry.Outcome.DONE
    object_type: str = ""
    object_id: str = ""
    scope_id: None = None
    request_id: str = ""
    hash: str = ""
    payload: dict[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What is shown for it, in the reader's language."""
        return _("This entry cannot be read")


def loaded(entries: QuerySet[JournalEntry]) -> list[JournalEntry | Unreadable]:
    """Return the entries of a query; one query where all can be read.

    A row that somebody damaged comes as an Unreadable: it hides none of those beside it.
    `verify` tells what is wrong with it. `shown` looks at what is in those that load, too.
    Raises what is of the moment (`directory.trouble`).
    """
    try:
        return list(entries)
    except Exception as error:
        if trouble.is_of_the_moment(error):
            raise
        numbers = list(entries.values_list("sequence", flat=True))
        log.exception("entries of the journal cannot be read: they are read singly")
        return [_loaded(number) for number in numbers]


def _loaded(number: int) -> JournalEntry | Unreadable:
    rows = JournalEntry.objects.select_related("actor")
    try:
        return rows.get(pk=number)
    except Exception as error:
        if trouble.is_of_the_moment(error):
            raise
        return Unreadable(number)  # told by `loaded`


def _ends(entries: QuerySet[JournalEntry], strand: Strand, limit: int) -> tuple[str, list[object]]:
    """Return SQL for the numbers of the newest `limit` of each value, and its parameters.

    Raises EmptyResultSet where a condition is one that nothing passes.
    """
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
    """Return the names of all actions in the journal, sorted; one query, a step for each name.

    What is no text is no name: it stands in a damaged row.
    """
    names = []
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS.format(_AS_BYTES[connection.vendor]))
        for (name,) in cursor.fetchall():
            with suppress(UnicodeDecodeError):
                names.append(bytes(name).decode())
    return names
