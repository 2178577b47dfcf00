"""What both engines begin and end with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from search.query import Word

from .base import Bucket, Search, Weighted


def while_typing(words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int]) -> Search:
    """Return the search by whose words results while typing are marked."""
    asked = [*words, unfinished] if unfinished is not None else list(words)
    return Search(
        scopes=scopes,
        groups=tuple((Weighted(word, 1),) for word in asked),
        required=len(asked),
        today=datetime.now(UTC),
    )


def by_count(found: Mapping[str, int]) -> tuple[Bucket, ...]:
    """Return the values of a facet that are there at all, the most frequent first."""
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Bucket(value, count) for value, count in ranked if count)
