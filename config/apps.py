"""The app that holds the pages' frame, the running of the site and its demo."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the words of what the demo writes into the journal."""

    name = "config"
    verbose_name = "Marigot"

    def ready(self) -> None:
        """Register the words: the demo's entry stays in the journal once it is loaded."""
        from config.demo.wording import ACTIONS
        from directory.journal import wording

        wording.register(ACTIONS)
