"""The search app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SearchConfig(AppConfig):
    """Registers the search app with Django, its consumer of the journal and its own kinds."""

    name = "search"
    verbose_name = pgettext_lazy("heading", "Search")

    def ready(self) -> None:
        """Register the indexer and the people of the directory."""
        from directory import consumers, periodic

        from . import registry
        from .indexer import Indexer
        from .kinds.people import People
        from .periodic import forget_deletions, restore_the_lost

        consumers.register(Indexer())
        registry.register(People())
        periodic.register(
            "search.restore",
            timedelta(seconds=5),
            restore_the_lost,
            words=_("Make a lost search index anew"),
        )
        periodic.register(
            "search.forget",
            timedelta(hours=1),
            forget_deletions,
            words=_("Forget deletions in the search index"),
        )
