"""What the blob store needs done regularly, by the worker."""

from __future__ import annotations

import logging
import time
from typing import Final

from documents import blobs

log = logging.getLogger(__name__)

FIRST_SECONDS: Final = 600.0
SWEEP_SECONDS: Final = 24 * 3600.0


class Upkeep:
    """Clears away, once a day, what interrupted uploads and imports left in the blob store.

    Kept by a consumer, of which one alone is at work anywhere. A worker that is started sweeps
    after ten minutes, then every day; `manage.py sweep_blobs` does it at once.
    """

    def __init__(self) -> None:
        self._due = time.monotonic() + FIRST_SECONDS

    def when_due(self) -> blobs.Swept | None:
        """Sweep where it is time to, and return what was cleared away."""
        if time.monotonic() < self._due:
            return None
        self._due = time.monotonic() + SWEEP_SECONDS
        swept = blobs.sweep()
        if swept.files:
            log.info(
                "%s files (%s bytes) of interrupted uploads were cleared away.",
                swept.files,
                swept.bytes,
            )
        return swept
