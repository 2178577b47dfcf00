"""Jobs run in the sandbox by the tests of the sandbox: each tries something."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path


def _answer(send, value):
    send(b"A", json.dumps(value).encode())


def attempt(stream, arguments, send):
    """Try one forbidden thing; answer the name of the error, or "allowed"."""
    try:
        _ATTEMPTS[arguments["what"]]()
    except Exception as error:  # noqa: BLE001 - whichever it is, it is the answer
        _answer(send, type(error).__name__)
    else:
        _answer(send, "allowed")


def _connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        probe.connect(address)


def _fork():
    if os.fork() == 0:
        os._exit(0)


def _io_uring():
    libc = ctypes.CDLL(None, use_errno=True)
    parameters = ctypes.create_string_buffer(512)
    if libc.syscall(425, 4, parameters) < 0:
        raise OSError(ctypes.get_errno(), "io_uring_setup")


def _x32():
    ctypes.CDLL(None).syscall(0x40000000 + 39)  # getpid, by the other numbers of an x86_64


_FS_IOC_SETFLAGS = 0x40086602
_ATTEMPTS = {
    "inet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "inet6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "read file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "write file": lambda: os.open("/tmp/extraction-probe", os.O_WRONLY | os.O_CREAT),
    "list folder": lambda: os.scandir("/"),
    "execute": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
    "fork": _fork,
    "kill": lambda: os.kill(os.getppid(), 0),
    "io_uring": _io_uring,
    "whom a pipe signals": lambda: fcntl.fcntl(4, fcntl.F_SETOWN, os.getppid()),
    "how a pipe signals": lambda: fcntl.fcntl(4, fcntl.F_SETSIG, signal.SIGKILL),
    "that a pipe signals": lambda: fcntl.fcntl(4, fcntl.F_SETFL, os.O_WRONLY | os.O_ASYNC),
    "lease": lambda: fcntl.fcntl(3, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    "lock": lambda: fcntl.lockf(4, fcntl.LOCK_EX),
    "flags of a file": lambda: fcntl.ioctl(3, _FS_IOC_SETFLAGS, struct.pack("l", 0)),
    "x32": _x32,
}


def call(stream, arguments, send):
    """Make each of the system calls `numbers`; answer those that were not answered EPERM."""
    libc = ctypes.CDLL(None, use_errno=True)
    let_through = []
    for number in arguments["numbers"]:
        ctypes.set_errno(0)
        if libc.syscall(number, -1, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != errno.EPERM:
            let_through.append(number)
    _answer(send, let_through)


def connect(stream, arguments, send):
    """Open a TCP connection to the test's own listening server."""
    try:
        _connect(socket.AF_INET, (arguments["host"], arguments["port"]))
    except OSError as error:
        _answer(send, type(error).__name__)
    else:
        _answer(send, "connected")


def describe(stream, arguments, send):
    """Answer what the child can see of the machine."""
    open_fds = []
    for fd in range(64):
        try:
            os.fstat(fd)
        except OSError:
            continue
        open_fds.append(fd)
    try:
        cwd = str(Path.cwd())
    except OSError as error:
        cwd = type(error).__name__
    _answer(
        send,
        {
            "environment": dict(os.environ),
            "descriptors": open_fds,
            "cwd": cwd,
            "django": "django" in sys.modules,
            "pid": os.getpid(),
            "read": stream.read(100).decode(),
        },
    )


def hog(stream, arguments, send):
    """Use more and more memory."""
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))


def spin(stream, arguments, send):
    """Never end, after a first word."""
    send(b"T", b"first word ")
    while True:
        pass


def sleep(stream, arguments, send):
    """Never end, without using the processor."""
    _answer(send, {"pid": os.getpid()})
    time.sleep(3600)


def flood(stream, arguments, send):
    """Send without end."""
    while True:
        send(b"T", b"x" * 65536)


def babble(stream, arguments, send):
    """Send what is no frame."""
    os.write(4, b"\xff" * 100)


def crash(stream, arguments, send):
    """Die of a wild pointer."""
    ctypes.string_at(0)


def fail(stream, arguments, send):
    """Raise."""
    raise RuntimeError("a parser's bug")
