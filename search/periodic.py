"""What the search has done by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from directory.consumers.runner import TryLater

from .engines import engine
from .engines.base import SearchUnavailable
from .indexer import restore
from .rebuild import RebuildUnderWay

TOMBSTONES_LAST: Final = timedelta(days=1)


def restore_the_lost() -> None:
    """Make a lost index anew though nothing is written. Raises TryLater."""
    try:
        restore(engine())
    except (SearchUnavailable, RebuildUnderWay) as error:
        raise TryLater(str(error)) from error


def forget_deletions() -> None:
    """Forget the deletions of more than a day ago. Raises TryLater."""
    try:
        at_work = engine()
        at_work.sweep(at_work.ensure(), datetime.now(UTC) - TOMBSTONES_LAST)
    except (SearchUnavailable, RebuildUnderWay) as error:
        raise TryLater(str(error)) from error
