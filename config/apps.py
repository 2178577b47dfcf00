"""The app that holds the pages' frame, the running of the site and its demo."""

from __future__ import annotations

import gc

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Declares what the demo tells in the journal; ends the loading."""

    name = "config"
    verbose_name = "Marigot"

    def ready(self) -> None:
        """Declare the demo's event: its entry stays in the journal once it is loaded."""
        from config.demo import events
        from directory import journal

        journal.declare(journal.declared_in(events))
        # What is loaded by now stays. The garbage collector, which would look through it again
        # and again, takes a quarter of the time of `migrate` with it.
        gc.freeze()
        # Objects made before the collector looks for cycles among the young ones. A page makes
        # some ten thousand, nearly all of which are gone without it, and of a large directory a
        # reading keeps a million, none of them in a cycle: half its time went into looking.
        gc.set_threshold(20_000, 20, 20)
