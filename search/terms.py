"""The terms of a document, the same in every engine: what `text` and `spellings` make of it.

Engines get terms with a space in between and split at it; none of them analyses a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from . import text
from .schema import LONGEST_PREFIX, SearchDocument, language_of, texts_of
from .spellings import spellings, split

STEM_MARKS: Final[dict[text.Language, str]] = {"fr": "f", "en": "e"}
_NAMES: Final = ("title",)  # fields in which words may be joined, as files are named


@dataclass(frozen=True, slots=True)
class Terms:
    """The folded words of a field in order, and rows of words that are spelt in it otherwise."""

    words: list[str]
    beside: list[list[str]]

    @property
    def every(self) -> list[str]:
        """All the words, without their order."""
        return [*self.words, *(word for row in self.beside for word in row)]

    @property
    def rows(self) -> list[list[str]]:
        """The words in their order; no phrase goes from one row into the next."""
        return [self.words, *self.beside]


def terms_of(document: SearchDocument) -> dict[str, Terms]:
    """Return the terms of each text field of `document`."""
    return {
        name: analyse(content, is_name=name in _NAMES)
        for name, content in texts_of(document).items()
    }


def analyse(content: str, *, is_name: bool = False) -> Terms:
    """Return the terms of `content`, which is cleaned."""
    words = text.words(content)
    folded = [*map(text.fold, words)]
    beside = [[each.form] for each in spellings(content)]
    if is_name:
        beside += [[*map(text.fold, parts)] for parts in map(split, words) if parts]
    return Terms(folded, beside)


@lru_cache(maxsize=200_000)
def marked_stem(word: str, language: text.Language) -> str:
    """Return the stem of a folded word with the mark of its language."""
    return STEM_MARKS[language] + text.stem(word, language)


def marked_stems(word: str) -> list[str]:
    """Return the stems of a folded word by each language, as documents have one of them."""
    return [marked_stem(word, language) for language in text.LANGUAGES]


def stems_of(terms: Terms, document: SearchDocument) -> list[str]:
    """Return the marked stem of each word of `terms` in the language of `document`."""
    language = language_of(document)
    return [marked_stem(word, language) for word in terms.every]


def starts_of(title: Terms) -> set[str]:
    """Return the beginnings of the words of a title, and "=word" for the whole words."""
    words = set(title.every)
    starts = {"=" + word for word in words}
    for word in words:
        starts.update(word[:length] for length in range(1, min(len(word), LONGEST_PREFIX) + 1))
    return starts
