"""What the directory says of when a password was last changed, and what follows from it.

A mark is a time as the server writes it, compared to the letter: a clock set back still makes
another one. Several servers behind one name are not equally far, so marks that were met before
tell nothing new. A date is read for one thing alone, see `_was_hidden`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

MUST_CHANGE: Final = "0"
"""Active Directory, where the person has to choose a new password before anything else."""

REMEMBERED: Final = 4
"""How many former marks are kept: changes that may happen before the slowest copy has them."""

_CLOCKS_AGREE = timedelta(days=1)
_GENERALIZED_TIME = re.compile(r"(\d{14})(?:[.,]\d+)?Z")
_FILETIME = re.compile(r"\d{17,18}")  # 1917 to 4769, in units of 100 ns since 1601


class Meaning(Enum):
    """What a mark says beside what was kept of its person.

    SAME: nothing new. NOTED: to be kept, but no password was changed. CHANGED: it was.
    BEHIND: it was met before, so this copy of the directory lags.
    """

    SAME = auto()
    NOTED = auto()
    CHANGED = auto()
    BEHIND = auto()


def meaning(
    shown: str, *, kept: str | None, former: Sequence[str], read_at: datetime | None
) -> Meaning:
    """Tell what `shown` means where `kept` is the mark of before, and `former` those before it.

    `kept` is None where the directory was never asked, "" where it showed none when it was
    last read, at `read_at`.
    """
    if shown == kept:
        return Meaning.SAME
    if kept is None:
        return Meaning.NOTED
    if not shown:
        return Meaning.SAME  # hidden, not changed
    if kept == MUST_CHANGE:
        return Meaning.NOTED  # the sessions ended then, and nobody could sign in since
    if shown in former:
        return Meaning.BEHIND
    if not kept and _was_hidden(shown, read_at):
        return Meaning.NOTED
    return Meaning.CHANGED


def remembered(kept: str | None, former: Sequence[str]) -> list[str]:
    """Return the former marks once another one follows `kept`."""
    if kept in (None, "", MUST_CHANGE):
        return list(former)
    return [str(kept), *(mark for mark in former if mark != kept)][:REMEMBERED]


def _was_hidden(shown: str, read_at: datetime | None) -> bool:
    """Tell whether a first mark is older than the reading that showed none.

    The reading account may see now what it could not see then: were that taken for changes,
    everybody's sessions would end.
    """
    at = _when(shown)
    return at is not None and read_at is not None and at < read_at - _CLOCKS_AGREE


def _when(mark: str) -> datetime | None:
    """Return the time that a mark is, None where it is none."""
    try:
        if match := _GENERALIZED_TIME.fullmatch(mark):
            return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if _FILETIME.fullmatch(mark):
            return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(mark) // 10)
    except ValueError:
        return None  # in its form, but no time: the thirteenth month
    return None
