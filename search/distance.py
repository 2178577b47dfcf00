"""How many slips of the finger lie between two words."""

from __future__ import annotations

from rapidfuzz.distance import OSA


def distance(one: str, other: str, most: int) -> int:
    """Return the least number of letters added, left out, changed or swapped with the next.

    No more than `most` + 1 is ever returned. "Optimal string alignment", which both engines
    count by: a swap is one slip, where Levenshtein's distance counts two.
    """
    return OSA.distance(one, other, score_cutoff=most)


def allowed(word: str) -> int:
    """Return how many slips are forgiven in `word`: none in short ones, none in numbers."""
    if len(word) < 4 or any(letter.isdigit() for letter in word):
        return 0
    return 1 if len(word) < 8 else 2
