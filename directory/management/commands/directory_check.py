"""`manage.py directory_check`: whether the directory is set up as Marigot needs it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from directory import checking

_SIGNS = {"success": "ok ", "warning": " ! ", "error": "NO "}


class Command(BaseCommand):
    """Prints what works and how to mend what does not; exits with 1 where something is amiss.

    It needs no database, so that it can be used before anything else.
    """

    help = "Checks the connection to the directory and all that Marigot asks of it."
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        amiss = 0
        with translation.override("en"):
            for finding in checking.look():
                self.stdout.write(f"{_SIGNS[finding.kind]} {finding.title}: {finding.text}")
                if finding.cure:
                    self.stdout.write(f"      {finding.cure}")
                amiss += finding.kind == "error"
        if amiss:
            raise CommandError("The directory cannot be used as it is.")
