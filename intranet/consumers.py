"""What the intranet does in the background."""

from __future__ import annotations

from collections.abc import Sequence

from directory import events, journal
from directory.consumers import Consumer
from directory.models import JournalEntry, Service


class SectionMaker(Consumer):
    """Makes the section of each new service, and follows its names."""

    name = "intranet.sections"

    def wants(self, entry: JournalEntry) -> bool:
        """Want what happens to services."""
        return journal.event_of(entry) in (events.SERVICE_CREATED, events.SERVICE_RENAMED)

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """Make or rename the sections."""
        from intranet.actions.sections import ensure_section

        pks = {int(entry.object_id) for entry in entries}
        for service in Service.objects.filter(pk__in=pks).order_by("pk"):
            ensure_section(service, actor=None)
