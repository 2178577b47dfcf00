"""Running the jobs that are due: claim, record, and the worker's thread that looks at the clock."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Final

from django.db import Error, close_old_connections, connection
from django.db.models import F, Q
from django.utils import timezone

from directory import trouble
from directory.consumers.runner import TryLater
from directory.lease import Lease
from directory.models import PeriodicJob
from directory.outage import Outage
from directory.outside import only_text
from directory.text import one_line

from .base import Job, registered

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
SOON: Final = timedelta(minutes=1)
"""A job that was never run waits for no longer than this."""
AGAIN: Final = timedelta(minutes=10)
"""A run that was left in the middle is begun anew no later than this."""
_FAILURE_LENGTH: Final = 2000


class Busy(Exception):
    """Another process is at work on this job."""


class _NotDue(Exception):
    """Another process has just run this job."""


def attempt(job: Job, outage: Outage | None = None, *, only_if_due: bool = False) -> PeriodicJob:
    """Run `job` now and return its row, which says how that ended.

    Raises Busy where another process is at work on it, and what the database raises where it does
    not answer. What else goes wrong is told by `outage` and kept in the row.
    """
    outage = outage or Outage(log, f"{job.name} goes on")
    lease = Lease(job.name, lambda: PeriodicJob.objects.filter(name=job.name))
    _claim(job, lease, only_if_due=only_if_due)
    began = time.monotonic()
    failure, more = "", None
    try:
        with lease.kept():
            more = job.function()
    except TryLater as error:
        outage.tell(f"{job.name} waits: {one_line(str(error))}")
        failure = f"{type(error).__name__}: {error}"
    except Exception as error:
        if trouble.is_down(error):
            raise
        if connection.needs_rollback:
            connection.close()
        if isinstance(error, Error):
            outage.tell_of(f"{job.name} failed", error)
        else:
            outage.tell(f"{job.name} failed: {type(error).__name__}: {error}", traced=True)
        failure = f"{type(error).__name__}: {error}"
    else:
        outage.end()
    now = timezone.now()
    changes: dict[str, object] = {
        "finished_at": now,
        "milliseconds": int((time.monotonic() - began) * 1000),
        "due_at": now if more is True else now + job.every,
        "failures": 0,
    }
    if failure:
        text = one_line(only_text(failure))[:_FAILURE_LENGTH]
        changes |= {"failures": F("failures") + 1, "failed_at": now, "failure": text}
    if not lease.release(**changes):
        log.warning("%s was taken over by another process", job.name)
    return PeriodicJob.objects.get(name=job.name)


def _claim(job: Job, lease: Lease, *, only_if_due: bool) -> None:
    """Take the row of `job`, and note where its last run was left. Raises Busy, _NotDue."""
    now = timezone.now()
    row = _row(job, now)
    left = row.lease_owner
    # Compared with what was read: a run that ends meanwhile was not left in the middle.
    which = Q(lease_owner=left)
    if only_if_due:
        if not is_due(job, row, now):
            raise _NotDue(job.name)
        which &= Q(due_at=row.due_at)
    changes: dict[str, object] = {
        "started_at": now,
        "due_at": now + min(job.every, AGAIN),
    }
    if left:
        changes |= {"failures": row.failures + 1, "failed_at": now, "failure": ""}
    if not lease.take(which, **changes):
        raise Busy(job.name)
    if left:
        log.warning(
            "%s was left in the middle by %s, begun at %s; it is run again.",
            job.name,
            left,
            row.started_at,
        )


def _row(job: Job, now: datetime) -> PeriodicJob:
    due = now + min(job.every, SOON)
    return PeriodicJob.objects.get_or_create(name=job.name, defaults={"due_at": due})[0]


def is_due(job: Job, row: PeriodicJob, now: datetime) -> bool:
    """Tell whether it is time; also where the clock was set back, so that none waits for it.

    A minute is left for the clocks of two machines, and for a run that ended since `now`. A run
    that was left in the middle is begun anew at once, but in its time where it was left before:
    it may be what ends the process.
    """
    left = not row.failures and row.was_interrupted(now)
    return left or row.due_at <= now or row.due_at > now + job.every + SOON


class Clock:
    """Runs the jobs when they are due, each in a thread of its own: none waits for another."""

    def __init__(self, jobs: list[Job] | None = None) -> None:
        self._jobs = registered() if jobs is None else jobs
        self._outages = {job.name: Outage(log, f"{job.name} goes on") for job in self._jobs}
        self._at_work: dict[str, threading.Thread] = {}

    def run(self, stop: threading.Event) -> None:
        """Look at the clock until `stop` is set, then wait for the jobs at work."""
        outage = Outage(log, "periodic jobs go on")
        while not stop.is_set():
            try:
                close_old_connections()
                self.begin()
                outage.end()
            except Error as error:
                outage.tell_of("periodic jobs wait", error)
                connection.close()
            except Exception as error:  # noqa: BLE001  (told, with where it was raised)
                outage.tell(f"periodic jobs wait: {error}", traced=True)
            stop.wait(LOOK_SECONDS)
        self.wait()
        connection.close()

    def begin(self) -> list[str]:
        """Begin the jobs that are due and that nobody is at work on; return their names."""
        now = timezone.now()
        rows = PeriodicJob.objects.in_bulk([job.name for job in self._jobs])
        begun = []
        for job in self._jobs:
            row = rows.get(job.name) or _row(job, now)
            thread = self._at_work.get(job.name)
            at_work = row.is_at_work(now) or (thread is not None and thread.is_alive())
            if at_work or not is_due(job, row, now):
                continue
            thread = threading.Thread(target=self._work, args=(job,), name=job.name)
            self._at_work[job.name] = thread
            thread.start()
            begun.append(job.name)
        return begun

    def wait(self) -> None:
        """Wait for the jobs at work."""
        for thread in self._at_work.values():
            thread.join()

    def _work(self, job: Job) -> None:
        outage = self._outages[job.name]
        try:
            attempt(job, outage, only_if_due=True)
        except (Busy, _NotDue):
            return  # another worker was faster
        except Error as error:
            outage.tell_of(f"{job.name} waits", error)
        except Exception as error:  # noqa: BLE001  (told, with where it was raised)
            outage.tell(f"{job.name} could not be run: {error}", traced=True)
        finally:
            connection.close()
