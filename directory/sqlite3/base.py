"""Django's SQLite, with writers in line (see `queue`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.sqlite3 import base

from directory.sorting import teach

from .queue import Queue, queue_of

# What takes the write lock by itself where no transaction is open. Reading never waits.
_WRITES = re.compile(
    r"\s*(insert|update|delete|replace|create|alter|drop|reindex|vacuum|analyze)\b", re.I
)


class _Cursor(base.SQLiteCursorWrapper):
    """Has a statement that writes outside of a transaction stand in line by itself."""

    owner: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement."""
        with self.owner.in_line(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """Run one statement for each of `param_list`."""
        with self.owner.in_line(query):
            return super().executemany(query, param_list)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that stands in line before it takes the write lock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: Queue | None = None

    def get_new_connection(self, conn_params: Any) -> Any:
        """Return a connection that sorts by `directory.sorting`."""
        connection = super().get_new_connection(conn_params)
        teach(connection)
        return connection

    @contextmanager
    def in_line(self, query: str) -> Iterator[None]:
        """Stand in line while `query` runs, where it writes and no transaction is open."""
        if self.in_atomic_block or self._held is not None or not _WRITES.match(query):
            yield
            return
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor whose statements stand in line."""
        cursor = self.connection.cursor(factory=_Cursor)
        cursor.owner = self
        return cursor

    def _enter(self) -> None:
        if self._held is None and not self.is_in_memory_db():
            queue = queue_of(str(self.settings_dict["NAME"]))
            queue.enter(self.settings_dict["OPTIONS"].get("timeout", 5.0))
            self._held = queue

    def _leave(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.leave()

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._leave()  # a commit that fails is followed by a rollback

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()
