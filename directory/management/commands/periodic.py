"""`manage.py periodic`: the jobs that are done by the clock, and one of them now."""

from __future__ import annotations

from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from directory import periodic


class Command(BaseCommand):
    """Shows each periodic job with its last run; `--run` runs one now."""

    help = "Shows the periodic jobs: how often, the last run, how long it took, and failures."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--run", metavar="NAME", help="run this job now, a batch of it")

    def handle(self, *args: object, run: str | None, **options: object) -> None:
        """Run the command."""
        if run:
            self._run(run)
            return
        for one in periodic.standing():
            self.stdout.write(_line(one))
            if one.row is not None and one.row.failed_at is not None:
                told = one.row.failure or "its process was gone in the middle of it"
                text = f"  last failure {_moment(one.row.failed_at)}: {told}"
                self.stdout.write(self.style.WARNING(text) if one.row.failures else text)

    def _run(self, name: str) -> None:
        known = {job.name: job for job in periodic.registered()}
        if name not in known:
            raise CommandError(
                f"There is no periodic job called {name}; there are: {', '.join(known)}."
            )
        try:
            row = periodic.attempt(known[name])
        except periodic.Busy as error:
            raise CommandError(f"Another process is at work on {name}.") from error
        if row.failures:
            raise CommandError(f"{name} failed after {row.milliseconds} ms: {row.failure}")
        more = "; there is more to do" if row.due_at <= timezone.now() else ""
        self.stdout.write(f"{name}: done in {row.milliseconds} ms{more}.")


def _line(one: periodic.Standing) -> str:
    with translation.override("en"):
        line = f"{one.job.name}, {one.interval}: "
    row = one.row
    if row is None:
        return line + "no worker has seen it yet"
    if row.started_at is None:
        line += "has not run yet"
    elif one.state == "interrupted":
        line += f"left in the middle, begun {_moment(row.started_at)}"
    elif row.is_at_work():
        line += f"at work since {_moment(row.started_at)}: {row.lease_owner}"
    else:
        line += f"last run {_moment(row.started_at)}, {row.milliseconds} ms"
    if row.failures:
        line += f", failures in a row: {row.failures}"
    return line + (", late: is the worker running?" if one.late else "")


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(sep=" ", timespec="seconds")
