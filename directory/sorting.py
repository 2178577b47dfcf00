"""Sorting by names in the database, as `directory.text.sort_key` sorts them, whichever it is.

SQLite sorts by bytes, « École » after « Zone »; PostgreSQL by the collation that it happened to
be installed with.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from directory.text import sort_key

if TYPE_CHECKING:
    from django.db.models.sql.compiler import _AsSqlType

_SQLITE_NAME = "MARIGOT_SORT_KEY"
# What has no parts, letter by letter, then what is two letters without its ligature.
_LETTERS = ("øØđĐłŁıς‘’‛ʼ‐‑", "ooddlliσ''''--")
_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ẞ": "ss"}
# Accents, and what nobody sees, as `directory.text` has it.
_GONE = r"[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"


def _postgresql() -> str:
    """Return the SQL of `sort_key` for names of one line.

    Accents go first: ǿ is then an ø like any other. A number gets twelve zeros, of which those
    stay that it needs to have twelve figures.
    """
    text = f"regexp_replace(normalize(%(expressions)s, NFKD), '{_GONE}', '', 'g')"
    plain, into = (part.replace("'", "''") for part in _LETTERS)
    text = f"translate(lower({text}), '{plain}', '{into}')"
    for one, two in _LIGATURES.items():
        text = f"replace({text}, '{one}', '{two}')"
    text = f"regexp_replace({text}, '([0-9]+)', '{'0' * 12}\\1', 'g')"
    text = f"regexp_replace({text}, '0*([0-9]{{12,}})', '\\1', 'g')"
    return f'({text} COLLATE "C")'


BY_NAME = ("sort_name", "pk")
"""What a list of accounts is sorted by: their names, folded when they are written."""
SORT_KEY_LENGTH = 255
"""As many characters of a folded text are kept to sort by."""


class SortKeyField(CharField):
    """A folded text that is kept to sort by: an index on it sorts a long list.

    PostgreSQL compares it by its characters, as SQLite does, whatever the database's collation.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", SORT_KEY_LENGTH)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, str | None]:
        """Return how the column is made."""
        plain = {"collation": "C"} if connection.vendor == "postgresql" else {}
        return {**super().db_parameters(connection), **plain}


class SortKey(Func):
    """What a list by name is sorted by (`directory.text.sort_key`), the same on every database."""

    function = _SQLITE_NAME
    arity = 1
    output_field = TextField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> _AsSqlType:
        """Return it by what PostgreSQL has itself."""
        return self.as_sql(compiler, connection, template=_postgresql(), **context)


def teach(connection: sqlite3.Connection) -> None:
    """Make `SortKey` known to a new connection of SQLite, as the driver has it."""
    connection.create_function(
        _SQLITE_NAME,
        1,
        lambda text: None if text is None else sort_key(str(text)),
        deterministic=True,
    )
