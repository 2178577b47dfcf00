"""What the intranet does in the background."""

from __future__ import annotations

import time
from collections.abc import Sequence

from directory import events, journal
from directory.consumers import Consumer
from directory.models import JournalEntry, Service

SCHEDULE_SECONDS = 10.0
PICTURES_SECONDS = 600.0


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


class Pictures(Consumer):
    """Renders what is missing of the pictures; wants no entry of the journal.

    An upload brings all that is shown of a picture. What is older than that, or than a size that
    is shown, gets it here: nothing is rendered while a page is read.
    """

    name = "intranet.pictures"
    from_beginning = False

    def __init__(self) -> None:
        self._next = 0.0
        self._refused: set[str] = set()

    def wants(self, entry: JournalEntry) -> bool:
        """Want nothing."""
        return False

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """Do nothing."""

    def idle(self) -> None:
        """Render what is missing, every ten minutes or so; what cannot be is tried once."""
        from intranet.pictures.completing import complete

        # A few at a time: who stops the worker waits for no more. Then the next, at once.
        if time.monotonic() >= self._next and not complete(self._refused):
            self._next = time.monotonic() + PICTURES_SECONDS


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
