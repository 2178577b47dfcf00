"""Clearing away bytes that no version refers to."""

from __future__ import annotations

import contextlib
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from documents.models import Blob

from .layout import locked, staging_folder, store

AGE = timedelta(hours=24)
"""Younger files are left alone: their transaction may still be under way."""


@dataclass(slots=True)
class Swept:
    """What was cleared away: files and bytes, and how many are too young to tell."""

    files: int = 0
    bytes: int = 0
    young: int = 0

    def take(
        self,
        path: Path,
        oldest: float,
        *,
        dry_run: bool,
        is_wanted: Callable[[], bool] = lambda: False,
    ) -> None:
        """Delete the file at `path` and count it, unless it is younger than `oldest` or wanted.

        `oldest` is in seconds since the epoch. `is_wanted` is asked last, of an old file alone.
        """
        with contextlib.suppress(FileNotFoundError):
            state = path.lstat()
            if stat.S_ISDIR(state.st_mode):
                return  # nobody here makes folders at these places: theirs who did
            if state.st_mtime > oldest:
                self.young += 1
                return
            if is_wanted():
                return
            if not dry_run:
                path.unlink()
            self.files += 1
            self.bytes += state.st_size


def sweep(*, age: timedelta = AGE, dry_run: bool = False) -> Swept:
    """Delete unfinished and unreferenced files older than `age`; return what was found."""
    done = Swept()
    oldest = time.time() - age.total_seconds()
    if staging_folder().is_dir():
        for path in staging_folder().iterdir():
            _consider(path, oldest, done, dry_run=dry_run)
    for folder in sorted(filter(Path.is_dir, store().glob("[0-9a-f][0-9a-f]"))):
        every = sorted(path.name for path in folder.iterdir())
        for start in range(0, len(every), 500):
            names = every[start : start + 500]
            known = set(Blob.objects.filter(pk__in=names).values_list("pk", flat=True))
            for name in names:
                if name not in known:
                    _consider(folder / name, oldest, done, dry_run=dry_run, named=True)
    return done


def _consider(
    path: Path, oldest: float, done: Swept, *, dry_run: bool, named: bool = False
) -> None:
    # Under the exclusive lock nobody can find the file and count on it; what was found
    # before has been made young again, and what was committed since is looked up anew.
    with locked(exclusively=True):
        done.take(
            path,
            oldest,
            dry_run=dry_run,
            is_wanted=lambda: named and Blob.objects.filter(pk=path.name).exists(),
        )
