"""Marking what was found in a text, and choosing the part of it that is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from search import text
from search.engines.base import Fragments, Search
from search.query import Word
from search.spellings import spellings

EXCERPT: Final = 260  # characters
_LEAD: Final = 60  # characters before the first match
_FAR_ENOUGH: Final = 200  # matches looked at before the best excerpt is chosen
_PART: Final = 8_000  # characters looked at in one go
WINDOW: Final = 64_000  # characters of each text that are looked at
FURTHER: Final = 2_000_000  # characters behind that, in all the texts of a page together
_BEGINNING: Final = 4  # letters
_W: Final = text.LETTER
_TOGETHER: Final = rf"(?!{_W})"
_NOTHING: Final = r"(?!)"
_MOST_KNOWN: Final = 5_000
_LONGEST_APART: Final = 32
_TELEPHONE: Final = 10  # figures
_SIGN_BETWEEN: Final = r"(?:[-\u2010\u2011.]\s*)?"
_SIGNS_BETWEEN: Final = r"[-\u2010\u2011–.,/_() \u00a0\u2007\u2009\u202f]{0,3}"
_TIES: Final = "'’ʼ＇"
_TYING: Final = frozenset(_TIES)
_ELIDED: Final = frozenset(text.ELIDED)
_LATIN: Final = [chr(code) for code in range(0xC0, 0x250)]

Span = tuple[int, int]
Match = tuple[int, int, str]  # start, end, what was matched


class Marker:
    """Knows which words of texts in `language` are matches of a query.

    One regular expression finds the words that begin like one of the query, with or without
    accents, and what may be a word of the query in parts; each different one is then analysed
    once, as it is for the index.
    """

    def __init__(
        self, words: Sequence[Word], phrases: tuple[tuple[str, ...], ...], language: text.Language
    ) -> None:
        self.language = language
        self.exact = {word.exact for word in words} | {p[0] for p in phrases if len(p) == 1}
        self.stems = {word.stem(language) for word in words}
        self._pattern = re.compile(_pattern(self.exact, self.stems, phrases))
        self._known: dict[str, str] = {}

    @classmethod
    def of(cls, search: Search, language: text.Language) -> Marker:
        """Return the marker for the hits of `search` that are in `language`."""
        words = [weighted.word for group in search.groups for weighted in group]
        words += [Word(form, form) for forms in search.spelt.values() for form in forms]
        return cls(words, search.phrases, language)

    def matches(self, content: str) -> Iterator[Match]:
        """Yield each match in `content`, in order."""
        for match in self._pattern.finditer(content):
            written = match.group()
            what = self._known.get(written)
            if what is None:
                if len(self._known) > _MOST_KNOWN:
                    self._known.clear()
                what = self._known[written] = self._matched(written, phrase=bool(match.lastindex))
            tied = content[match.end() : match.end() + 1] in _TYING
            if what and not (tied and written.lower() in _ELIDED):
                yield match.start(), match.end(), what

    def _matched(self, written: str, *, phrase: bool) -> str:
        """Return what `written` stands for in the query, "" for nothing."""
        if not written.isalnum():
            return written if phrase or self._is_spelt(written) else ""
        folded = text.fold(written)
        stem = text.stem(folded, self.language)
        return stem if folded in self.exact or stem in self.stems else ""

    def _is_spelt(self, written: str) -> bool:
        """Whether all of `written` is a word of the query."""
        return any(
            each.form in self.exact or text.stem(each.form, self.language) in self.stems
            for each in spellings(written)
            if each.end - each.start >= len(written.strip("+()."))
        )


class Further:
    """How many characters behind the windows of a page's texts may still be looked at."""

    def __init__(self) -> None:
        self.left = FURTHER


