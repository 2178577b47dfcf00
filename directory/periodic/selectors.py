"""How the jobs stand: for the command, the page of the administration, and health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from directory.concerns import Concern
from directory.consumers.runner import TryLater
from directory.models import PeriodicJob

from .base import Job, registered

LATE: Final = timedelta(minutes=1)
"""How long a job that is due may wait before it counts as late."""
_UNITS: Final = (
    (24 * 60 * 60, ngettext_lazy("every day", "every %(count)s days", "count")),
    (60 * 60, ngettext_lazy("every hour", "every %(count)s hours", "count")),
    (60, ngettext_lazy("every minute", "every %(count)s minutes", "count")),
    (1, ngettext_lazy("every second", "every %(count)s seconds", "count")),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A job, its row (None where no worker has seen it yet), and what is to be said of it.

    `state`: "new" (never run), "at work", "ok", "failing", "interrupted" (the process was gone in
    the middle of the last run). `late` where it waits for a worker.
    """

    job: Job
    row: PeriodicJob | None
    state: str
    late: bool

    @property
    def duration(self) -> str:
        """How long its last run took that came to its end, in words."""
        took = self.row.milliseconds if self.row is not None else None
        if took is None:
            return ""
        if took < 1000:
            return _("%(number)s ms") % {"number": took}
        if took < 120_000:
            return _("%(number)s s") % {"number": round(took / 1000)}
        return _("%(number)s min") % {"number": round(took / 60_000)}

    @property
    def interval(self) -> str:
        """How often it is run, in words: in the largest unit of which it is a whole number."""
        seconds = max(1, round(self.job.every.total_seconds()))
        unit, words = next(each for each in _UNITS if seconds % each[0] == 0)
        return str(words % {"count": seconds // unit})

    @property
    def fault(self) -> str:
        """The kind of its last failure; why it failed may name what is closed to the reader."""
        kind = self.row.failure.partition(":")[0] if self.row is not None else ""
        return _("a server that it needs is down") if kind == TryLater.__name__ else kind


def standing() -> list[Standing]:
    """Return how each job stands, by name; one query."""
    now = timezone.now()
    rows = PeriodicJob.objects.in_bulk([job.name for job in registered()])
    return [_of(job, rows.get(job.name), now) for job in registered()]


def _of(job: Job, row: PeriodicJob | None, now: datetime) -> Standing:
    if row is None:
        return Standing(job, None, "new", late=True)
    at_work = row.is_at_work(now)
    if row.was_interrupted(now):
        state = "interrupted"
    elif row.failures and row.failure:
        state = "failing"
    elif at_work:
        state = "at work"
    else:
        state = "new" if row.finished_at is None else "ok"
    return Standing(job, row, state, late=not at_work and row.due_at < now - LATE)


def health() -> str:
    """Return what health says: "ok", "late" (one waits for a worker) or "failing"; one query."""
    found = standing()
    if any(one.late for one in found):
        return "late"
    return "failing" if any(one.state in ("failing", "interrupted") for one in found) else "ok"


def soon(name: str) -> None:
    """Have a worker run the job `name` now; where one is at work on it, at its next time."""
    PeriodicJob.objects.update_or_create(name=name, defaults={"due_at": timezone.now()})


def troubled() -> list[Concern]:
    """Return a warning where jobs fail or were left in the middle; one query."""
    found = [one for one in standing() if one.state in ("failing", "interrupted")]
    if not found:
        return []
    return [
        Concern(
            "warn",
            ngettext(
                "%(count)s periodic job did not end well",
                "%(count)s periodic jobs did not end well",
                len(found),
            )
            % {"count": len(found)},
            _("They are run again by themselves. The log and manage.py periodic tell why."),
            [_line(one) for one in found],
        )
    ]


def _line(one: Standing) -> str:
    if one.state == "interrupted":
        return _("%(job)s: the worker was stopped in the middle of it") % {"job": one.job.words}
    failures = one.row.failures if one.row is not None else 0
    return ngettext(
        "%(job)s: failed once (%(fault)s)",
        "%(job)s: failed %(count)s times in a row (%(fault)s)",
        failures,
    ) % {"job": one.job.words, "count": failures, "fault": one.fault}
