"""Every action that the code writes into the journal has words, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from directory.journal import wording

ROOT = Path(__file__).resolve().parents[2]
APPS = ("directory", "documents", "intranet", "search")
# "noun.verb" as the first thing that is appended, and f"{tree.noun(node)}.verb"; also by way of
# a function of the module that appends.
WRITTEN = (
    re.compile(r'\b(?:append|_tell)\(\s*f?"([^"]+\.[a-z_]+)"'),
    re.compile(r'"[a-z]+\.[a-z_]+" if \w+ else "([a-z]+\.[a-z_]+)"'),
)


def written() -> set[str]:
    """Return the names of actions in the source."""
    names: set[str] = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text()
            for name in (name for pattern in WRITTEN for name in pattern.findall(text)):
                noun, _dot, verb = name.rpartition(".")
                if noun == "{tree.noun(node)}":
                    names |= {f"folder.{verb}", f"document.{verb}"}
                elif "{" not in name:
                    names.add(name)
    # The example in the documentation of the package is none of them.
    return names - {"node.renamed"}


def test_the_search_for_names_finds_them():
    assert {"grant.given", "grant.changed", "folder.moved", "session.signed_out"} <= written()


@pytest.mark.parametrize("name", sorted(written()))
def test_every_action_has_words(name):
    with translation.override("en"):
        english = wording.words_for(name)
    with translation.override("fr"):
        french = wording.words_for(name)
    assert english != name
    assert french not in (name, english)


def test_an_action_of_another_release_is_shown_by_its_name():
    assert wording.words_for("thing.done") == "thing.done"