class Markers:
    """The markers of one query, each made when a text in its language comes up."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self.further = Further()
        self._made: dict[text.Language, Marker] = {}

    def of(self, language: text.Language) -> Marker:
        """Return the marker for texts in `language`."""
        if language not in self._made:
            self._made[language] = Marker.of(self._search, language)
        return self._made[language]


def _pattern(words: Iterable[str], stems: Iterable[str], phrases: Iterable[tuple[str, ...]]) -> str:
    """Return the pattern of the words that begin like `words`, and of `phrases`.

    The ending of a stem may not be a word's, hence the shortened beginnings. The pattern
    starts with a set of letters, which is what makes it fast. What it finds for a word is
    looked at again, so that its sets may be too wide (see `_widely`).
    """
    words = sorted(filter(None, words))
    every = {*words, *filter(None, stems)}
    beginnings = sorted({word[: max(1, min(_BEGINNING, len(word) - 1))] for word in every})
    longest_first = sorted(words, key=len, reverse=True)
    choices = [*filter(None, map(_apart, longest_first)), *map(_beginning, beginnings)]
    gap = rf"(?:(?!{_W}).)+(?:(?:{'|'.join(text.ELIDED)})[{_TIES}])?"
    if phrases:
        whole = (gap.join(map(_with_accents, phrase)) + _TOGETHER for phrase in phrases)
        choices.insert(0, f"({'|'.join(whole)})")
    if not choices:
        return _NOTHING
    first = {each[0] for each in (*beginnings, *(p[0] for p in phrases))}
    if any(word[0].isdigit() for word in words):
        first |= set("+0123456789")
    letters = "æÆ" + "".join(sorted(first))
    return rf"(?s)(?={_widely(letters)})(?<!{_W})(?:{'|'.join(choices)})"


def _apart(word: str) -> str:
    """Return the pattern of `word`, which is folded, in parts; empty where it has none."""
    if not 1 < len(word) <= _LONGEST_APART:
        return ""
    letters = [*map(_widely, word)]
    if not any(letter.isdigit() for letter in word):
        return rf"{_SIGN_BETWEEN.join(letters)}{_TOGETHER}"
    country = r"(?:\+|00)[1-9][0-9]{0,2}" if word[0] == "0" and len(word) == _TELEPHONE else ""
    start = rf"(?:{country}{_SIGNS_BETWEEN}(?:\(?0\)?)?{_SIGNS_BETWEEN}|0)" if country else ""
    rest = _SIGNS_BETWEEN.join(letters[1:] if country else letters)
    return rf"{start}{_SIGNS_BETWEEN if country else ''}{rest}{_TOGETHER}"


def _beginning(word: str) -> str:
    """Return the pattern of the words that begin with `word`, which is folded."""
    pattern, letters = "".join(map(_widely, word)), len(word)
    for pair, ligature in (("oe", "œŒ"), ("ae", "æÆ")):
        apart = "".join(map(_widely, pair))
        pattern = pattern.replace(apart, f"(?:{apart}|[{ligature}])")
        letters -= word.count(pair)
    return rf"(?={_W}{{{letters}}}){pattern}{_W}*"


@cache
def _widely(letters: str) -> str:
    """Return the set of what folds to one of `letters`, and of all that is not in Latin-1.

    Written as what it leaves out: `re` takes 50 µs for a set with a character beyond Latin-1.
    """
    codes = {ord(each) for letter in letters for each in _accented(letter)}
    bounds = [-1, *sorted(code for code in codes if code < 0x100), 0x100]
    gaps = ((one + 1, other - 1) for one, other in pairwise(bounds) if other - one > 1)
    return "[^" + "".join(rf"\x{first:02x}-\x{last:02x}" for first, last in gaps) + "]"


def _with_accents(word: str) -> str:
    """Return the pattern of `word`, which is folded, as it may be written."""
    pattern = "".join(f"[{_accented(letter)}]" for letter in word)
    for pair, ligature in (("oe", "œŒ"), ("ae", "æÆ")):
        apart = "".join(f"[{_accented(letter)}]" for letter in pair)
        pattern = pattern.replace(apart, f"(?:{apart}|[{ligature}])")
    return pattern


@cache
def _accented(letter: str) -> str:
    """Return the letters that fold to `letter`."""
    return "".join(sorted({letter, letter.upper(), *(c for c in _LATIN if text.fold(c) == letter)}))


def mark(content: str, marker: Marker) -> Fragments:
    """Return all of `content` with its matches marked."""
    return _pieces(content, 0, len(content), ((s, e) for s, e, _ in marker.matches(content)))


def excerpt(
    content: str,
    marker: Marker,
    otherwise: str = "",
    *,
    further: Further | None = None,
    rest: Callable[[], str] | None = None,
) -> Fragments:
    """Return the part of `content` that holds the most different words of the query.

    Looked at is a window at its beginning, so that a page of long texts costs no more than one
    of short ones. Where nothing is found there, what lies behind is looked at as far as the
    page has characters left (`further`); `rest` fetches it where `content` is the window only.
    Without a match: the beginning of `otherwise`, or of `content`.
    """
    further = further or Further()
    matches = _matches(content, 0, min(len(content), WINDOW), marker)
    if not matches and further.left > 0:
        behind = content[WINDOW:] + (rest() if rest else "")
        if behind:
            content = content[:WINDOW] + behind
            end = min(len(content), WINDOW + further.left)
            further.left -= end - WINDOW
            matches = _matches(content, WINDOW, end, marker)
    if not matches:
        return _pieces(*_window(otherwise or content, 0), ())
    best = _best(matches)
    content, start, end = _window(content, max(0, matches[best][0] - _LEAD))
    return _pieces(content, start, end, ((s, e) for s, e, _ in matches))


def _matches(content: str, start: int, end: int, marker: Marker) -> list[Match]:
    """Return the matches from `start` to `end`, up to where there are enough to choose from."""
    matches: list[Match] = []
    for first in range(start, end, _PART):
        part = content[first : min(first + _PART, end)]
        matches += [(first + s, first + e, what) for s, e, what in marker.matches(part)]
        found = {what for *_, what in matches}
        if len(matches) >= _FAR_ENOUGH or (found and len(found) >= len(marker.stems)):
            break
    return matches


def _best(matches: list[Match]) -> int:
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
