"""Whoever searches waits once for a server that does not answer, not each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from search.engines.base import SearchUnavailable

from .telling import NoAnswer

PAUSE_SECONDS: Final = 5.0


class Breaker:
    """Refuses questions for `pause` seconds after one that got no answer.

    Then one question at a time is let through to try; the others are refused until it is
    answered. Only what got no answer counts: a server that answers "no" is there.
    """

    def __init__(
        self, pause: float = PAUSE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.pause = pause
        self._clock = clock
        self._closed_until: float | None = None
        self._lock = threading.Lock()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Ask within the block. Raises SearchUnavailable at once while the server is silent."""
        self._enter()
        try:
            yield
        except NoAnswer:
            with self._lock:
                self._closed_until = self._clock() + self.pause
            raise
        except BaseException:
            with self._lock:
                self._closed_until = None
            raise
        with self._lock:
            self._closed_until = None

    def _enter(self) -> None:
        with self._lock:
            if self._closed_until is None:
                return
            now = self._clock()
            if now < self._closed_until:
                raise SearchUnavailable("Elasticsearch did not answer a moment ago.")
            # This one tries; should it never come back, another may after the next pause.
            self._closed_until = now + self.pause
