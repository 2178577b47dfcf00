"""What a person typed, understood. Nothing that can be typed is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from . import text
from .spellings import spellings

LONGEST_QUERY: Final = 300  # characters
MOST_WORDS: Final = 24
MOST_PHRASES: Final = 6
_MOST_FORMS: Final = 4  # of what one word is a part of
_APART: Final = "|"  # in the place of what is no free word: no form goes across

_QUOTES = str.maketrans({"«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‟": '"'})
_PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<token>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for: its exact form and its stems, and how it was written.

    `within`: the forms of what it is a part of (see `spellings`), each of which does for it.
    """

    exact: str
    written: str
    within: tuple[str, ...] = field(default=(), compare=False)

    def stem(self, language: text.Language) -> str:
        """Return the stem of the word in `language`."""
        return text.stem(self.exact, language)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    `words` are looked for in any order and any form; `phrases` must occur to the letter;
    what is in `without` must not occur. `spelt`: the forms that do for one of either.
    """

    raw: str
    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    spelt: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

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
    phrases: list[tuple[str, ...]] = []
    without: list[tuple[str, ...]] = []
    spelt: dict[tuple[str, ...], tuple[str, ...]] = {}
    free = cleaned
    for part in _PART.finditer(cleaned):
        if part["phrase"] is None and not part["minus"]:
            continue
        free = free[: part.start()] + _APART * len(part.group()) + free[part.end() :]
        row = part["phrase"] if part["phrase"] is not None else part["token"]
        found = tuple(map(text.fold, text.words(row)))
        if found:
            (without if part["minus"] else phrases).append(found)
            spelt[found] = _forms_of_all(row)
    words = _words(free)
    kept = telling(words) or ([] if phrases else words)
    return Query(
        raw=" ".join(cleaned.split()),
        words=tuple(kept[:MOST_WORDS]),
        phrases=tuple(dict.fromkeys(phrases[:MOST_PHRASES])),
        without=tuple(dict.fromkeys(without[:MOST_WORDS])),
        spelt=spelt,
    )


def typed(raw: str) -> list[Word]:
    """Return the words of `raw`, the last of them perhaps unfinished.

    A reference or a number is one, by its longest form: half of it is found by its beginning.
    """
    cleaned = text.clean(raw)[:LONGEST_QUERY]
    forms = sorted(
        (f for f in spellings(cleaned) if f.whole or any(map(str.isdigit, f.form))),
        key=lambda form: form.start - form.end,
    )
    words: dict[str, None] = {}
    for start, end, written in text.placed(cleaned):
        over = next((f for f in forms if f.start <= start and end <= f.end), None)
        words[over.form if over else written] = None
    return [word(each) for each in words]


def _words(free: str) -> list[Word]:
    """Return the different words of `free`, each with the forms of what it is a part of."""
    forms = list(spellings(free))
    words: dict[str, Word] = {}
    for start, end, written in text.placed(free):
        over = [each for each in forms if each.start <= start and end <= each.end]
        acronym = next((each for each in over if each.whole), None)
        found = Word(acronym.form, acronym.form) if acronym else word(written)
        known = words.get(found.exact)
        within = {*(known.within if known else ()), *(each.form for each in over)}
        longest = sorted(within - {found.exact}, key=lambda form: (-len(form), form))
        words[found.exact] = replace(found, within=tuple(longest[:_MOST_FORMS]))
    return list(words.values())


def _forms_of_all(row: str) -> tuple[str, ...]:
    """Return the forms of all the words of `row` together."""
    words = text.placed(row)
    over = (each for each in spellings(row) if each.start <= words[0][0])
    return tuple(dict.fromkeys(each.form for each in over if words[-1][1] <= each.end))
