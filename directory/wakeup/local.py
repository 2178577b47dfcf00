"""Wake-ups between the processes of one machine, by datagram sockets in a folder.

Each listener has a socket file in the folder; a wake-up is one byte to each. A full
socket buffer means that the listener has a wake-up waiting already.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import uuid
from pathlib import Path

from .base import Listener, WakeUp

# The address of a Unix socket holds 107 bytes; longer paths go through the folder's descriptor.
_ADDRESS_LIMIT = 100


def _address(folder: Path, name: str) -> tuple[str, int | None]:
    path = str(folder / name)
    if len(path.encode()) <= _ADDRESS_LIMIT:
        return path, None
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    return f"/proc/self/fd/{descriptor}/{name}", descriptor


class LocalListener(Listener):
    """A listener with a socket file of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        address, descriptor = _address(folder, self._path.name)
        try:
            self._socket.bind(address)
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def wait(self, seconds: float) -> bool:
        """See `Listener.wait`."""
        readable, _, _ = select.select([self._socket], [], [], seconds)
        if not readable:
            return False
        while True:
            try:
                self._socket.recv(16)
            except BlockingIOError:
                return True

    def close(self) -> None:
        """See `Listener.close`."""
        self._socket.close()
        self._path.unlink(missing_ok=True)


class LocalWakeUp(WakeUp):
    """Wake-ups by a folder of sockets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def notify(self) -> None:
        """See `WakeUp.notify`. Sockets whose process is gone are swept."""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208  (names are all that is wanted)
        except FileNotFoundError:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            for name in names:
                address, descriptor = _address(self._folder, name)
                try:
                    sender.sendto(b"!", address)
                except BlockingIOError:
                    pass
                except OSError as error:
                    if error.errno == errno.ECONNREFUSED:
                        (self._folder / name).unlink(missing_ok=True)
                    elif error.errno != errno.ENOENT:
                        raise
                finally:
                    if descriptor is not None:
                        os.close(descriptor)

    def listen(self) -> LocalListener:
        """See `WakeUp.listen`."""
        return LocalListener(self._folder)
