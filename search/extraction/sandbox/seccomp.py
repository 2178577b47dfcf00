"""A system call allow-list for the child.

The child may compute, allocate, read and write what is open, and leave. It cannot
open a file, a socket or an io_uring, start or signal a process, or gain a right:
every other call answers EPERM. libseccomp knows the numbers of the machine and writes
the filter; the helper has it do so once, the child only hands it to the kernel.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import termios
from functools import cache

# fmt: off
ALLOWED = (
    "read", "write", "close", "fstat", "poll", "lseek", "mmap", "mprotect", "munmap", "brk",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "pread64", "readv", "writev",
    "sched_yield", "mremap", "madvise", "dup", "nanosleep", "getpid", "exit", "uname",
    "getcwd", "gettimeofday", "getrusage", "sysinfo", "getuid", "getgid", "geteuid", "getegid",
    "getppid", "sigaltstack", "gettid", "futex", "restart_syscall", "clock_gettime",
    "clock_getres", "clock_nanosleep", "exit_group", "ppoll", "getrandom", "membarrier", "statx",
    "rseq",
    "newfstatat",  # glibc's fstat() is this on an open descriptor
)
# fmt: on
"""By the kernel's names. A call that a machine does not have (poll on aarch64) counts for none."""

ALLOWED_COMMANDS = {
    "fcntl": (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL),
    "ioctl": (termios.FIOCLEX, termios.FIONCLEX, termios.TCGETS),
}
"""Of calls that can do everything: a pipe told by fcntl whom to signal kills any of our processes.

The command is the second argument, and the whole of it is compared.
"""

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


@cache
def program() -> bytes:
    """The filter for this machine, as the kernel takes it.

    Raises OSError for a machine that libseccomp does not know, RuntimeError without libseccomp.
    """
    # Here alone: it looks for the library by running a program, which is the helper's business.
    try:
        import pyseccomp
    except RuntimeError as error:
        raise RuntimeError(f"{error}. Install it: apt-get install libseccomp2") from error

    refused = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    # The calls of another architecture have other numbers: whoever makes one is up to something.
    refused.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    for name in ALLOWED:
        refused.add_rule(pyseccomp.ALLOW, name)
    for name, commands in ALLOWED_COMMANDS.items():
        for command in commands:
            one = pyseccomp.Arg(1, pyseccomp.EQ, command)
            refused.add_rule(pyseccomp.ALLOW, name, one)
    with os.fdopen(os.memfd_create("filter"), "w+b") as file:
        refused.export_bpf(file)
        file.seek(0)
        return file.read()


def install(libc: ctypes.CDLL) -> None:
    """Put the filter in force, for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
    code = program()
    buffer = ctypes.create_string_buffer(code, len(code))
    prog = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(prog), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp filter refused: {errno.errorcode.get(number, number)}")
