"""What a person typed, understood. Nothing that can be typed is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from . import text

LONGEST_QUERY: Final = 300  # characters
MOST_WORDS: Final = 24
MOST_PHRASES: Final = 6

_QUOTES = str.maketrans({"«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‟": '"'})
_PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<token>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for: its exact form and its stems, and how it was written."""

    exact: str
    written: str

    def stem(self, language: text.Language) -> str:
        """Return the stem of the word in `language`."""
        return text.stem(self.exact, language)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    `words` are looked for in any order and any form; `phrases` must occur to the letter;
    what is in `without` must not occur.
    """

    raw: str
    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.without)

    @property
    def required(self) -> int:
        """How many of the words a document must hold: most of them, for relevance."""
        return max(1, (len(self.words) + 1) // 2)


def word(written: str) -> Word:
    """Return the word written so."""
    return Word(text.fold(written), written)


def telling(words: Iterable[Word]) -> list[Word]:
    """Return those of `words` that say what is looked for ("catégorie A" does with its A)."""
    return [
        each
        for each in words
        if each.exact not in text.STOP_WORDS or (len(each.written) == 1 and each.written.isupper())
    ]


def parse(raw: str) -> Query:
    """Return what `raw` asks for: words, "phrases", and -what is to be left out.

    Words that only build sentences count where there are no others, and in phrases.
    Whatever is too long or too much is cut off.
    """
    cleaned = text.clean(raw)[:LONGEST_QUERY].translate(_QUOTES)
    words: dict[str, Word] = {}
    phrases: list[tuple[str, ...]] = []
    without: list[tuple[str, ...]] = []
    for part in _PART.finditer(cleaned):
        found = text.words(part["phrase"] if part["phrase"] is not None else part["token"])
        if not found:
            continue
        folded = tuple(text.fold(each) for each in found)
        if part["minus"]:
            without.append(folded)
        elif part["phrase"] is not None:
            phrases.append(folded)
        else:
            words.update({each.exact: each for each in map(word, found)})
    kept = telling(words.values()) or ([] if phrases else list(words.values()))
    return Query(
        raw=" ".join(cleaned.split()),
        words=tuple(kept[:MOST_WORDS]),
        phrases=tuple(dict.fromkeys(phrases[:MOST_PHRASES])),
        without=tuple(dict.fromkeys(without[:MOST_WORDS])),
    )
