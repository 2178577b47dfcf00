"""The app that holds the pages' frame, the running of the site and its demo."""

from __future__ import annotations

import gc

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the words of what the demo writes into the journal; ends the loading."""

    name = "config"
    verbose_name = "Marigot"

    def ready(self) -> None:
        """Register the words: the demo's entry stays in the journal once it is loaded."""
        from config.demo.wording import ACTIONS
        from directory.journal import wording

        wording.register(ACTIONS)
        # What is loaded by now stays. The garbage collector, which would look through it again
        # and again, takes a quarter of the time of `migrate` with it.
        gc.freeze()
