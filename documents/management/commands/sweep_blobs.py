"""`manage.py sweep_blobs`: clear away bytes that no version and no picture refers to."""

from __future__ import annotations

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError, CommandParser

from documents import upkeep


class Command(BaseCommand):
    """Deletes unfinished uploads and unreferenced bytes that are old enough."""

    help = "Deletes what interrupted uploads left, of documents and of pictures."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--hours", type=int, default=24, help="leave younger files alone (least: 1)"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell, delete nothing")

    def handle(self, *args: object, hours: int, dry_run: bool, **options: object) -> None:
        """Run the command."""
        if hours < 1:
            raise CommandError(
                "--hours is 1 or more: younger files may belong to an upload under way."
            )
        swept = upkeep.swept(age=timedelta(hours=hours), dry_run=dry_run)
        verb = "would be deleted" if dry_run else "deleted"
        self.stdout.write(
            f"{swept.files} files ({swept.bytes} bytes) {verb}, "
            f"{swept.young} are too young to tell."
        )
        if swept.failed:
            raise CommandError(f"{swept.failed} could not be swept: the log tells which, and why.")
