"""`manage.py reread`: have stored files read again, as by new readers."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory import periodic
from documents import rereading


class Command(BaseCommand):
    """Marks what was found in files as old; the worker reads them again while no new one waits."""

    help = "Has stored files read again: all, those of a kind, or those that could not be read."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="every file")
        which.add_argument(
            "--kind", action="append", metavar="KIND", help="files of this kind (pdf); repeatable"
        )
        which.add_argument("--failed", action="store_true", help="those that could not be read")
        which.add_argument("--waiting", action="store_true", help="tell how many wait; mark none")
        parser.add_argument(
            "--now", action="store_true", help="read them here, while no new file waits"
        )

    def handle(
        self,
        *args: object,
        kind: list[str] | None,
        failed: bool,
        waiting: bool,
        now: bool,
        **options: object,
    ) -> None:
        """Run the command."""
        kinds = kind or []
        there = rereading.kinds() if kinds else set()
        if unknown := sorted(set(kinds) - there):
            raise CommandError(
                f"No file is of the kind {', '.join(unknown)}; there are: "
                f"{', '.join(sorted(there))}."
            )
        if not waiting:
            marked = rereading.mark(kinds=kinds, failed=failed)
            self.stdout.write(f"{marked} files are to be read again.")
        if now:
            self._read()
        self.stdout.write(f"{rereading.waiting()} wait.")

    def _read(self) -> None:
        """Read until none is left, or new files go first."""
        while rereading.waiting():
            if rereading.something_arrived():
                self.stdout.write("New files go first; the worker goes on with the old ones.")
                return
            try:
                row = periodic.attempt(periodic.get(rereading.JOB))
            except periodic.Busy as error:
                raise CommandError("The worker is reading them at this moment.") from error
            if row.failures:
                raise CommandError(row.failure)
