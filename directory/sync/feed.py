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
from .increment import Whole
from .live import LiveFeed

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
_COMPARING_SECONDS = 0.05
EVERY = timedelta(minutes=15)
EXPIRIES_EVERY = timedelta(minutes=1)
"""How long an account may stay open after its last day."""
_REST_AFTER_FAILURE = 5.0
_BLIND_FOR_LONG = 2
"""Looks in a row; a single one fails with any restart of the server."""
_LONGEST_REST = 120.0
_LONGEST_WITHOUT_DATABASE = 40.0


class Watcher:
    """Looks at the directory five times a second, and follows what is written.

    Looking is one small question on a connection that is kept (contextCSN, highestCommittedUSN,
    lastusn). Where it moved, what was written since is asked for (`LiveFeed`); where that does
    not tell all, and when it is due, everything is read. Several watchers do not disturb one
    another. `every`: how old a reading of everything may be.
    """

    def __init__(self, *, every: timedelta = EVERY) -> None:
        self._every = every
        self._connection: Connection | None = None
        self._live: LiveFeed | None = None
        self._seen: str | None = None
        self._read_at: datetime | None = None
        self._expired_until: datetime | None = None  # up to when those were asked for
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
        self._cost = 0.0
        try:
            now = self._look()
            self._blind = 0
        except DirectoryError as error:
            self._blind += 1
            if self._blind == _BLIND_FOR_LONG:
                # Nobody would know: it may take connections, and refuse or answer nothing.
                engine.note_out_of_reach(str(error))
                self._failed, self._again_at = True, timezone.now()
            raise
        trigger = self._why(now)
        asks_who_expired = self._is_time_for_expiries()
        if trigger is None and not asks_who_expired:
            return None
        began = time.monotonic()
        try:
            if asks_who_expired and self._live is not None:
                try:
                    run = self._close_expired(self._live)
                except Whole as why:
                    log.info("everything is read: %s", why)
                    return self._read(trigger or SyncRun.Trigger.SCHEDULE, now)
                if run is not None or trigger is None:
                    return run
            if trigger is SyncRun.Trigger.CHANGE and self._live is not None:
                try:
                    return self._follow(self._live, now)
                except Whole as why:
                    log.info("everything is read: %s", why)
            return self._read(trigger, now) if trigger is not None else None
        except lock.Busy:
            return None  # somebody else reads it; what they saw is in the database next time
        finally:
            self._cost = time.monotonic() - began

    def close(self) -> None:
        """Leave the server."""
        if self._live is not None:
            self._live.close()
            if self._live.is_unsettled:
                self._seen = None  # not all of it
        if self._connection is not None:
            self._connection.unbind()
        self._connection = self._live = None

    def _pause(self) -> float:
        if self._live is not None and self._live.is_comparing:
            return _COMPARING_SECONDS
        # On a directory that changes without end, reading takes no more than half the time.
        return max(LOOK_SECONDS, self._cost)

    def run(self, stop: threading.Event) -> None:
        """Step until `stop` is set. Nothing that goes wrong ends it."""
        outage = Outage(log, "the directory is followed again")
        rest = _REST_AFTER_FAILURE
        while not stop.is_set():
            try:
                close_old_connections()
                self.step()
                pause = self._pause()
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

    def _look(self) -> str:
        """Return where the directory is."""
        if self._connection is None:
            self._connection = Connection(config.from_settings())
        try:
            return position.current(self._connection)
        except DirectoryError:
            self.close()
            raise

    def _why(self, now: str) -> SyncRun.Trigger | None:
        """Return what calls for a reading where the directory is at `now`, None for nothing."""
        unsettled = self._live is not None and self._live.is_unsettled
        moved = bool(now) and now != self._seen
        due = self._read_at is None or timezone.now() - self._read_at >= self._every
        # Once it can be read again it is, so that health says so soon.
        again = self._failed and timezone.now() >= self._again_at
        if not (moved or unsettled or due or again):
            return None
        if (moved or due or again) and (newest := _newest()) is not None:
            # Another process may have read it.
            self._read_at = newest.finished_at
            if self._seen is None or newest.position == now:
                self._seen = newest.position
            moved = bool(now) and now != self._seen
            due = timezone.now() - newest.finished_at >= self._every
        if self._live is None and now and not moved and self._connection is not None:
            self._live = LiveFeed(self._connection, now)
        if moved or due or again:
            self._failed = _last_failed()
        if due or (again and self._failed):
            return SyncRun.Trigger.CHANGE if moved else SyncRun.Trigger.SCHEDULE
        return SyncRun.Trigger.CHANGE if moved or unsettled else None

    def _is_time_for_expiries(self) -> bool:
        if self._live is None:
            return False
        since = self._expired_until
        return since is None or timezone.now() - since >= EXPIRIES_EVERY

    def _close_expired(self, live: LiveFeed) -> SyncRun | None:
        until = timezone.now()
        # The first time since before the last reading of everything, whoever made it.
        since = self._expired_until or until - 2 * self._every
        try:
            run = live.close_expired(since, until)
        except DirectoryError:
            self.close()
            raise
        self._expired_until = until
        return run

    def _follow(self, live: LiveFeed, now: str) -> SyncRun | None:
        try:
            run = live.step(now)
        except DirectoryError:
            self.close()
            raise
        self._seen = now
        return run

    def _read(self, trigger: SyncRun.Trigger, now: str) -> SyncRun:
        began = timezone.now()
        run = engine.synchronise(trigger=trigger)
        if run.state == SyncRun.State.FAILED:
            self._failed, self._again_at = True, timezone.now() + timedelta(seconds=self._rest)
            self._rest = min(2 * self._rest, _LONGEST_REST)
            self.close()
            raise DirectoryError(run.error)
        self._failed, self._rest = False, _REST_AFTER_FAILURE
        self._seen, self._read_at = run.position, run.finished_at
        self._expired_until = began
        if now and self._connection is not None:
            # From before the reading: what came meanwhile is asked for once more.
            self._live = self._live or LiveFeed(self._connection, now)
            self._live.restart(now)
        elif self._live is not None:  # where the directory is, it tells no more
            self._live.close()
            self._live = None
        return run


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
