"""What of the journal can be shown: a row that loads may hold what is no entry."""

from __future__ import annotations

import logging

from django.db.models import QuerySet

from directory.models import JournalEntry

from .reading import Unreadable, loaded

log = logging.getLogger(__name__)


def shown(entries: QuerySet[JournalEntry]) -> list[JournalEntry | Unreadable]:
    """Return the entries of a query for whoever reads them; one query where all can be read.

    A row that holds what no entry can comes as an Unreadable, like one that does not load.
    """
    return [_whole(entry) for entry in loaded(entries)]


def _whole(entry: JournalEntry | Unreadable) -> JournalEntry | Unreadable:
    if isinstance(entry, Unreadable):
        return entry
    # SQLite keeps any text for a time, and gives None for what is none.
    return Unreadable(entry.sequence) if entry.at is None else entry
