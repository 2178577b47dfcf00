"""`manage.py consumers`: where each reader of the journal stands, and what it put aside."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from directory import consumers, journal
from directory.consumers import parked
from directory.consumers.runner import TryLater
from directory.models import ConsumerCursor, ParkedEntry


class Command(BaseCommand):
    """Shows the consumers and their parked entries; `--retry` takes these up again."""

    help = "Shows how far each consumer has followed the journal, and the entries it parked."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--retry", metavar="NAME", help="hand the parked entries of this consumer to it again"
        )

    def handle(self, *args: object, retry: str | None, **options: object) -> None:
        """Run the command."""
        if retry:
            self._retry(retry)
            return
        newest = journal.last_sequence()
        cursors = ConsumerCursor.objects.in_bulk()
        self.stdout.write(f"The journal stands at {newest}.")
        for consumer in consumers.registered():
            self.stdout.write(self._line(consumer.name, cursors.get(consumer.name), newest))
            for entry in ParkedEntry.objects.filter(consumer=consumer.name).order_by("entry_id"):
                self.stdout.write(
                    self.style.WARNING(
                        f"  parked: {entry.entry_id}, after {entry.attempts} attempts: "
                        f"{_last_line(entry.error)}"
                    )
                )

    def _line(self, name: str, cursor: ConsumerCursor | None, newest: int) -> str:
        if cursor is None:
            return f"{name}: has not run yet"
        behind = newest - cursor.sequence
        held = cursor.lease_owner and cursor.lease_until and cursor.lease_until > timezone.now()
        line = f"{name}: at {cursor.sequence}, " + (f"{behind} behind" if behind else "up to date")
        line += f", at work: {cursor.lease_owner}" if held else ", not at work"
        return f"{line}; {_last_line(cursor.last_error)}" if cursor.last_error else line

    def _retry(self, name: str) -> None:
        known = {consumer.name for consumer in consumers.registered()}
        if name not in known:
            raise CommandError(
                f"There is no consumer called {name}; there are: {', '.join(sorted(known))}."
            )
        failed = done = 0
        try:
            for entry, handled in parked.retry(name):
                done, failed = done + handled, failed + (not handled)
                if not handled:
                    self.stderr.write(f"{entry.entry_id}: {_last_line(entry.error)}")
        except TryLater as error:
            raise CommandError(f"{done} entries handled, then: {error}") from error
        if failed:
            raise CommandError(f"{done} entries handled; {failed} failed again and stay parked.")
        self.stdout.write(f"{done} entries handled; none is parked.")


def _last_line(error: str) -> str:
    lines = error.strip().splitlines()
    return lines[-1] if lines else ""
