"""The life of one confined child: from the fork to the last frame."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import signal
from collections.abc import Callable
from typing import Any, BinaryIO

from . import confine, seccomp, wire

Send = Callable[[bytes, bytes], None]
Job = Callable[[BinaryIO, dict[str, Any], Send], None]

_FILE, _OUTPUT = 3, 4
DESCRIPTORS = 4096
"""More than any descriptor the helper can have: it lowers its own limit to this."""
SEALING_FAILED = 71
"""Exit status of a child that could not confine itself and therefore read nothing."""


def _keep_only(file: int, output: int) -> None:
    """Leave open: /dev/null three times, the file as 3 (read only), the output as 4."""
    # First out of the way of the numbers they are about to take.
    high_file = fcntl.fcntl(file, fcntl.F_DUPFD, 10)
    high_output = fcntl.fcntl(output, fcntl.F_DUPFD, 10)
    os.dup2(high_file, _FILE, inheritable=False)
    os.dup2(high_output, _OUTPUT, inheritable=False)
    os.closerange(5, DESCRIPTORS)


def seal(parent: int, memory_bytes: int, cpu_seconds: int, *, filtered: bool) -> None:
    """Give up everything but computing. After this no file can be opened. Raises OSError."""
    os.setsid()
    confine.die_with_parent(parent)
    confine.hide_memory()
    confine.limit_resources(memory_bytes, cpu_seconds)
    confine.drop_capabilities()
    if filtered:
        seccomp.install(confine.libc)


def live(
    job: Job, request: dict[str, Any], file: int, output: int, parent: int, *, filtered: bool
) -> None:
    """Run `job` on `file` and end this process; never returns to the helper's code."""
    code = 70
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        _keep_only(file, output)
        try:
            seal(parent, request["memory_bytes"], request["cpu_seconds"], filtered=filtered)
        except OSError:
            code = SEALING_FAILED
            return
        with io.FileIO(_FILE, "rb", closefd=False) as stream:
            job(
                stream,
                request["arguments"],
                lambda letter, body: wire.send(_OUTPUT, letter, body),
            )
        code = 0
    except MemoryError:
        code = 72
    finally:
        with contextlib.suppress(BaseException):
            os.close(_OUTPUT)
        os._exit(code)
