"""Wake-ups by PostgreSQL's NOTIFY."""

from __future__ import annotations

import contextlib
import logging
import time

import psycopg
from django.db import DatabaseError, connection, connections

from directory.outage import Outage
from directory.text import one_line

from .base import Listener, WakeUp

CHANNEL = "marigot_journal"
log = logging.getLogger(__name__)


class PostgresListener(Listener):
    """A connection of its own that listens; made again when it is lost."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection | None = None
        self._outage = Outage(log, "PostgreSQL's wake-ups are back.")
        self._connect()

    def _connect(self) -> None:
        parameters = connections["default"].get_connection_params()
        for unwanted in ("cursor_factory", "context", "prepare_threshold"):
            parameters.pop(unwanted, None)
        try:
            self._connection = psycopg.connect(**parameters, autocommit=True)
            self._connection.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            self._lost(error)
        else:
            self._outage.end()

    def wait(self, seconds: float) -> bool:
        """See `Listener.wait`."""
        if self._connection is None:
            time.sleep(seconds)
            self._connect()
            return False
        try:
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error as error:
            self._lost(error)
            return False

    def _lost(self, error: psycopg.Error) -> None:
        reason = one_line(str(error))
        self._outage.tell(f"PostgreSQL's wake-ups are out of reach; polling: {reason}")
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def close(self) -> None:
        """See `Listener.close`."""
        if self._connection is not None:
            self._connection.close()


class PostgresWakeUp(WakeUp):
    """Wake-ups through the database that everybody is connected to anyway."""

    def notify(self) -> None:
        """See `WakeUp.notify`."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"NOTIFY {CHANNEL}")
        except DatabaseError as error:
            raise OSError(str(error)) from error

    def listen(self) -> PostgresListener:
        """See `WakeUp.listen`."""
        return PostgresListener()
