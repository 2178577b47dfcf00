"""`manage.py verify_journal`: check that the journal is as it was written."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory import journal
from directory.journal import anchors, chain


class Command(BaseCommand):
    """Checks numbers and hash chain of the journal; exits with 1 where there is a fault."""

    help = (
        "Checks that no entry of the journal was changed, removed, added or reordered, and that "
        "the anchors of earlier checks still hold; notes one more where there is no fault."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--anchor",
            metavar="SEQUENCE:HASH",
            help="an entry noted earlier and kept elsewhere, that must still be there",
        )

    def handle(self, *args: object, anchor: str | None, **options: object) -> None:
        """Run the command."""
        try:
            noted = anchors.kept()
        except (OSError, ValueError) as error:
            raise CommandError(
                f"The anchors kept in the data folder cannot be read: {error}"
            ) from error
        if anchor:
            given = anchors.parse(anchor)
            if given is None:
                raise CommandError("--anchor is SEQUENCE:HASH, as this command prints it.")
            noted.append(given)
        head, _unreadable = chain.head_now()
        faults = 0
        for fault in journal.verify(anchors=noted):
            faults += 1
            self.stderr.write(self.style.ERROR(f"{fault.sequence}: {fault.what}"))
        if faults or head is None:
            raise CommandError(f"The journal has {faults} faults.")
        if head.sequence:
            try:
                anchors.keep(head.sequence, head.hash)
            except OSError as error:
                raise CommandError(
                    f"The anchor could not be kept in {anchors.path()}: {error}"
                ) from error
        self.stdout.write(f"{head.sequence} entries, no fault. Anchor: {head.sequence}:{head.hash}")
