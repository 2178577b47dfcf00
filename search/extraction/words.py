"""Sets of words written as one string: easier to read and to keep in order than a list."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of `text`, separated by blanks."""
    return frozenset(text.split())
