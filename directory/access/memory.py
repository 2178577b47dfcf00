"""What somebody's levels are, asked once in a request that only reads.

A page asks `directory.access` some twenty times what the same person may read. While a
request is under way that changes nothing (`remembering`, opened by the middleware), the first
answer is kept for the next question about that person, and for nobody else. It is dropped

- at the end of the request, however it ends: what outlives it (a task, a stream, a thread)
  asks the database again;
- where a write begins (`forget`): what is asked from then on may have changed.

The next request finds nothing kept: what was taken away is gone with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.core.exceptions import EmptyResultSet
from django.db.models import BigIntegerField, Expression

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import BaseExpression
    from django.db.models.sql.compiler import SQLCompiler

    from directory.access import Level

Levels = Mapping[int, "Level"]
"""The highest level on each scope that a person reads, by the id of the scope."""


class _Memory:
    """The levels of one person. Shared by the copies of a context, so that all are emptied."""

    __slots__ = ("_asked", "_found", "pk")

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self._asked = False
        self._found: Levels | None = None

    def levels(self, ask: Callable[[int], Levels | None]) -> Levels | None:
        if not self._asked:
            found = ask(self.pk)
            self._found, self._asked = found, True
            return found
        return self._found

    def close(self) -> None:
        self.pk = 0
        self._asked, self._found = True, None


_memory: ContextVar[_Memory | None] = ContextVar("levels_remembered", default=None)


@contextmanager
def remembering(pk: int) -> Iterator[None]:
    """Keep what is found out about the account `pk` until the block is left."""
    memory = _Memory(pk)
    token = _memory.set(memory)
    try:
        yield
    finally:
        memory.close()
        _memory.reset(token)


def forget() -> None:
    """Keep nothing any more in the request under way: it is about to write."""
    memory = _memory.get()
    if memory is not None:
        memory.close()


def levels_of(pk: int, ask: Callable[[int], Levels | None]) -> Levels | None:
    """Return the levels of the account `pk`, from `ask(pk)` the first time.

    None where nothing is kept about that account here, or where `ask` gave None: there are
    too many to be kept.
    """
    memory = _memory.get()
    if memory is None or not pk or memory.pk != pk:
        return None
    return memory.levels(ask)


MANY = 1000
"""From how many ids on they are handed over as one value."""

# Rows of the numbers in one value, by kind of database.
_ROWS = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT unnest(%s::bigint[])",
}


class Listed(Expression):
    """Ids to stand after `__in`, written into the text of the query as they are.

    As parameters the ORM would look at each of them anew in each of some twenty places. More
    than `many` are one value, which the database takes apart: to read a text of thousands of
    numbers would take it longer.
    """

    def __init__(self, ids: Iterable[int], *, many: int = MANY) -> None:
        super().__init__(output_field=BigIntegerField())
        numbers = [str(int(pk)) for pk in ids]
        self._text, self._is_one_value = ",".join(numbers), len(numbers) > many

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        """Return the text, and the ids where they are one value.

        Raises EmptyResultSet where there is no id. Django then leaves the condition out, or the
        whole query, as with an empty list.
        """
        if not self._text:
            raise EmptyResultSet
        if not self._is_one_value:
            return f"({self._text})", ()
        rows = _ROWS[connection.vendor]
        value = f"[{self._text}]" if connection.vendor == "sqlite" else f"{{{self._text}}}"
        return f"({rows})", (value,)

    def get_group_by_cols(self) -> list[BaseExpression]:
        """Return nothing to group by: it is constant."""
        return []
