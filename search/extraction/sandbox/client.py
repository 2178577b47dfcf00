"""The caller's side of the sandbox: start the helper, hand it files, collect what comes back."""

from __future__ import annotations

import atexit
import json
import math
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import wire
from .child import SEALING_FAILED

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60.0
GRACE_SECONDS = 10.0
"""How long past its deadline a child's verdict is awaited before the helper is held to be hung."""

OnFrame = Callable[[bytes, bytes], None]


class SandboxUnavailable(Exception):
    """No confined child can be started; the message names cause and cure."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended.

    `end` is "done", "timed_out", "killed" (by a signal, see `signal`), "failed" (see
    `exit`), "out_of_memory", "flooded" (more output than allowed, or none that can be
    read) or "lost" (the helper died twice while the child ran).
    """

    end: str
    exit: int = 0
    signal: int = 0


class _Helper:
    """One helper process and its control socket."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self.owner = os.getpid()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control = ours
        with theirs, tempfile.TemporaryFile() as errors:
            # The interpreter named by us, our own module, nothing from the environment.
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-m", "search.extraction.sandbox.helper", *modules],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=ROOT,
                env={
                    "PATH": os.defpath,
                    "LC_ALL": "C.UTF-8",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    # The same packages as here, wherever they come from.
                    "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                },
                start_new_session=True,
            )
            theirs.close()
            try:
                self.means = self._handshake()
            except (OSError, ValueError) as error:
                self.end()
                errors.seek(0)
                said = errors.read()[-600:].decode(errors="replace").strip()
                raise SandboxUnavailable(
                    f"The extraction helper did not start ({error}). "
                    f"Run {sys.executable} -m search.extraction.sandbox.helper {' '.join(modules)} "
                    f"in {ROOT} to see why. It said: {said or 'nothing'}"
                ) from error
        if not self.means:
            self.end()
            raise SandboxUnavailable(
                "Files cannot be read safely here: the kernel grants neither a network namespace "
                "nor a system call filter. Allow one of them: seccomp filters (kernel option "
                "CONFIG_SECCOMP_FILTER), or user namespaces (sysctl "
                "user.max_user_namespaces, and kernel.apparmor_restrict_unprivileged_userns=0)."
            )

    def _handshake(self) -> list[str]:
        self.control.settimeout(START_SECONDS)
        try:
            data = self.control.recv(4096)
        except TimeoutError:
            raise ValueError(f"silent for {START_SECONDS:.0f} seconds") from None
        self.control.settimeout(None)
        if not data:
            raise ValueError("it ended at once")
        means: list[str] = json.loads(data)["means"]
        return means

    def end(self) -> None:
        """Close the socket and make sure that the process is gone; its children die with it."""
        self.control.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


class Sandbox:
    """Runs jobs in confined children. One helper per process, started at the first use.

    `modules` are imported by the helper; a job is named "module:function" and lives in
    one of them: `function(stream, arguments, send)`. Safe for several threads at once,
    and across fork: a forked process starts its own helper.
    """

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self._current: _Helper | None = None
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        if self._current is not None:
            # The parent's helper must not be kept alive by this copy of its socket.
            self._current.control.close()
            self._current.process.returncode = 0  # not ours to wait for
            self._current = None

    def _helper(self) -> _Helper:
        with self._lock:
            if self._current is None:
                self._current = _Helper(self._modules)
            return self._current

    def _discard(self, helper: _Helper) -> None:
        with self._lock:
            if self._current is helper:
                self._current = None
        helper.end()

    @property
    def means(self) -> list[str]:
        """The protections in force: "namespace", "filter" or both. Raises SandboxUnavailable."""
        return list(self._helper().means)

    @property
    def helper_pid(self) -> int:
        """Process id of the helper, started if need be. Raises SandboxUnavailable."""
        return self._helper().process.pid

    def close(self) -> None:
        """End the helper; the next run starts another."""
        helper = self._current
        if helper is not None:
            self._discard(helper)

    def run(
        self,
        job: str,
        file: int,
        arguments: dict[str, Any],
        *,
        memory_bytes: int,
        seconds: float,
        output_bytes: int,
        on_frame: OnFrame,
        cpu_seconds: int | None = None,
    ) -> Outcome:
        """Run `job` on the open descriptor `file`; hand each frame it sends to `on_frame`.

        Blocks until the child has ended: after `seconds` at the latest, or after `cpu_seconds`
        of processor time, where they are told. A file never makes it raise; raises
        SandboxUnavailable where no child can be started.
        """
        request = {
            "job": job,
            "arguments": arguments,
            "memory_bytes": memory_bytes,
            "seconds": seconds,
            "cpu_seconds": math.ceil(seconds) + 1 if cpu_seconds is None else cpu_seconds,
        }
        message = json.dumps(request).encode()
        for _attempt in range(2):
            helper = self._helper()
            outcome = self._try(helper, message, file, seconds, output_bytes, on_frame)
            if outcome is not None:
                return outcome
            self._discard(helper)  # it died: a new one, once
        return Outcome("lost")

    def _try(
        self,
        helper: _Helper,
        message: bytes,
        file: int,
        seconds: float,
        output_bytes: int,
        on_frame: OnFrame,
    ) -> Outcome | None:
        output, child_output = os.pipe()
        verdict, helper_verdict = os.pipe()
        try:
            try:
                socket.send_fds(helper.control, [message], [file, child_output, helper_verdict])
            except OSError:
                return None
            finally:
                os.close(child_output)
                os.close(helper_verdict)
            return _collect(output, verdict, time.monotonic() + seconds, output_bytes, on_frame)
        finally:
            os.close(output)
            os.close(verdict)


def _collect(
    output: int, verdict: int, deadline: float, output_bytes: int, on_frame: OnFrame
) -> Outcome | None:
    """Read until the helper's verdict; None where it died without giving one."""
    reader = wire.FrameReader(output_bytes)
    poll = select.poll()
    poll.register(output, select.POLLIN)
    poll.register(verdict, select.POLLIN)
    said = b""
    try:
        while not said.endswith(b"\n"):
            patience = deadline + GRACE_SECONDS - time.monotonic()
            if patience <= 0:
                return None if said == b"" else Outcome("lost")
            for fd, _events in poll.poll(patience * 1000):
                data = os.read(fd, 1 << 16)
                if fd == output and data:
                    _deliver(reader, data, on_frame)
                elif fd == output:
                    poll.unregister(output)
                elif data:
                    said += data
                else:
                    return None
        # The child is dead: what it wrote last is all in the pipe.
        os.set_blocking(output, False)
        while data := _read_rest(output):
            _deliver(reader, data, on_frame)
    except wire.BrokenStream:
        return Outcome("flooded")
    return _judge(json.loads(said))


def _deliver(reader: wire.FrameReader, data: bytes, on_frame: OnFrame) -> None:
    for letter, body in reader.feed(data):
        on_frame(letter, body)


def _read_rest(fd: int) -> bytes:
    try:
        return os.read(fd, 1 << 16)
    except BlockingIOError:
        return b""


def _judge(verdict: dict[str, Any]) -> Outcome:
    code, number = verdict["exit"], verdict["signal"]
    if verdict["timed_out"] or number == signal.SIGXCPU:
        return Outcome("timed_out", code, number)
    if number:
        return Outcome("killed", code, number)
    if code == SEALING_FAILED:
        raise SandboxUnavailable(
            "A child process could not give up its rights (resource limits, capabilities or the "
            "system call filter): look at the limits of the service (ulimit -a, the container's "
            "seccomp profile)."
        )
    if code == 72:
        return Outcome("out_of_memory", code)
    return Outcome("failed" if code else "done", code)
