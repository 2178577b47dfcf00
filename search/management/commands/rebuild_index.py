"""Make the search index anew."""

from __future__ import annotations

import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from search.engines import engine
from search.engines.base import SearchError
from search.rebuild import rebuild


class Command(BaseCommand):
    """`manage.py rebuild_index [--if-needed]`."""

    help = (
        "Builds the search index anew from the database, beside the old one, and swaps it in. "
        "The site and the search go on meanwhile, and no change is lost."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--if-needed",
            action="store_true",
            help="Do nothing where there is an index that this version can read.",
        )

    def handle(self, *args: object, **options: object) -> None:
        """Run the command."""
        at_work = engine()
        began = time.monotonic()
        try:
            if options["if_needed"]:
                live = at_work.live()
                if live is not None and at_work.stats(live).schema_matches:
                    self.stdout.write(_("The search index is fit for use."))
                    return
            name = rebuild(at_work, self._progress)
            stats = at_work.stats(name)
        except SearchError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            self.style.SUCCESS(
                ngettext(
                    "%(count)s document is in the new index %(name)s, after %(seconds).1f s.",
                    "%(count)s documents are in the new index %(name)s, after %(seconds).1f s.",
                    stats.documents,
                )
                % {
                    "count": stats.documents,
                    "name": name,
                    "seconds": time.monotonic() - began,
                }
            )
        )

    def _progress(self, kind: str, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{kind}: {done} / {total}", ending="\n" if done >= total else "")
            self.stdout.flush()
        elif done in (0, total):
            self.stdout.write(f"{kind}: {done} / {total}")
