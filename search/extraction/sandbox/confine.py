"""Giving up rights: namespaces, capabilities, resource limits. Linux only.

What cannot be had raises OSError; who calls decides whether that is fatal.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal

libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC, _CLONE_NEWUTS = (
    0x10000000,
    0x40000000,
    0x08000000,
    0x04000000,
)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CAPABILITY_VERSION_3 = 0x20080522


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def leave_network() -> None:
    """Move this process to a network of its own, without any interface that is up.

    A user namespace makes that possible without privilege, and takes root's rights
    over the machine away. Raises OSError where the kernel or a container forbids it.
    """
    isolated = _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS
    _check(libc.unshare(_CLONE_NEWUSER | isolated), "unshare")


def drop_capabilities() -> None:
    """Empty the capability sets and forbid to regain any by running a program."""
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(libc.capset(header, nothing), "capset")


def die_with_parent(parent: int) -> None:
    """Be killed when `parent` ends; leave at once if it already has."""
    _check(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")
    if os.getppid() != parent:
        os._exit(1)


def hide_memory() -> None:
    """Forbid other processes of the same user to attach, and the kernel to dump."""
    _check(libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE")


def limit_resources(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound address space and processor time; no file written, no process, no core dump."""
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
    ):
        ceiling = resource.getrlimit(what)[1]
        bound = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
        # At the lower bound of processor time the signal says what it is for.
        more = bound + 1 if what == resource.RLIMIT_CPU and bound == value else bound
        if ceiling != resource.RLIM_INFINITY:
            more = min(more, ceiling)
        resource.setrlimit(what, (bound, more))
    with contextlib.suppress(OSError):  # a niceness that cannot be had takes nothing away
        os.nice(10)


def limit_descriptors(count: int) -> None:
    """Never have a descriptor numbered `count` or more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    bound = count if soft == resource.RLIM_INFINITY else min(count, soft)
    resource.setrlimit(resource.RLIMIT_NOFILE, (bound, hard))


def can_reach_network() -> bool:
    """Whether this process could open a connection: the question asked at start and in tests.

    Connects to an address reserved for documentation (RFC 5737) without waiting for an
    answer: in a closed network the kernel refuses at once, before any packet.
    """
    import socket

    try:
        probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return False
    with probe:
        probe.setblocking(False)
        code = probe.connect_ex(("192.0.2.1", 9))
    return code not in (errno.ENETUNREACH, errno.EPERM, errno.EACCES)
