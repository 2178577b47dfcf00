"""Whoever asks waits once for a server that does not answer, not each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

PAUSE_SECONDS: Final = 5.0
"""As long as somebody waits for a page: who comes back after a refusal finds another try made."""


class Breaker:
    """Refuses questions for `pause` seconds after one that got no answer.

    Then one question at a time is let through to try; the others are refused until it is
    answered. Only `silence` counts as no answer: a server that answers "no" is there.
    `refusal` makes what is raised instead of asking.
    """

    def __init__(
        self,
        silence: type[Exception],
        refusal: Callable[[], Exception],
        *,
        pause: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pause = pause
        self.clock = clock
        self._silence = silence
        self._refusal = refusal
        self._closed_until: float | None = None
        self._lock = threading.Lock()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Ask within the block. Raises the refusal at once while the server is silent."""
        self._enter()
        try:
            yield
        except self._silence:
            with self._lock:
                self._closed_until = self.clock() + self.pause
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
            now = self.clock()
            if now < self._closed_until:
                raise self._refusal()
            # This one tries; should it never come back, another may after the next pause.
            self._closed_until = now + self.pause
