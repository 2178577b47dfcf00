"""The words of the glossary: what they name is there, and they are those of the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

import polib
import pytest
from django.apps import apps
from django.utils import translation

from directory.models import User

from .pages import ROOT

APPS = ("directory", "search", "documents", "intranet", "config")
GLOSSARY = ROOT / "docs" / "glossary.md"
_ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Word:
    """A line of the glossary."""

    code: str
    english: str
    french: str
    meaning: str

    @property
    def is_on_pages(self) -> bool:
        return not self.english.startswith("*")


WORDS = [Word(*found) for found in _ROW.findall(GLOSSARY.read_text(encoding="utf-8"))]
every_word = pytest.mark.parametrize("word", WORDS, ids=lambda word: word.code)


def named(code: str) -> Any:
    return resolve_name(code)


def translations() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.glob("*/**/locale/fr/LC_MESSAGES/django.po")):
        if path.relative_to(ROOT).parts[0] in APPS:
            for entry in polib.pofile(str(path)):
                yield entry.msgid.casefold(), entry.msgstr.casefold()


def worded_models() -> list[Any]:
    """The models that have a name in French, so that pages may speak of them."""
    found = []
    for model in apps.get_models():
        if model.__module__.split(".")[0] in APPS:
            name = model._meta.verbose_name
            with translation.override("fr"):
                french = str(name)
            with translation.override("en"):
                if french != str(name):
                    found.append(model)
    return found


def test_every_line_of_a_table_is_read():
    lines = [line for line in GLOSSARY.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert len(lines) == len(WORDS) > 60
    assert len({word.code for word in WORDS}) == len(WORDS)


@every_word
def test_what_is_named_is_there(word):
    assert named(word.code) is not None


@every_word
def test_a_word_in_italics_is_so_in_both_languages(word):
    assert word.english.startswith("*") == word.french.startswith("*")


def test_words_that_stand_on_pages_are_translated_so():
    """The English and the French meet in one entry of the translations, or more."""
    known = list(translations())
    strange = [
        word
        for word in WORDS
        if word.is_on_pages
        and not any(
            re.search(rf"\b{re.escape(word.english.casefold())}\b", english)
            and re.search(rf"\b{re.escape(word.french.casefold())}\b", french)
            for english, french in known
        )
    ]
    assert strange == []


def test_a_model_has_the_name_that_pages_give_it():
    wrong = []
    for word in WORDS:
        meta = getattr(named(word.code), "_meta", None)
        if meta is not None and word.is_on_pages:
            with translation.override("en"):
                english = str(meta.verbose_name)
            with translation.override("fr"):
                french = str(meta.verbose_name)
            if (english, french) != (word.english, word.french):
                wrong.append((word, english, french))
    assert wrong == []


def test_every_model_that_pages_speak_of_has_its_line():
    spoken_of = worded_models()
    assert User in spoken_of
    there = [named(word.code) for word in WORDS]
    assert [model for model in spoken_of if model not in there] == []
