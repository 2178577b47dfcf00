"""Writes in batches that are neither too many nor too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from .engines.base import Write
from .schema import SearchDocument

_MOST_CHARACTERS: Final = 8_000_000
_MOST_DOCUMENTS: Final = 500


def batches(writes: Iterable[Write]) -> Iterator[list[Write]]:
    """Yield `writes` in batches that are neither too many nor too long."""
    batch: list[Write] = []
    characters = 0
    for each in writes:
        batch.append(each)
        characters += _length(each.document)
        if len(batch) >= _MOST_DOCUMENTS or characters >= _MOST_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _length(document: SearchDocument | None) -> int:
    return 0 if document is None else len(document.body) + len(document.summary)
