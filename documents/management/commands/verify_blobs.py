"""`manage.py verify_blobs`: check that the blob store holds what the database says."""

from __future__ import annotations

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from documents import blobs


class Command(BaseCommand):
    """Reads every blob again and compares its hash; exits with 1 where one is wrong."""

    help = "Checks that no document is missing from the blob store or was changed there."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--days", type=int, default=0, help="leave out what was found intact in so many days"
        )
        parser.add_argument("--limit", type=int, help="stop after so many")

    def handle(self, *args: object, days: int, limit: int | None, **options: object) -> None:
        """Run the command."""
        before = timezone.now() - timedelta(days=days) if days else None
        intact = wrong = 0
        for problem in blobs.verify(before=before, limit=limit):
            if problem is None:
                intact += 1
            else:
                wrong += 1
                self.stderr.write(self.style.ERROR(f"{problem.sha256}: {problem.what}"))
        if wrong:
            raise CommandError(f"{wrong} blobs are not what they should be; {intact} are intact.")
        self.stdout.write(f"{intact} blobs, all intact.")
