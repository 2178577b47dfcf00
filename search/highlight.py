"""Marking what was found in a text, and choosing the part of it that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from . import text
from .engines.base import Fragments, Search

EXCERPT: Final = 260  # characters
_LEAD: Final = 60  # characters before the first match
_FAR_ENOUGH: Final = 400  # matches looked at before the best excerpt is chosen

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marker:
    """Knows which words of a text in `language` are matches of a query."""

    language: text.Language
    exact: frozenset[str]
    stems: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, search: Search, language: text.Language) -> Marker:
        """Return the marker for the hits of `search` that are in `language`."""
        words = [weighted.word for group in search.groups for weighted in group]
        return cls(
            language,
            frozenset(word.exact for word in words),
            frozenset(word.stem(language) for word in words),
            search.phrases,
        )

    def matches(self, content: str) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, which word) of each match in `content`, in order."""
        if not self.phrases:
            for start, end, written in text.spans(content):
                folded = text.fold(written)
                stem = text.stem(folded, self.language)
                if folded in self.exact or stem in self.stems:
                    yield start, end, stem
            return
        spans = [(start, end, text.fold(word)) for start, end, word in text.spans(content)]
        in_phrase = self._in_phrases([folded for *_, folded in spans])
        for index, (start, end, folded) in enumerate(spans):
            stem = text.stem(folded, self.language)
            if index in in_phrase or folded in self.exact or stem in self.stems:
                yield start, end, stem

    def _in_phrases(self, words: list[str]) -> set[int]:
        found: set[int] = set()
        for phrase in self.phrases:
            first, size = phrase[0], len(phrase)
            for index, folded in enumerate(words):
                if folded == first and tuple(words[index : index + size]) == phrase:
                    found.update(range(index, index + size))
        return found


def mark(content: str, marker: Marker) -> Fragments:
    """Return all of `content` with its matches marked."""
    return _pieces(content, 0, len(content), ((s, e) for s, e, _ in marker.matches(content)))


def excerpt(content: str, marker: Marker, otherwise: str = "") -> Fragments:
    """Return the part of `content` that holds the most different words of the query.

    Without a match: the beginning of `otherwise`, or of `content`.
    """
    matches: list[tuple[int, int, str]] = []
    for match in marker.matches(content):
        matches.append(match)
        if len(matches) == _FAR_ENOUGH:
            break
    if not matches:
        return _pieces(*_window(otherwise or content, 0), ())
    best = _best(matches)
    content, start, end = _window(content, max(0, matches[best][0] - _LEAD))
    return _pieces(content, start, end, ((s, e) for s, e, _ in matches))


def _best(matches: list[tuple[int, int, str]]) -> int:
    """Return the index of the match from which an excerpt shows the most."""
    best, score, last = 0, (0, 0), 0
    for first, (start, _, _) in enumerate(matches):
        while last < len(matches) and matches[last][1] <= start + EXCERPT - _LEAD:
            last += 1
        inside = matches[first:last]
        value = (len({word for *_, word in inside}), len(inside))
        if value > score:
            best, score = first, value
    return best


def _window(content: str, start: int) -> tuple[str, int, int]:
    """Return `content` with the bounds of an excerpt from about `start`, between words."""
    if start:
        space = content.find(" ", start, start + _LEAD)
        start = space + 1 if space >= 0 else start
    end = min(len(content), start + EXCERPT)
    if end < len(content):
        space = content.rfind(" ", start + EXCERPT // 2, end)
        end = space if space >= 0 else end
    return content, start, end


def _pieces(content: str, start: int, end: int, matches: Iterable[Span]) -> Fragments:
    pieces: list[tuple[str, bool]] = []
    at = start
    for first, last in matches:
        if first < at or last > end:
            continue
        if first > at:
            pieces.append((content[at:first], False))
        pieces.append((content[first:last], True))
        at = last
    if at < end:
        pieces.append((content[at:end], False))
    if pieces and start > 0:
        pieces.insert(0, ("… ", False))
    if pieces and end < len(content):
        pieces.append((" …", False))
    return tuple((" ".join(piece.split("\n")), match) for piece, match in pieces)
