"""The child processes of an embedded Marigot: started, watched, restarted, stopped."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .folder import CannotStart

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
RESTARTS, WITHIN_SECONDS = 5, 60.0


def _dying_with(parent: int) -> Callable[[], None]:
    """Return what has the kernel kill a new child at once when `parent` is gone, however."""

    def ask() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # gone already, before it was asked
            os._exit(1)

    return ask


class Restarts:
    """How often something was started lately."""

    def __init__(self) -> None:
        self._starts: deque[float] = deque()

    def note(self) -> None:
        """Count a start."""
        self._starts.append(time.monotonic())

    def too_many(self) -> int:
        """Return how many starts there were within the time, where that is too many; else 0."""
        while self._starts and time.monotonic() - self._starts[0] > WITHIN_SECONDS:
            self._starts.popleft()
        return len(self._starts) if len(self._starts) >= RESTARTS else 0


@dataclass
class Child:
    """One child process: `name`, its command, and where its output goes (None: the terminal).

    It is killed by the kernel when this process is gone. `descriptors` stay open in it.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None
    descriptors: Sequence[int] = ()
    stop_seconds: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    _restarts: Restarts = field(default_factory=Restarts)

    def start(self) -> None:
        """Start the process in a session of its own: the terminal's Ctrl-C is the parent's."""
        if self.log is None:
            self._spawn(None)
        else:
            with self.log.open("ab") as log:
                self._spawn(log.fileno())
        self._restarts.note()

    def _spawn(self, output: int | None) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_dying_with(os.getpid()),
            pass_fds=self.descriptors,
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def revive(self) -> None:
        """Start again a process that ended. Raises CannotStart where it keeps ending."""
        if times := self._restarts.too_many():
            raise CannotStart(
                f"The {self.name} process ended {times} times within a minute.\n{self.tail()}"
            )
        if self.process is not None:
            self._kill_group()  # what it started must not work beside its successor
        self.start()

    def ask_to_stop(self) -> None:
        """Ask the process to end, without waiting for it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

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
        """Return the last lines of the log, under its name."""
        if self.log is None:
            return ""
        try:
            text = self.log.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        last = "\n".join(text.splitlines()[-lines:])
        return f"The end of its log ({self.log}):\n{last}"
