"""Rows by the hundred thousand, of which `bulk_create` would make as many objects."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from django.db import connections, models, router

# How a database takes the numbers apart, which it is given as one value or two.
_PAIRS: Final = {
    "postgresql": "SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
    "sqlite": "SELECT value ->> 0, value ->> 1 FROM json_each(%s) WHERE true",
}


def insert_pairs(
    left: models.ForeignKey, right: models.ForeignKey, pairs: Iterable[tuple[int, int]]
) -> None:
    """Insert a row for each of `pairs`, but for those that are there; one statement.

    `left`, `right`: the fields of one model that hold the two numbers; the others have none or a
    default of the database, which looks at foreign keys as ever.
    """
    rows = list(pairs)
    if not rows:
        return
    connection = connections[router.db_for_write(left.model)]
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(str(field.column)) for field in (left, right))
    select = _PAIRS[connection.vendor]
    values = (
        [json.dumps(rows)]
        if connection.vendor == "sqlite"
        else [list(each) for each in zip(*rows, strict=True)]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quoted(left.model._meta.db_table)} ({names}) {select}"
            " ON CONFLICT DO NOTHING",
            values,
        )
