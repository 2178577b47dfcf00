"""Taking bytes in: written and hashed in one pass, made durable, then put in place."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import logging
import os
import platform
import re
import sys
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from directory.trouble import NO_ROOM, NoRoom

from .checking import holds
from .layout import ensure_folder, free_bytes, locked, path_of, staging_folder, store, sync_folder

CHUNK = 1024 * 1024
_MANY = 8  # files from which one flush of the file system is cheaper than one per file
_NO_ROOM = NO_ROOM | {errno.EFBIG}

log = logging.getLogger(__name__)


class NotStored(Exception):
    """The store did not take a file; nothing was kept. The message is for the reader."""


class StorageFull(NotStored, NoRoom):
    """There is no room left; nothing was kept. The message is for the reader."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The server has no room left for this file. Nothing was saved; "
                "tell your IT department, then try again."
            )
        )


class StorageBroken(NotStored):
    """A folder of the store takes no file, for another reason than room; `cause` tells it.

    The message is for the reader; operators are told in the log by `for_operators`, and by
    `obstacles`.
    """

    def __init__(self, cause: OSError) -> None:
        super().__init__(
            _(
                "The server cannot store this file at the moment. Nothing was saved, and nothing "
                "that was there is lost. Your IT department has been told; try again later."
            )
        )
        self.cause = cause

    @property
    def for_operators(self) -> str:
        """What is wrong and what to do, in one line for whoever runs Marigot."""
        return (
            f"a file cannot be stored ({self.cause}). {store()} (MARIGOT_DATA), and each folder "
            "in it, must be a folder that Marigot may write to."
        )


class TooLarge(Exception):
    """The file is larger than `settings.UPLOAD_MAX_BYTES`. The message is for the reader."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("The file is too large: at most %(limit)s MB.") % {"limit": limit // (1024 * 1024)}
        )
        self.limit = limit


def require_room(size: int) -> None:
    """Raise StorageFull where `size` more bytes would leave less than the reserve.

    StorageBroken where the store is no folder that takes files.
    `settings.DISK_RESERVE_BYTES` stay free for the database, its log and the sessions.
    """
    with _refusal_told():  # for the folder of a new store
        free = free_bytes()
    if free < size + settings.DISK_RESERVE_BYTES:
        raise StorageFull


@contextmanager
def _refusal_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull from error
        broken = StorageBroken(error)
        log.error("%s", broken.for_operators)
        raise broken from error


class Staged:
    """A file that is being taken in; `write` it, then `finish`, then `place` it.

    Used as a context manager: what has not been placed at the end is thrown away.
    `sha256` and `size` tell what was written so far.
    """

    def __init__(self, *, limit: int | None = None) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._limit = settings.UPLOAD_MAX_BYTES if limit is None else limit
        with _refusal_told():
            require_room(0)
            ensure_folder(staging_folder())
            self.path = staging_folder() / uuid.uuid4().hex
            self._file: BinaryIO | None = self.path.open("xb", buffering=0)

    @property
    def sha256(self) -> str:
        """Hash of what was written so far."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Add bytes. Raises TooLarge or NotStored; the file is then thrown away."""
        if self._file is None:
            raise ValueError("The file is finished.")
        self.size += len(chunk)
        if self.size > self._limit:
            self.discard()
            raise TooLarge(self._limit)
        self._hash.update(chunk)
        view = memoryview(chunk)
        try:
            with _refusal_told():
                require_room(len(chunk))
                while view:
                    view = view[self._file.write(view) :]
        except BaseException:
            self.discard()
            raise

    def finish(self, *, sync: bool = True) -> None:
        """Close the file; `sync` false leaves it to `place_all` to make many durable at once."""
        if self._file is None:
            return
        try:
            with _refusal_told():
                if sync:
                    os.fsync(self._file.fileno())
                os.fchmod(self._file.fileno(), 0o440)
        except BaseException:
            self.discard()
            raise
        self._file.close()
        self._file = None

    def open(self) -> BinaryIO:
        """Open what was written, to look at it before it is placed."""
        return self.path.open("rb")

    def discard(self) -> None:
        """Throw the file away; harmless once it is placed. What stays is swept later."""
        if self._file is not None:
            self._file.close()
            self._file = None
        with contextlib.suppress(OSError):  # a broken disk is told by what was written to it
            self.path.unlink()

    def __enter__(self) -> Staged:
        return self

    def __exit__(self, *_error: object) -> None:
        self.discard()


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def stage(chunks: Iterable[bytes], *, limit: int | None = None) -> Staged:
    """Write `chunks` beside the store and return the finished file.

    Raises TooLarge beyond `limit` bytes (the setting, unless told), NotStored.
    """
    staged = Staged(limit=limit)
    try:
        for chunk in chunks:
            staged.write(chunk)
        staged.finish()
    except BaseException:
        staged.discard()
        raise
    return staged


def stage_stream(stream: _Readable, *, limit: int | None = None) -> Staged:
    """Write what can be read from `stream`; see `stage`."""
    return stage(iter(lambda: stream.read(CHUNK), b""), limit=limit)


def place(staged: Staged) -> None:
    """Put a finished file under its hash, durably. Raises NotStored.

    Where the same bytes are there already, those stay and become young again: they are read
    once for it. What is there under that hash and is not those bytes is replaced.
    """
    staged.finish()
    _put([staged])


def place_all(batch: Sequence[Staged]) -> None:
    """Put many files under their hashes, made durable by few flushes; see `place`.

    The files may have been finished without `sync`.
    """
    if not batch:
        return
    for staged in batch:
        staged.finish(sync=False)
    with _refusal_told():
        _sync_contents([staged.path for staged in batch])
    _put(batch)


def _put(batch: Sequence[Staged]) -> None:
    with _refusal_told(), locked(exclusively=False):
        folders: set[Path] = set()
        for staged in batch:
            target = path_of(staged.sha256)
            if holds(target, staged.sha256, staged.size):
                os.utime(target)
                staged.discard()
            else:
                # Missing, or spoilt by a fault of the disk: the good bytes replace it.
                ensure_folder(target.parent)
                if target.is_dir() and not target.is_symlink():
                    # Nothing of ours: whoever put it there finds it beside.
                    target.rename(target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}"))
                staged.path.rename(target)
            # Also for what was there: whoever put it may not have come to flushing its name.
            folders.add(target.parent)
        _sync_names(folders)


@functools.cache
def _syncfs() -> Callable[[int], int] | None:
    """Return syncfs(2) where it tells of write errors: on Linux 5.8 and later."""
    if not sys.platform.startswith("linux"):
        return None
    major, minor = (int(part) for part in re.findall(r"\d+", platform.release())[:2])
    if (major, minor) < (5, 8):
        return None
    function = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if function is not None:
        function.argtypes, function.restype = [ctypes.c_int], ctypes.c_int
    return function


def _sync_contents(paths: Sequence[Path]) -> None:
    """Make the contents of files durable: one flush of the file system, or one per file."""
    syncfs = _syncfs() if len(paths) >= _MANY else None
    if syncfs is None:
        for path in paths:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return
    _flush(syncfs, staging_folder())


def _sync_names(folders: Collection[Path]) -> None:
    """Make the names in folders of the store durable, by as few flushes."""
    syncfs = _syncfs() if len(folders) >= _MANY else None
    if syncfs is not None:
        _flush(syncfs, store())
        return
    for folder in folders:
        sync_folder(folder)


def _flush(syncfs: Callable[[int], int], folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
