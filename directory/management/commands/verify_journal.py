"""`manage.py verify_journal`: check that the journal is as it was written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory import journal
from directory.models import JournalHead


class Command(BaseCommand):
    """Checks numbers and hash chain of the journal; exits with 1 where there is a fault."""

    help = "Checks that no entry of the journal was changed, removed, added or reordered."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--anchor",
            metavar="SEQUENCE:HASH",
            help="an entry noted earlier and kept elsewhere, that must still be there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        anchor: tuple[int, str] | None = None
        if options["anchor"]:
            number, _, value = options["anchor"].partition(":")
            if not number.isdigit() or len(value) != 64:
                raise CommandError("--anchor is SEQUENCE:HASH, as this command prints it.")
            anchor = (int(number), value)
        faults = 0
        for fault in journal.verify(anchor=anchor):
            faults += 1
            self.stderr.write(self.style.ERROR(f"{fault.sequence}: {fault.what}"))
        if faults:
            raise CommandError(f"The journal has {faults} faults.")
        head = JournalHead.objects.get(pk=1)
        self.stdout.write(f"{head.sequence} entries, no fault. Anchor: {head.sequence}:{head.hash}")
