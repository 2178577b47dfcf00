"""The words of the site: complete in French, and set as French and English are set."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import polib
import pytest
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "directory", "documents", "intranet", "search")
CATALOGUES = sorted(path for app in APPS for path in (ROOT / app).rglob("locale/*/*/django*.po"))
FRENCH = [path for path in CATALOGUES if path.parents[1].name == "fr"]
KEYWORDS = (
    "gettext gettext_lazy gettext_noop _ ngettext:1,2 ngettext_lazy:1,2 "
    "pgettext:1c,2 pgettext_lazy:1c,2 npgettext:1c,2,3 npgettext_lazy:1c,2,3"
)
# Written alike in both languages.
ALIKE = {
    "Action", "Actions", "Archive", "Base", "DN", "Date", "Description", "Destination",
    "Document", "Documents", "Image", "Intranet", "Journal", "Menu", "Message", "Note", "Notes",
    "PDF", "Page", "Pages", "Service", "Services", "Source", "Suggestions", "Type", "Versions",
    "action", "contact", "date", "description", "document", "image", "images", "journal",
    "message", "note", "notes", "page", "pages", "service", "services", "synchronisation",
    "synchronisations", "type", "version", "versions", "%(number)s service",
    "Version %(number)s",
}  # fmt: skip
# A space at which a line may break, or the thin one: before these signs, and within « ».
LOOSE = re.compile(r"[ \u202f][:;?!»](?!\w)|«[ \u202f]")
# A sign with no space before it; an address and an hour have none.
TIGHT = re.compile(r"[\w)»%][;?!»](?!\w)|«(?!\u00a0)|[\w)»]:(?=\s|$)")
STRAIGHT = re.compile(r"(?<=\w)'(?=\w)")


def is_ill_set(text: str) -> bool:
    """Tell whether a French text breaks or is set where it must not."""
    return any(pattern.search(text) for pattern in (LOOSE, TIGHT, STRAIGHT))


def texts(entry: polib.POEntry) -> list[str]:
    """Return what an entry is translated by: one text, or one for each number."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def shown(text: str) -> str:
    """Return what is read of a text: without its tags, their attributes and its blanks."""
    return re.sub(r"<[/\w][^>]*>|%\(\w+\)|\{\w*\}|&\w+;", "", text)


def asked() -> set[tuple[str, str]]:
    """Return the context and the words of everything that the code wants translated."""
    sources = {
        path: path.read_text() for app in APPS for path in sorted((ROOT / app).rglob("*.py"))
    } | {
        path: templatize(path.read_text(), origin=str(path))
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.html"))
    }
    found = set()
    # Each file by itself: a quote that is left open in a templatized one ends with it.
    command = ["xgettext", "--language=Python", "--from-code=UTF-8", "--output=-", "-"]
    command += [f"--keyword={word}" for word in KEYWORDS.split()]
    for path, text in sources.items():
        if "gettext" not in text and "_(" not in text:
            continue
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{path}: {done.stderr}"
        if done.stdout:
            found |= {(entry.msgctxt or "", entry.msgid) for entry in polib.pofile(done.stdout)}
    return found


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: str(p.relative_to(ROOT).parents[2]))
def test_no_entry_is_empty_unsure_or_doubled(path):
    entries = polib.pofile(str(path))
    assert [e.msgid for e in entries if e.obsolete or "fuzzy" in e.flags or not all(texts(e))] == []
    keys = [(e.msgctxt, e.msgid) for e in entries]
    assert sorted({f"{key}" for key in keys if keys.count(key) > 1}) == []


def test_everything_that_is_asked_for_has_its_french():
    found = asked()
    assert {("navigation", "Main"), ("", "just now")} <= found
    known = {(e.msgctxt or "", e.msgid) for path in FRENCH for e in polib.pofile(str(path))}
    assert sorted(found - known) == []


@pytest.mark.parametrize("path", FRENCH, ids=lambda p: str(p.relative_to(ROOT).parents[3]))
def test_the_french_is_set_as_french(path):
    wrong = [
        text
        for entry in polib.pofile(str(path))
        for text in map(shown, texts(entry))
        if is_ill_set(text)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["C'est fait", "Qui voit quoi ?", "Fait ; bien", "Fait; bien", "« mot »", "Niveau: 1"]
)
def test_what_is_set_otherwise_is_noticed(text):
    assert is_ill_set(text)


@pytest.mark.parametrize("text", ["Il est 14:05", "/d/<numéro>/", "Niveau\u00a0:", "Quoi\u00a0?"])
def test_what_is_set_well_is_left_alone(text):
    assert not is_ill_set(text)


def test_the_same_english_is_the_same_french():
    """The catalogues are merged: of two that differ, one would never be seen."""
    french: dict[tuple[str, str], set[str]] = {}
    for path in FRENCH:
        for entry in polib.pofile(str(path)):
            found = french.setdefault((entry.msgctxt or "", entry.msgid), set())
            found.add(" | ".join(texts(entry)))
    assert {key: words for key, words in french.items() if len(words) > 1} == {}


def test_what_is_left_in_english_is_meant():
    same = {
        entry.msgid
        for path in FRENCH
        for entry in polib.pofile(str(path))
        if entry.msgid in texts(entry)
    }
    assert same - ALIKE == set()
    assert ALIKE - same == set()
