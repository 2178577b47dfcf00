"""A process that consumes the journal into a file, to be killed in the middle of it.

Loaded once into multiprocessing's fork server; each life of the consumer is a fork of it,
so that a life begins in milliseconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence

import django

django.setup()

from directory import consumers  # noqa: E402
from directory.models import JournalEntry  # noqa: E402


class Writer(consumers.Consumer):
    """Writes one line an entry, slowly enough to be hit in the middle of a batch."""

    name = "kill-target"
    batch_size = 10

    def __init__(self, path: str, life: int) -> None:
        self._life = life
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def wants(self, entry: JournalEntry) -> bool:
        return entry.action == "thing.done"

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            os.write(self._file, f"{self._life} {entry.sequence}\n".encode())
            time.sleep(0.001)


def live(path: str, life: int) -> None:
    """Consume the journal into the file at `path` until killed, for the `life`th time."""
    consumers.Runner(consumers.register(Writer(path, life)), stop=threading.Event()).run()
