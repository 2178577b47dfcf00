"""Where things lie in the blob store."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

from django.conf import settings

NO_FILE: Final = "no file of the store"
"""What a link, a folder or a pipe is called that lies where bytes should."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def store() -> Path:
    """The folder of the store."""
    return Path(settings.BLOB_FOLDER)


def staging_folder() -> Path:
    """The folder of files that are still being written; on the same file system."""
    return store() / "tmp"


def free_bytes() -> int:
    """Return how many bytes may still be written where the store lies."""
    ensure_folder(store())
    disk = os.statvfs(store())
    return disk.f_bavail * disk.f_frsize


def path_of(sha256: str) -> Path:
    """Return where the bytes with that hash lie. Raises ValueError on what is no hash."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("This is not a SHA-256 in hexadecimal.")
    return store() / sha256[:2] / sha256


def is_plain(mode: int) -> bool:
    """Tell whether a file of that mode (of lstat) is one that the store made: no link, no pipe."""
    return stat.S_ISREG(mode)


def open_plain(path: Path) -> BufferedReader:
    """Open a file of the store for reading; waits for nothing and follows no link.

    Raises OSError, also where something else lies there.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not is_plain(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, NO_FILE, str(path))
    return os.fdopen(descriptor, "rb")


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ensure_folder(folder: Path) -> None:
    """Make `folder`, durably, where it is missing."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Where a folder of the store takes no file: it is none, or one that is closed to us."""

    path: Path
    is_folder: bool


def obstacles() -> list[Obstacle]:
    """Return what keeps the store from taking files, or some of them; at most 258 looks.

    A folder that is missing is none: it is made when it is needed.
    """
    if whole := _obstacle(store()):
        return [whole]  # what lies in it cannot be told
    within = [staging_folder(), *sorted(store().glob("[0-9a-f][0-9a-f]"))]
    return [found for path in within if (found := _obstacle(path))]


def _obstacle(path: Path) -> Obstacle | None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Obstacle(path, is_folder=False) if os.path.lexists(path) else None
    except OSError:
        return Obstacle(path, is_folder=True)  # the way to it is closed, or its disk is gone
    if not stat.S_ISDIR(mode):
        return Obstacle(path, is_folder=False)
    closed = not os.access(path, os.R_OK | os.W_OK | os.X_OK)
    return Obstacle(path, is_folder=True) if closed else None


@contextmanager
def locked(*, exclusively: bool) -> Iterator[None]:
    """Hold the store's lock: shared to place files, exclusive to take some away.

    So nothing is swept between somebody's look ("it is there already") and the renewal
    of its age, from when on it is too young to be swept.
    """
    ensure_folder(store())
    descriptor = os.open(store() / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if exclusively else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
