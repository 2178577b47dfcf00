"""Taking up again what a consumer had to put aside."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from directory.models import ParkedEntry
from directory.outside import only_text

from .base import get
from .runner import TryLater

log = logging.getLogger(__name__)


def retry(name: str) -> Iterator[tuple[ParkedEntry, bool]]:
    """Hand the entries parked by the consumer `name` to it once more, the oldest first.

    Yields each with whether it was handled; what was handled is parked no more, what failed
    stays, with its new error. Raises KeyError where there is no such consumer, TryLater where
    a server that it needs is down.
    """
    consumer = get(name)
    for parked in ParkedEntry.objects.filter(consumer=name).order_by("entry_id"):
        try:
            entry = parked.entry  # loaded here: its row may be damaged
            if consumer.wants(entry):
                consumer.handle([entry])
        except TryLater:
            raise
        except Exception:
            log.exception("%s: entry %s stays parked", name, parked.entry_id)
            parked.attempts += 1
            parked.error = only_text(traceback.format_exc())[-8000:]
            parked.save(update_fields=["attempts", "error"])
            yield parked, False
        else:
            parked.delete()
            yield parked, True
