"""Things in batches: writes in ones that are neither too many nor too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

from .engines.base import Write
from .schema import SearchDocument

_MOST_CHARACTERS: Final = 8_000_000
_MOST_DOCUMENTS: Final = 1000

_T = TypeVar("_T")


def batched(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield `items` in lists of `size`, the last one perhaps shorter."""
    pending = iter(items)
    while batch := list(islice(pending, size)):
        yield batch


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
