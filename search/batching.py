"""Writes in batches that are neither too many nor too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from directory.batching import weighed

from .engines.base import Write
from .schema import SearchDocument

_MOST_CHARACTERS: Final = 8_000_000
_MOST_DOCUMENTS: Final = 1000


def batches(writes: Iterable[Write]) -> Iterator[list[Write]]:
    """Return `writes` in batches that are neither too many nor too long."""
    return weighed(
        writes,
        lambda write: _length(write.document),
        most=_MOST_DOCUMENTS,
        heaviest=_MOST_CHARACTERS,
    )


def _length(document: SearchDocument | None) -> int:
    return 0 if document is None else len(document.body) + len(document.summary)
