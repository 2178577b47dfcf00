"""The data folder of an embedded Marigot: usable, big enough, and held by one run only."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pwd
import shutil
import socket
import time
from pathlib import Path

NEEDED_BYTES = 512 * 1024 * 1024
ANOTHER = "make run DATA=/another/folder"


class CannotStart(Exception):
    """Marigot cannot be started, or go on; the message says why and what to do about it."""


class DataFolder:
    """A data folder, locked for this process by `hold`; `needs` bytes must be free in it.

    The lock is the kernel's: it ends with the process, however that ends, so that no run
    can leave a stale one behind.
    """

    def __init__(self, path: Path, *, needs: int = NEEDED_BYTES) -> None:
        self.path = path.absolute()
        self.needs = needs
        self._lock: int | None = None

    @property
    def log(self) -> Path:
        """Folder of the logs."""
        return self.path / "log"

    def hold(self, url: str = "") -> None:
        """Make the folder where it is missing, and lock it for the run at `url`.

        Raises CannotStart.
        """
        self._make()
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock_within(descriptor, 0.5)
            self._refuse_full()
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()} {url}\n".encode())
        except BaseException:
            os.close(descriptor)
            raise
        self._lock = descriptor

    def refuse_held(self) -> None:
        """Raise CannotStart where another run holds the folder now; change nothing."""
        try:
            descriptor = os.open(self._lock_file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return  # no run was ever here, or `hold` will tell what is wrong
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode(errors="replace")
            raise self._held_by(holder) from None
        finally:
            os.close(descriptor)

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

    def shortage(self) -> str:
        """Return a sentence where nothing more can be written there, else nothing."""
        try:
            free = shutil.disk_usage(self.path).free
        except OSError:
            return ""
        if free > 16 * 2**20:
            return ""
        return (
            f"Only {free // 2**20} MiB are free where {self.path} lies. "
            f"Free some space, or give another folder: {ANOTHER}"
        )

    @property
    def _lock_file(self) -> Path:
        return self.path / "run" / "lock"

    def _lock_within(self, descriptor: int, seconds: float) -> None:
        """Lock; tried again for `seconds`, since who merely looks holds it for a moment."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = os.pread(descriptor, 200, 0).decode(errors="replace")
                    raise self._held_by(holder) from None
            time.sleep(0.02)

    def _held_by(self, holder: str) -> CannotStart:
        pid, _, url = holder.strip().partition(" ")
        return CannotStart(
            f"Marigot already runs with the data in {self.path}"
            f"{f', at {url}' if url else ''} (process {pid or 'unknown'}).\n"
            "Use that one, or stop it first, or give this one its own: "
            "make run PORT=… DATA=/another/folder"
        )

    def _make(self) -> None:
        try:
            for part in (self.path, self.path / "run", self.log):
                part.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.path / "run" / "probe"
            probe.write_bytes(b"x")
            probe.unlink()
        except (NotADirectoryError, FileExistsError):
            raise CannotStart(f"{self.path} is not a folder. Give another one: {ANOTHER}") from None
        except OSError as error:
            raise CannotStart(
                f"The data folder {self.path} cannot be written ({error.strerror})."
                f"{self._owner()}\n"
                f"Make it writable or free space there, or give another: {ANOTHER}"
            ) from None

    def _owner(self) -> str:
        """Tell whose the folder is, where it is somebody else's."""
        try:
            owner = self.path.stat().st_uid
        except OSError:
            return ""
        if owner == os.geteuid():
            return ""
        try:
            return f" It belongs to {pwd.getpwuid(owner).pw_name}."
        except KeyError:
            return f" It belongs to the user number {owner}."

    def _refuse_full(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < self.needs:
            raise CannotStart(
                f"Only {free // 2**20} MiB are free where {self.path} lies; "
                f"Marigot wants {self.needs // 2**20}. Nothing was started.\n"
                f"Free some space, or give another folder: {ANOTHER}"
            )


def listen(port: int, host: str = "127.0.0.1", *, patience: float = 2.0) -> socket.socket:
    """Return a socket that listens at `port`: from here on nobody else can take it.

    A port in use is tried again for `patience` seconds, in which a run that was killed
    lets go of it. Raises CannotStart.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return socket.create_server((host, port), backlog=512)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                if time.monotonic() < deadline:
                    time.sleep(0.1)
                    continue
                why = "is taken by another program.\nStop that one, or take another port"
            elif error.errno == errno.EACCES:
                why = "may be used by root alone.\nTake one above 1023"
            else:
                why = f"cannot be used ({error.strerror}).\nTake another port"
            other = port + 1 if 1023 < port < 65535 else 8001
            raise CannotStart(f"Port {port} of {host} {why}: make run PORT={other}") from None


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
