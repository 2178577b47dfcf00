"""Sorting by names in the database, as `directory.text.folded` sorts them, whichever it is.

SQLite sorts by bytes, « École » after « Zone »; PostgreSQL by the collation that it happened to
be installed with.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from directory.text import folded

_SQLITE_NAME = "MARIGOT_FOLDED"
# What has no canonical parts, letter by letter, then what is two letters without its ligature.
_LETTERS = ("øØđĐłŁı‘’‛ʼ‐‑", "ooddlli''''--")
_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ẞ": "ss"}


def _postgresql() -> str:
    """Return the SQL of `folded` for names of one line: marks of NFKD go, capitals after them."""
    text = "%(expressions)s"
    for one, two in _LIGATURES.items():
        text = f"replace({text}, '{one}', '{two}')"
    plain, into = (part.replace("'", "''") for part in _LETTERS)
    text = f"normalize(translate({text}, '{plain}', '{into}'), NFKD)"
    bare = rf"regexp_replace({text}, '[\u0300-\u036f]', '', 'g')"
    return f'(lower({bare}) COLLATE "C")'


class Folded(Func):
    """The text without accents, capitals and ligatures: to sort by, the same on every database."""

    function = _SQLITE_NAME
    arity = 1
    output_field = TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        """Return it by what PostgreSQL has itself."""
        return self.as_sql(compiler, connection, template=_postgresql(), **context)


def teach(connection: Any) -> None:
    """Make `Folded` known to a new connection of SQLite, as the driver has it."""
    connection.create_function(
        _SQLITE_NAME,
        1,
        lambda text: None if text is None else folded(str(text)),
        deterministic=True,
    )
