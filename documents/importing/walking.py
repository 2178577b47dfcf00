"""Reading a file share from the outside: what can be taken, and why the rest cannot."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from documents import names

from .leftovers import is_leftover

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """A folder or file of the share: where it lies, its names from the share's root on, its date.

    `size` is in bytes, 0 for a folder; `modified_at` is exact to the microsecond.
    """

    path: Path
    parts: tuple[str, ...]
    is_folder: bool
    size: int
    modified_at: datetime

    @property
    def is_renamed(self) -> bool:
        """Whether it is kept under another name than in the share."""
        return names.is_mended(self.path.name, self.parts[-1])


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not taken: its place in the share, as it can be printed, and why.

    `leftover`: nobody will miss it.
    """

    place: str
    why: str
    leftover: bool = False


def walk(root: Path, *, limit: int, leftovers: bool = False) -> Iterator[Found | Skipped]:
    """Yield what lies below `root`, each folder before what is in it, in the order of names.

    Links are not followed. A file above `limit` bytes, a name that Marigot cannot keep, what
    cannot be read and what is neither folder nor file are yielded as Skipped; so is what lies
    in a folder that is skipped, as one. So are, unless `leftovers`, what systems and programs
    leave behind (see `leftovers`).
    Raises OSError where `root` itself cannot be read.
    """
    yield from _inside(root, (), limit=limit, leftovers=leftovers)


def _inside(
    folder: Path, parts: tuple[str, ...], *, limit: int, leftovers: bool
) -> Iterator[Found | Skipped]:
    with os.scandir(folder) as scanned:
        entries = sorted(scanned, key=lambda entry: os.fsencode(entry.name))
    taken: dict[str, str] = {}
    for entry in entries:
        found = _look(entry, parts, taken, limit=limit, leftovers=leftovers)
        yield found
        if isinstance(found, Found) and found.is_folder:
            try:
                yield from _inside(found.path, found.parts, limit=limit, leftovers=leftovers)
            except OSError as error:
                yield Skipped(printable("/".join((*parts, entry.name))), reason(error))


def _look(
    entry: os.DirEntry[str],
    parts: tuple[str, ...],
    taken: dict[str, str],
    *,
    limit: int,
    leftovers: bool,
) -> Found | Skipped:
    place = printable("/".join((*parts, entry.name)))
    try:
        about = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(about.st_mode):
            return Skipped(place, _("It is a link; links are not followed."))
        is_folder = stat.S_ISDIR(about.st_mode)
        if not is_folder and not stat.S_ISREG(about.st_mode):
            return Skipped(place, _("It is neither a file nor a folder."))
        if not leftovers and is_leftover(entry.name, is_folder=is_folder):
            return Skipped(place, _("It is a leftover of a system or a program."), leftover=True)
        name = names.clean(entry.name)
    except OSError as error:
        return Skipped(place, reason(error))
    except ValidationError as error:
        return Skipped(place, " ".join(error.messages))
    if not is_folder and about.st_size > limit:
        return Skipped(
            place,
            _("It is too large: %(size)s MiB, at most %(limit)s.")
            % {"size": about.st_size // 2**20, "limit": limit // 2**20},
        )
    # Two names that are one here: taking the second for a new version of the first would mix
    # two files.
    key = names.key(name)
    if key in taken:
        return Skipped(place, _why_one(entry.name, taken[key], kept=name))
    taken[key] = entry.name
    return Found(
        path=Path(entry.path),
        parts=(*parts, name),
        is_folder=is_folder,
        size=0 if is_folder else about.st_size,
        modified_at=moment(about.st_mtime_ns),
    )


def _why_one(name: str, other: str, *, kept: str) -> str:
    """Return why two names of one folder of the share, neither refused, are one here."""
    if names.key(name) == names.key(other):
        return _(
            "Its name differs from “%(name)s” only by case, spaces or characters that look "
            "alike: rename one of them."
        ) % {"name": printable(other)}
    return _(
        "Other systems refuse some names: it and “%(name)s” would both be kept as “%(kept)s”. "
        "Rename one of them."
    ) % {"name": printable(other), "kept": kept}


def moment(nanoseconds: int) -> datetime:
    """Return the moment of a file's date; now where no calendar has it."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return datetime.now(tz=UTC)


def printable(path: str) -> str:
    """Return a path as text: what is not UTF-8, and what would upset a terminal, as escapes."""
    text = path.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def reason(error: OSError) -> str:
    """Return why something cannot be read."""
    return _("It cannot be read: %(reason)s.") % {"reason": error.strerror or str(error)}
