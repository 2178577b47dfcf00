"""One at a time: readings of a directory, and changes of the rules on it."""

from __future__ import annotations

import fcntl
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from directory.models import DirectorySource

_guard = threading.Lock()
_of_this_process: set[int] = set()


class Busy(Exception):
    """Another process reads this directory, or changes its rules, at this moment."""


@contextmanager
def held(source: DirectorySource, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock of `source`; it falls by itself when the process dies.

    Waits at most `wait` seconds. Raises Busy. PostgreSQL keeps it, or for SQLite, which
    lives on one machine, a file of the data folder.
    """
    deadline = time.monotonic() + wait
    keeper = _in_postgresql if connection.vendor == "postgresql" else _in_a_file
    with keeper(source) as take:
        while not take():
            if time.monotonic() >= deadline:
                raise Busy(str(source))
            time.sleep(0.1)
        yield


@contextmanager
def _in_postgresql(source: DirectorySource) -> Iterator[Callable[[], bool]]:
    key = zlib.crc32(f"marigot.directory.{source.pk}".encode())
    taken = False

    def take() -> bool:
        nonlocal taken
        # One connection may take PostgreSQL's own lock twice.
        with _guard:
            if key in _of_this_process:
                return False
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
                taken = bool(cursor.fetchone()[0])
            if taken:
                _of_this_process.add(key)
        return taken

    try:
        yield take
    finally:
        if taken:
            _of_this_process.discard(key)
            _unlock(key)


def _unlock(key: int) -> None:
    """Give PostgreSQL's lock back; where the connection cannot be used, it falls with it."""
    if connection.connection is None or connection.needs_rollback:
        connection.close()
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _in_a_file(source: DirectorySource) -> Iterator[Callable[[], bool]]:
    folder = Path(settings.DATA) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"directory-{source.pk}.lock", os.O_CREAT | os.O_RDWR, 0o600)

    def take() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        yield take
    finally:
        os.close(descriptor)
