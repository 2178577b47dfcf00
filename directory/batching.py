"""Many things, some at a time: as many as a statement takes, or as weigh what a batch may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

AT_ONCE: Final = 400
"""Rows named in one statement: fewer than the values that any database takes, many to a trip."""

_T = TypeVar("_T")


def batched(items: Iterable[_T], size: int = AT_ONCE) -> Iterator[list[_T]]:
    """Yield `items` in lists of `size`, the last one perhaps shorter."""
    pending = iter(items)
    while batch := list(islice(pending, size)):
        yield batch


def weighed(
    items: Iterable[_T], weight: Callable[[_T], int], *, most: int, heaviest: int
) -> Iterator[list[_T]]:
    """Yield `items` in lists that end at `most` of them, or with the one that makes `heaviest`."""
    batch: list[_T] = []
    together = 0
    for each in items:
        batch.append(each)
        together += weight(each)
        if len(batch) >= most or together >= heaviest:
            yield batch
            batch, together = [], 0
    if batch:
        yield batch
