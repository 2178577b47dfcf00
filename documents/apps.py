"""The documents app."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    """Registers the documents app with Django, the journal and the search."""

    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        """Register the reader of texts, and what can be found."""
        from directory import concerns, consumers, journal, labels, periodic, places
        from directory.models import ScopeKind

        from . import events, indexing, rereading, upkeep
        from .concerns import damaged, obstructed, room
        from .extraction import TextExtraction
        from .places import names_of_spaces, scope_at

        consumers.register(TextExtraction())
        indexing.register()
        journal.declare(journal.declared_in(events))
        places.register(scope_at)
        labels.register(ScopeKind.SPACE, names_of_spaces, "space__name")
        concerns.register(room)
        concerns.register(obstructed)
        concerns.register(damaged)
        periodic.register(
            "documents.sweep",
            timedelta(days=1),
            upkeep.sweep_daily,
            words=_("Clear away what interrupted uploads left"),
        )
        periodic.register(
            rereading.JOB,
            timedelta(minutes=1),
            rereading.read_again,
            words=_("Read old files again with new readers"),
        )
