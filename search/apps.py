"""The search app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class SearchConfig(AppConfig):
    """Registers the search app with Django, its consumer of the journal and its own kinds."""

    name = "search"
    verbose_name = pgettext_lazy("heading", "Search")

    def ready(self) -> None:
        """Register the indexer and the people of the directory."""
        from directory import consumers

        from . import registry
        from .indexer import Indexer
        from .kinds.people import People

        consumers.register(Indexer())
        registry.register(People())
