"""The folder of the indexes: which there are, which is searched, who writes."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import tantivy

from search import schema
from search.engines.base import IndexBusy, IndexDamaged, IndexMissing

from . import documents

PATIENCE_SECONDS: Final = 30.0
_NOTE: Final = "marigot.json"
_META: Final = "meta.json"


class Folder:
    """The indexes of one installation.

    `live` and `building` are small files that hold the name of an index; they are replaced
    by renaming, so that a reader finds the old name or the new one, never half of one.
    """

    def __init__(self, path: Path, prefix: str) -> None:
        self.path = path
        self.prefix = prefix
        self._writing = threading.Lock()

    def create(self) -> str:
        """Make an empty index and return its name."""
        name = f"{self.prefix}-{time.strftime('%Y%m%d%H%M%S')}-{uuid.uuid4().hex[:6]}"
        place = self.path / name
        place.mkdir(parents=True)
        tantivy.Index(documents.schema(), path=str(place))
        (place / _NOTE).write_text(json.dumps({"schema": schema.fingerprint()}))
        return name

    def names(self) -> list[str]:
        """Return the names of the indexes."""
        if not self.path.is_dir():
            return []
        return sorted(p.name for p in self.path.iterdir() if p.is_dir() and self._is_ours(p.name))

    def _is_ours(self, name: str) -> bool:
        return name.startswith(f"{self.prefix}-")

    def pointer(self, which: str) -> str | None:
        """Return the name that `which` ("live" or "building") points at."""
        try:
            return (self.path / f"{self.prefix}.{which}").read_text().strip() or None
        except FileNotFoundError:
            return None

    def point(self, which: str, name: str | None) -> None:
        """Make `which` point at the index `name`, or at none."""
        self.path.mkdir(parents=True, exist_ok=True)
        target = self.path / f"{self.prefix}.{which}"
        if name is None:
            target.unlink(missing_ok=True)
        else:
            temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
            with temporary.open("w") as file:
                file.write(name)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        self._settle()

    def _settle(self) -> None:
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def drop(self, name: str) -> None:
        """Remove an index. Whoever has it open reads on until they close it."""
        if self._is_ours(name):
            shutil.rmtree(self.path / name, ignore_errors=True)

    def exists(self, name: str) -> bool:
        """Tell whether there is an index of that name."""
        return (self.path / name / _META).is_file()

    def bytes_of(self, name: str) -> int:
        """Return how much room an index takes on disk."""
        total = 0
        for file in (self.path / name).iterdir():
            try:
                total += file.stat().st_size
            except FileNotFoundError:  # merged away meanwhile
                continue
        return total

    def schema_matches(self, name: str) -> bool:
        """Tell whether the index was made with the schema of this version."""
        try:
            note = json.loads((self.path / name / _NOTE).read_text())
        except (OSError, ValueError):
            return False
        return bool(note.get("schema") == schema.fingerprint())

    def stamp(self, name: str) -> tuple[int, int]:
        """Return what changes with every commit to the index. Raises IndexMissing."""
        try:
            stat = (self.path / name / _META).stat()
        except FileNotFoundError:
            raise IndexMissing(f"The index {name} is not in {self.path}.") from None
        return stat.st_mtime_ns, stat.st_ino

    def open(self, name: str, *, any_version: bool = False) -> tantivy.Index:
        """Open an index. Raises IndexMissing, or IndexDamaged where it cannot be read."""
        self.stamp(name)
        if not any_version and not self.schema_matches(name):
            raise IndexMissing(
                f"The index {name} was made by another version of Marigot: "
                "run `manage.py rebuild_index`."
            )
        try:
            index = tantivy.Index.open(str(self.path / name))
            index.config_reader(reload_policy="manual")
            index.reload()
        except (ValueError, OSError) as error:
            raise damaged(name, error) from error
        return index

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process and thread that writes. Raises IndexBusy after half a minute.

        The lock goes with the process that holds it, however that ends.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + PATIENCE_SECONDS
        if not self._writing.acquire(timeout=PATIENCE_SECONDS):
            raise IndexBusy("Another thread is writing to the index.")
        try:
            with (self.path / f"{self.prefix}.lock").open("w") as file:
                while True:
                    try:
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if time.monotonic() > until:
                            raise IndexBusy("Another process is writing to the index.") from None
                        time.sleep(0.02)
                yield
        finally:
            self._writing.release()


def damaged(name: str, error: Exception) -> IndexDamaged:
    """Return the error to raise for an index that cannot be read."""
    return IndexDamaged(
        f"The index {name} cannot be read ({error}). Nothing is lost: it is made anew from the "
        "database by `manage.py rebuild_index`."
    )
