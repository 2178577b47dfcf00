"""What of the journal can be shown: a row that loads may hold what is no entry."""

from __future__ import annotations

import logging

from django.db.models import QuerySet
from django.utils.timezone import localtime

from directory.models import JournalEntry
from directory.outside import number_from_outside

from .chain import digest
from .selectors import Unreadable, loaded

log = logging.getLogger(__name__)


def shown(entries: QuerySet[JournalEntry]) -> list[JournalEntry | Unreadable]:
    """Return the entries of a query for whoever reads them; one query where all can be read.

    A row that holds what no entry can comes as an Unreadable, like one that does not load.
    """
    return [_whole(entry) for entry in loaded(entries)]


def _whole(entry: JournalEntry | Unreadable) -> JournalEntry | Unreadable:
    if isinstance(entry, Unreadable):
        return entry
    try:
        _look_over(entry)
    except Exception as error:  # noqa: BLE001  (whatever it holds, the others are shown)
        log.warning("entry %s of the journal is damaged: %s", entry.sequence, type(error).__name__)
        return Unreadable(entry.sequence)
    return entry


def _look_over(entry: JournalEntry) -> None:
    """Raise whatever it is that keeps the values of `entry` from being those of one."""
    digest(entry)  # its text is text that can be sent, its payload can be told to the letter
    localtime(entry.at)  # a time that the reader's clock has, too
    if not isinstance(entry.payload, dict):
        raise TypeError("a payload of another kind")
    for number in (entry.actor_id, entry.scope_id):
        if number is not None and number_from_outside(number) is None:
            raise TypeError("no number of anything")
