"""Clearing away bytes that no version refers to."""

from __future__ import annotations

import logging
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from directory.batching import batched
from documents.models import Blob

from .layout import locked, staging_folder, store

log = logging.getLogger(__name__)

AGE = timedelta(hours=24)
"""Younger files are left alone: their transaction may still be under way."""
AT_ONCE = 500
"""Names that are asked of the database in one query."""


@dataclass(slots=True)
class Swept:
    """What was cleared away: files and bytes, how many are too young to tell, how many failed."""

    files: int = 0
    bytes: int = 0
    young: int = 0
    failed: int = 0

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
        A file that cannot be deleted is told in the log and counted: the others are not its fault.
        """
        try:
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
        except FileNotFoundError:
            return
        except OSError as error:
            self.fail(path, error.strerror)
            return
        self.files += 1
        self.bytes += state.st_size

    def fail(self, path: Path, why: object) -> None:
        """Count and tell that `path` was left, and why."""
        self.failed += 1
        # repr: a name may hold bytes that are no UTF-8 and ends of lines, which no log takes.
        log.error(
            "%r was not swept (%s). What lies in MARIGOT_DATA must belong to the user who runs "
            "Marigot, and have been put there by Marigot alone.",
            str(path),
            why,
        )

    def names_in(self, folder: Path) -> Iterator[Sequence[str]]:
        """Yield the names in `folder` in order, some at a time; none where it is missing.

        A folder that cannot be read is told and counted, and so is a name that is no text.
        """
        try:
            every = sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return
        except OSError as error:
            self.fail(folder, error.strerror)
            return
        for name in every:
            if not _is_text(name):
                self.fail(folder / name, "its name is not in UTF-8")
        yield from batched(filter(_is_text, every), AT_ONCE)


def _is_text(name: str) -> bool:
    """Tell whether a row can hold `name`: bytes of no UTF-8 are halves of surrogates in it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def sweep(*, age: timedelta = AGE, dry_run: bool = False) -> Swept:
    """Delete unfinished and unreferenced files older than `age`; return what was found."""
    done = Swept()
    oldest = time.time() - age.total_seconds()
    for names in done.names_in(staging_folder()):
        for name in names:
            _consider(staging_folder() / name, oldest, done, dry_run=dry_run)
    for folder in sorted(store().glob("[0-9a-f][0-9a-f]")):
        for names in done.names_in(folder):
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
