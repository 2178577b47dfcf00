"""A system call allow-list for the child, as a classic BPF program.

The child may compute, allocate, read and write what is open, and leave. It cannot
open a file, a socket or an io_uring, start or signal a process, or gain a right:
every other call answers EPERM. The kernel's `Documentation/userspace-api/seccomp_filter`
is the source of the layout; the numbers are those of the kernel's own tables.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

# name: (x86_64, aarch64); None where the architecture has no such call.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "poll": (7, None),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "ioctl": (16, 29),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "dup": (32, 23),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "uname": (63, 160),
    "fcntl": (72, 25),
    "getcwd": (79, 17),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    # glibc's fstat() is newfstatat() on an open descriptor.
    "newfstatat": (262, 79),
    "ppoll": (271, 73),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "statx": (332, 291),
    "rseq": (334, 293),
}

# machine: (AUDIT_ARCH_*, column of ALLOWED, first number that is not of this ABI)
_ARCHITECTURES = {
    "x86_64": (0xC000003E, 0, 0x40000000),
    "aarch64": (0xC00000B7, 1, 0xFFFFFFFF),
}

_LOAD_WORD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def program(machine: str | None = None) -> bytes:
    """The filter for `machine` (default: this one). Raises OSError where there is none."""
    name = machine or platform.machine()
    if name not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system call filter for the architecture {name}")
    architecture, column, foreign = _ARCHITECTURES[name]
    numbers = sorted(n for row in ALLOWED.values() if (n := row[column]) is not None)
    code = [
        _instruction(_LOAD_WORD, _OFFSET_ARCHITECTURE),
        _instruction(_JUMP_EQUAL, architecture, if_true=1),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD_WORD, _OFFSET_NUMBER),
        _instruction(_JUMP_GREATER_EQUAL, foreign, if_false=1),
        _instruction(_RETURN, _ERRNO | errno.EPERM),
    ]
    for number in numbers:
        code.append(_instruction(_JUMP_EQUAL, number, if_false=1))
        code.append(_instruction(_RETURN, _ALLOW))
    code.append(_instruction(_RETURN, _ERRNO | errno.EPERM))
    return b"".join(code)


def install(libc: ctypes.CDLL) -> None:
    """Put the filter in force, for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
    code = program()
    buffer = ctypes.create_string_buffer(code, len(code))
    prog = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(prog), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp filter refused: {errno.errorcode.get(number, number)}")
