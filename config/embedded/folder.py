"""The data folder of an embedded Marigot: usable, big enough, and held by one run only."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
from pathlib import Path

NEEDED_BYTES = 512 * 1024 * 1024


class CannotStart(Exception):
    """Marigot cannot be started; the message says why and what to do about it."""


class DataFolder:
    """A data folder, locked for this process by `hold`.

    The lock is the kernel's: it ends with the process, however that ends, so that no run
    can leave a stale one behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def hold(self) -> None:
        """Make the folder where it is missing, and lock it. Raises CannotStart."""
        self._make()
        self._refuse_full()
        lock = self.path / "run" / "lock"
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise CannotStart(
                f"Marigot already runs with the data in {self.path} (process {holder}).\n"
                "Stop that one first, or give this one its own: "
                "make run PORT=… DATA=/another/folder"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._lock = descriptor

    def ports(self, names: list[str]) -> dict[str, int]:
        """Return a loopback port for each of `names`: the same at every run while it is free."""
        path = self.path / "run" / "ports.json"
        try:
            kept: dict[str, int] = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            kept = {}
        chosen: dict[str, int] = {}
        for name in names:
            port = kept.get(name, 0)
            chosen[name] = port if port and is_free(port) else free_port(set(chosen.values()))
        path.write_text(json.dumps(chosen))
        return chosen

    def _make(self) -> None:
        try:
            for part in (self.path, self.path / "run", self.path / "log"):
                part.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.path / "run" / "probe"
            probe.write_bytes(b"x")
            probe.unlink()
        except (NotADirectoryError, FileExistsError):
            raise CannotStart(
                f"{self.path} is not a folder. Give another one: make run DATA=/another/folder"
            ) from None
        except OSError as error:
            raise CannotStart(
                f"The data folder {self.path} cannot be written ({error.strerror}).\n"
                "Make it writable or free space there, or give another: "
                "make run DATA=/another/folder"
            ) from None

    def _refuse_full(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < NEEDED_BYTES:
            raise CannotStart(
                f"Only {free // 2**20} MiB are free where {self.path} lies; "
                f"Marigot wants {NEEDED_BYTES // 2**20}. Nothing was started.\n"
                "Free some space, or give another folder: make run DATA=/another/folder"
            )


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on `port` of `host` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(avoid: set[int]) -> int:
    """Return a free loopback port whose successor is free too, none of them in `avoid`."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        near = {port, port + 1}
        if port < 65535 and is_free(port + 1) and not near & (avoid | {p + 1 for p in avoid}):
            return port
