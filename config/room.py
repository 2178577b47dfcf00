"""Whether there is room to write: tried by writing, and told before there is none."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

_PROBE = b"m" * 65536


class Tried:
    """An answer that costs a write, kept for some seconds: anybody may ask for it."""

    def __init__(self, *, kept_for: float = 10.0) -> None:
        self._kept_for = kept_for
        self._lock = threading.Lock()
        self._kept: tuple[float, str] | None = None

    def tried(self, ask: Callable[[], str]) -> str:
        """Return what `ask` answered, lately or now. What it raises is not kept."""
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > self._kept_for:
                self._kept = (time.monotonic(), ask())
            return self._kept[1]

    def forget(self) -> None:
        """Ask at the next question."""
        with self._lock:
            self._kept = None


writes = Tried()
store = Tried()
_files = Tried()


def free_bytes(folder: Path) -> int:
    """Return how many bytes may still be written where `folder` lies."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def state(folder: Path) -> str:
    """Return "ok", "nearly full", "full" or "not writable"."""
    free = free_bytes(folder)
    if free < settings.DISK_RESERVE_BYTES:
        return "full"
    if free < settings.DISK_WARNING_BYTES:
        return "nearly full"
    return _files.tried(lambda: _write_a_file(folder))


def _write_a_file(folder: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=folder, prefix="health-") as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        log.exception("health: nothing can be written to %s", folder)
        return "not writable"
    return "ok"
