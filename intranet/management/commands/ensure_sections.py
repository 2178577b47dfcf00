"""`manage.py ensure_sections`: make what is missing of the site's frame."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from intranet.actions.sections import ensure_sections


class Command(BaseCommand):
    """Makes the home pages and the section of each service; harmless to repeat."""

    help = "Makes the home pages and the section of each service, where they are missing."

    def handle(self, *args: object, **options: object) -> None:
        """Run the command."""
        self.stdout.write(f"{ensure_sections()} services have their section.")
