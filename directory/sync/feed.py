"""Following the directory: at once where it tells that something was written, and by the clock."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta

from django.db import Error, close_old_connections, connection
from django.utils import timezone

from directory.ldap import position
from directory.ldap.connection import Connection
from directory.ldap.errors import DirectoryError
from directory.models import SyncRun
from directory.outage import Outage

from . import config, engine, lock

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
EVERY = timedelta(minutes=15)
_REST_AFTER_FAILURE = 5.0
_BLIND_FOR_LONG = 2
"""Looks in a row; a single one fails with any restart of the server."""
_LONGEST_REST = 120.0
_LONGEST_WITHOUT_DATABASE = 40.0


class Watcher:
    """Looks at the directory twice a second, and has it read when it moved or when it is due.

    Looking is one small question on a connection that is kept (contextCSN, highestCommittedUSN,
    lastusn). Several watchers do not disturb one another. `every`: how old a reading may be.
    """

    def __init__(self, *, every: timedelta = EVERY) -> None:
        self._every = every
        self._connection: Connection | None = None
        self._seen: str | None = None
        self._read_at: datetime | None = None
        self._cost = 0.0
        self._failed = True  # the last reading; looked up at the first step
        self._rest = _REST_AFTER_FAILURE
        self._again_at = timezone.now()
        self._blind = 0  # looks in a row that showed nothing

    def step(self) -> SyncRun | None:
        """Look once; return the run that it led to, if any.

        Raises DirectoryError where the directory cannot be looked at; the next step connects
        anew.
        """
        try:
            trigger = self._why()
            self._blind = 0
        except DirectoryError as error:
            self._blind += 1
            if self._blind == _BLIND_FOR_LONG:
                # Nobody would know: it may take connections, and refuse or answer nothing.
                engine.note_out_of_reach(str(error))
                self._failed, self._again_at = True, timezone.now()
            raise
        if trigger is None:
            return None
        began = time.monotonic()
        try:
            run = engine.synchronise(trigger=trigger)
        except lock.Busy:
            return None  # somebody else reads it; what they saw is in the database next time
        self._cost = time.monotonic() - began
        if run.state == SyncRun.State.FAILED:
            self._failed, self._again_at = True, timezone.now() + timedelta(seconds=self._rest)
            self._rest = min(2 * self._rest, _LONGEST_REST)
            self.close()
            raise DirectoryError(run.error)
        self._failed, self._rest = False, _REST_AFTER_FAILURE
        self._seen, self._read_at = run.position, run.finished_at
        return run

    def close(self) -> None:
        """Leave the server."""
        if self._connection is not None:
            self._connection.unbind()
            self._connection = None

    def run(self, stop: threading.Event) -> None:
        """Step until `stop` is set. Nothing that goes wrong ends it."""
        outage = Outage(log, "the directory is followed again")
        rest = _REST_AFTER_FAILURE
        while not stop.is_set():
            # On a directory that changes without end, reading takes no more than half the time.
            pause = max(LOOK_SECONDS, self._cost)
            try:
                close_old_connections()
                self.step()
                outage.end()
                rest = _REST_AFTER_FAILURE
            except DirectoryError as error:
                outage.tell(f"the directory cannot be followed: {error}")
                pause = _REST_AFTER_FAILURE
                self.close()
            except Error as error:
                outage.tell_of("the directory cannot be followed", error)
                connection.close()
                pause, rest = rest, min(2 * rest, _LONGEST_WITHOUT_DATABASE)
            except Exception:
                log.exception("the directory cannot be followed")
                pause = _REST_AFTER_FAILURE
                self.close()
                connection.close()
            stop.wait(pause)
        self.close()
        connection.close()

    def _why(self) -> SyncRun.Trigger | None:
        """Return what calls for a reading now, None for nothing."""
        if self._connection is None:
            self._connection = Connection(config.from_settings())
        try:
            now = position.current(self._connection)
        except DirectoryError:
            self.close()
            raise
        moved = bool(now) and now != self._seen
        due = self._read_at is None or timezone.now() - self._read_at >= self._every
        # Once it can be read again it is, so that health says so soon.
        again = self._failed and timezone.now() >= self._again_at
        if not (moved or due or again):
            return None
        if (newest := _newest()) is not None:  # another process may have read it
            self._seen, self._read_at = newest.position, newest.finished_at
            moved = bool(now) and now != self._seen
            due = timezone.now() - newest.finished_at >= self._every
        self._failed = _last_failed()
        if moved:
            return SyncRun.Trigger.CHANGE
        return SyncRun.Trigger.SCHEDULE if due or (again and self._failed) else None


def _newest() -> SyncRun | None:
    return engine.last_reading(config.source())


def _last_failed() -> bool:
    runs = SyncRun.objects.exclude(state=SyncRun.State.DRY_RUN).order_by("-pk")
    return runs.values_list("state", flat=True).first() == SyncRun.State.FAILED


def sync_if_due() -> SyncRun | None:
    """Read the directory where it moved since, or the last reading is a quarter of an hour old.

    For a scheduler that calls now and then; `Watcher` is for a process that stays.
    Raises DirectoryError.
    """
    if not config.is_configured():
        return None
    watcher = Watcher()
    try:
        return watcher.step()
    finally:
        watcher.close()
