"""How many slips of the finger lie between two words."""

from __future__ import annotations


def distance(one: str, other: str, most: int) -> int:
    """Return the least number of letters added, left out, changed or swapped with the next.

    No more than `most` + 1 is ever returned.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, facing in enumerate(other, 1):
            steps = min(
                last[column] + 1,
                current[column - 1] + 1,
                last[column - 1] + (letter != facing),
            )
            swapped = row > 1 and column > 1 and letter == other[column - 2]
            if swapped and one[row - 2] == facing:
                steps = min(steps, before_last[column - 2] + 1)
            current.append(steps)
        if min(current) > most:
            return most + 1
        before_last, last = last, current
    return min(last[-1], most + 1)


def allowed(word: str) -> int:
    """Return how many slips are forgiven in `word`: none in short ones, none in numbers."""
    if len(word) < 4 or any(letter.isdigit() for letter in word):
        return 0
    return 1 if len(word) < 8 else 2
