"""What the intranet does in the background."""

from __future__ import annotations

import time
from collections.abc import Sequence

from directory.consumers import Consumer
from directory.models import JournalEntry, Service

SCHEDULE_SECONDS = 10.0


class SectionMaker(Consumer):
    """Makes the section of each new service, and follows its names."""

    name = "intranet.sections"

    def wants(self, entry: JournalEntry) -> bool:
        """Want what happens to services."""
        return entry.action in ("service.created", "service.renamed")

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """Make or rename the sections."""
        from intranet.actions.sections import ensure_section

        pks = {int(entry.object_id) for entry in entries}
        for service in Service.objects.filter(pk__in=pks).order_by("pk"):
            ensure_section(service, actor=None)


class Schedule(Consumer):
    """Publishes and takes down the pages whose time has come; wants no entry of the journal."""

    name = "intranet.schedule"
    from_beginning = False

    def __init__(self) -> None:
        self._next = 0.0

    def wants(self, entry: JournalEntry) -> bool:
        """Want nothing."""
        return False

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """Do nothing."""

    def idle(self) -> None:
        """Publish what is due, every ten seconds or so."""
        from intranet.actions.schedule import publish_due

        if time.monotonic() >= self._next:
            publish_due()
            self._next = time.monotonic() + SCHEDULE_SECONDS
