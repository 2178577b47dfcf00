"""The child processes of an embedded Marigot: started, watched, restarted, stopped."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .folder import CannotStart

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
RESTARTS, WITHIN_SECONDS = 5, 60.0


def _die_with_parent() -> None:
    """Have the kernel end this child when its parent is gone, even by SIGKILL."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One child process: `name`, its command, and where its output goes."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    stop_seconds: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    _starts: deque[float] = field(default_factory=deque)

    def start(self) -> None:
        """Start the process in a session of its own: the terminal's Ctrl-C is the parent's."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._starts.append(time.monotonic())

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def revive(self) -> None:
        """Start again a process that ended. Raises CannotStart where it keeps ending."""
        now = time.monotonic()
        while self._starts and now - self._starts[0] > WITHIN_SECONDS:
            self._starts.popleft()
        if len(self._starts) >= RESTARTS:
            raise CannotStart(
                f"The {self.name} process ended {len(self._starts)} times within a minute.\n"
                f"The end of its log ({self.log}):\n{self.tail()}"
            )
        self.start()

    def stop(self) -> None:
        """Ask the process to end, wait, and end it by force when it does not."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self._kill_group()
        # What the process itself started dies with it.
        self._kill_group()
        self.process.wait()
        self.process = None

    def _kill_group(self) -> None:
        assert self.process is not None  # noqa: S101
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def tail(self, lines: int = 15) -> str:
        """Return the last lines of the log."""
        try:
            text = self.log.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])
