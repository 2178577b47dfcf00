"""Whom groups list themselves, by group: half a million of them, held and compared as sets."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping

Ids = set[uuid.UUID]
Listing = dict[uuid.UUID, Ids]
"""By group who, or which groups, it lists; one that lists nobody may be left out."""
Pair = tuple[uuid.UUID, uuid.UUID]


def difference(some: Mapping[uuid.UUID, Ids], others: Mapping[uuid.UUID, Ids]) -> Listing:
    """Return what `some` lists and `others` does not; what is whole in it is not copied."""
    found: Listing = {}
    for group, listed in some.items():
        there = others.get(group)
        if left := listed - there if there else listed:
            found[group] = left
    return found


def pairs(listing: Mapping[uuid.UUID, Ids]) -> Iterator[Pair]:
    """Yield each group with each that it lists, in no order."""
    return ((group, one) for group, listed in listing.items() for one in listed)


def of_pairs(pairs: Iterable[Pair]) -> Listing:
    """Return the listing of which `pairs` are."""
    found: Listing = {}
    for group, one in pairs:
        found.setdefault(group, set()).add(one)
    return found


def number(listing: Mapping[uuid.UUID, Ids]) -> int:
    """Return how many pairs there are in `listing`."""
    return sum(map(len, listing.values()))
