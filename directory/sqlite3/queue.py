"""Who writes next: writers of one SQLite file stand in line.

SQLite has one writer at a time and no line: who finds the file taken sleeps and tries again, so
that whoever comes at the right moment passes those who wait, until they give up. See
docs/decisions/0021-sqlite-writers-stand-in-line.md.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final

from django.db.utils import OperationalError

_NEXT, _WRITER = 0, 1  # bytes of the lock file: who is next in line, who writes
_GLANCE: Final = 0.001
_LONGEST_GLANCE: Final = 0.008


class Busy(OperationalError):
    """Others have been writing for as long as one waits; nothing was done."""


class Queue:
    """The line before one file. Threads of a process in order, processes fairly.

    Of each process the first in its own line stands in the line of the processes: it takes the
    byte "next", waits for the byte "writer" while nobody can pass it, and gives "next" back.
    The kernel gives both back when a process dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._taken = False
        self._line: deque[threading.Event] = deque()
        self._file: int | None = None

    def enter(self, patience: float) -> None:
        """Wait for one's turn, at most `patience` seconds. Raises Busy."""
        deadline = time.monotonic() + patience
        mine = threading.Event()
        with self._mutex:
            if self._taken:
                self._line.append(mine)
            else:
                self._taken = True
                mine.set()
        if not mine.wait(patience):
            with self._mutex:
                if not mine.is_set():
                    self._line.remove(mine)
                    raise Busy("database is locked: too many are writing")
        try:
            self._before_other_processes(deadline)
        except BaseException:
            self._let_next()
            raise

    def leave(self) -> None:
        """Let the next one write."""
        self._unlock(_WRITER)
        self._let_next()

    def _let_next(self) -> None:
        with self._mutex:
            if self._line:
                self._line.popleft().set()
            else:
                self._taken = False

    def _before_other_processes(self, deadline: float) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._lock(_NEXT, deadline)
        try:
            self._lock(_WRITER, deadline)
        finally:
            self._unlock(_NEXT)

    def _lock(self, byte: int, deadline: float) -> None:
        assert self._file is not None  # noqa: S101
        glance = _GLANCE
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except (BlockingIOError, PermissionError):
                if time.monotonic() > deadline:
                    raise Busy("database is locked: too many are writing") from None
                time.sleep(glance)
                glance = min(glance * 1.5, _LONGEST_GLANCE)
            else:
                return

    def _unlock(self, byte: int) -> None:
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)


_queues: dict[str, Queue] = {}
_making = threading.Lock()


def queue_of(database: str) -> Queue:
    """Return the line before the file `database`, one in each process."""
    path = os.path.realpath(database)
    with _making:
        if path not in _queues:
            _queues[path] = Queue(Path(f"{path}.queue"))
        return _queues[path]


def _begin_anew() -> None:
    """Forget the lines of the parent, whose locks a forked process does not have."""
    global _making
    _making = threading.Lock()
    _queues.clear()


os.register_at_fork(after_in_child=_begin_anew)
