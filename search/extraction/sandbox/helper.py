"""The warm helper: `python -m search.extraction.sandbox.helper MODULE…` on descriptor 0.

Imports the modules that hold the jobs once, leaves the network, then forks one child
per request received on its control socket: forking takes milliseconds where a new
interpreter takes hundreds. It parses nothing of what it hands on. It ends with its
caller (end of file on the control socket) and takes every child with it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import child, confine, preload, seccomp

MAX_REQUEST = 64 * 1024
FILTER, NAMESPACE = "filter", "namespace"


@dataclass
class _Running:
    pid: int
    pidfd: int
    verdict: int
    deadline: float
    timed_out: bool = False

    def kill(self) -> None:
        signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)


def _filter_works() -> bool:
    """Whether a forked child can be held by the system call filter; tried, not guessed."""
    try:
        seccomp.program()  # written before the first fork, for all children
    except OSError:
        return False  # libseccomp does not know this machine
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            confine.drop_capabilities()
            seccomp.install(confine.libc)
            code = 1 if confine.can_reach_network() else 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def protections() -> list[str]:
    """Close the network to this process as far as the kernel allows; the means in force."""
    found = []
    try:
        confine.leave_network()
    except OSError:
        pass  # answered by the list: the caller refuses an empty one
    else:
        if not confine.can_reach_network():
            found.append(NAMESPACE)
    if _filter_works():
        found.append(FILTER)
    return found


def _enter_nowhere() -> None:
    """Work in an empty folder that no longer exists: nothing can be made in it."""
    folder = tempfile.mkdtemp(prefix="extraction-")
    os.chdir(folder)
    Path(folder).rmdir()


class Helper:
    """The loop between the control socket and the children."""

    def __init__(self, control: socket.socket, means: list[str]) -> None:
        self._control = control
        self._filtered = FILTER in means
        self._running: dict[int, _Running] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        """Answer requests until the caller leaves."""
        while True:
            for fd, events in self._poll.poll(self._patience()):
                if fd == self._control.fileno():
                    if not self._accept():
                        self._end()
                        return
                elif fd in self._running:
                    self._collect(self._running[fd])
                elif events & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
                    self._abandon(fd)
            self._enforce()

    def _patience(self) -> float | None:
        waiting = [run.deadline for run in self._running.values() if not run.timed_out]
        return max(0.0, (min(waiting) - time.monotonic()) * 1000 + 1) if waiting else None

    def _accept(self) -> bool:
        data, fds, _flags, _address = socket.recv_fds(self._control, MAX_REQUEST, 3)
        if not data:
            return False
        file, output, verdict = fds
        request = json.loads(data)
        module, _, function = request["job"].partition(":")
        job: child.Job = getattr(sys.modules[module], function)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            child.live(job, request, file, output, parent, filtered=self._filtered)
        os.close(file)
        os.close(output)
        run = _Running(pid, os.pidfd_open(pid), verdict, time.monotonic() + request["seconds"])
        self._running[run.pidfd] = run
        self._poll.register(run.pidfd, select.POLLIN)
        self._poll.register(verdict, 0)  # an error event: nobody waits for it any more
        return True

    def _collect(self, run: _Running) -> None:
        _pid, status, usage = os.wait4(run.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        verdict: dict[str, object] = {
            "exit": max(code, 0),
            "signal": max(-code, 0),
            "timed_out": run.timed_out,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
        }
        self._poll.unregister(run.pidfd)
        self._poll.unregister(run.verdict)
        del self._running[run.pidfd]
        os.close(run.pidfd)
        try:
            os.write(run.verdict, json.dumps(verdict).encode() + b"\n")
        except BrokenPipeError:
            pass  # the caller gave this one up
        finally:
            os.close(run.verdict)

    def _abandon(self, verdict: int) -> None:
        for run in self._running.values():
            if run.verdict == verdict:
                self._poll.modify(verdict, 0)
                run.kill()
                self._collect(run)
                return

    def _enforce(self) -> None:
        now = time.monotonic()
        for run in self._running.values():
            if now >= run.deadline and not run.timed_out:
                run.timed_out = True
                run.kill()

    def _end(self) -> None:
        for run in list(self._running.values()):
            run.kill()
            self._collect(run)


def main(modules: list[str]) -> None:
    """Prepare, announce the means of protection in force, serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    for name in modules:
        importlib.import_module(name)
    preload.load()
    _enter_nowhere()
    confine.limit_descriptors(child.DESCRIPTORS)
    means = protections()
    gc.collect()
    gc.freeze()  # children then share the helper's memory instead of copying it
    control.send(json.dumps({"ready": os.getpid(), "means": means}).encode())
    if not means:
        return
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
    Helper(control, means).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
