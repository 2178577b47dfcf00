"""Sorting by names in the database, as `directory.text.folded` sorts them, whichever it is.

SQLite sorts by bytes, « École » after « Zone »; PostgreSQL by the collation that it happened to
be installed with.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from directory.text import folded

_SQLITE_NAME = "MARIGOT_FOLDED"
# What has no parts, letter by letter, then what is two letters without its ligature.
_LETTERS = ("øØđĐłŁıς‘’‛ʼ‐‑", "ooddlliσ''''--")
_LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ẞ": "ss"}
# Accents, and what nobody sees, as `directory.text` has it.
_GONE = r"[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"


def _postgresql() -> str:
    """Return the SQL of `folded` for names of one line.

    Accents go first: ǿ is then an ø like any other.
    """
    text = f"regexp_replace(normalize(%(expressions)s, NFKD), '{_GONE}', '', 'g')"
    plain, into = (part.replace("'", "''") for part in _LETTERS)
    text = f"translate(lower({text}), '{plain}', '{into}')"
    for one, two in _LIGATURES.items():
        text = f"replace({text}, '{one}', '{two}')"
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

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """Return how the column is made."""
        plain = {"collation": "C"} if connection.vendor == "postgresql" else {}
        return {**super().db_parameters(connection), **plain}


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
