"""Licence, notices, changes: the papers that strangers look for are there and say what is so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import django
import pytest
import wagtail

from .pages import PAGES, ROOT, Page

APPS = ("directory", "search", "documents", "intranet", "config")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NOTICES = Page(ROOT / "THIRD-PARTY.md")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
# What somebody says of what is theirs; not of what is said about licences in general.
THEIRS = re.compile(r"@license|SPDX-License-Identifier|copyright (?:\(c\)|©|\d{4})", re.IGNORECASE)


@pytest.mark.parametrize("name", ["README", "CHANGELOG", "CONTRIBUTING", "SECURITY", "THIRD-PARTY"])
def test_each_paper_is_there_and_its_links_are_looked_at(name):
    assert ROOT / f"{name}.md" in [page.path for page in PAGES]


def test_the_licence_is_whole_and_named_by_its_spdx_name():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert re.findall(r"^(\d+)\.", text, re.MULTILINE) == [str(n) for n in range(1, 16)]
    assert "Appendix\n\n‘Compatible Licences’ according to Article 5 EUPL are:" in text
    assert PROJECT["license"] == "EUPL-1.2"
    assert PROJECT["license-files"] == ["LICENSE"]
    assert "EUPL-1.2" in (ROOT / "README.md").read_text()


# The changes


def test_the_changelog_has_its_form():
    text = (ROOT / "CHANGELOG.md").read_text()
    first, *versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert first == "[Unreleased]"
    told = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", each) for each in versions]
    assert all(told), versions
    numbers = [tuple(int(each[n]) for n in (1, 2, 3)) for each in told]
    days = [date.fromisoformat(each[4]) for each in told]
    assert numbers == sorted(set(numbers), reverse=True)
    assert days == sorted(days, reverse=True)
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= KINDS


def test_the_changelog_tells_of_this_version():
    assert f"\n## [{PROJECT['version']}] - " in (ROOT / "CHANGELOG.md").read_text()


# What comes from others


def named() -> dict[str, set[Path]]:
    """The files that each pattern in the list of notices stands for."""
    patterns = [span for span in NOTICES.spans if "/" in span and not span.startswith("scripts/")]
    return {each: set(ROOT.glob(each)) for each in patterns}


def of_others() -> Iterator[Path]:
    """Yield the files in the repository that somebody else made, by what tells it."""
    places = [ROOT / app for app in APPS] + [ROOT / "tests" / "vendor"]
    for path in sorted(each for place in places for each in place.rglob("*") if each.is_file()):
        inside = path.relative_to(ROOT)
        if "LICENSE" in path.name or {"__pycache__", "locale", "demo"} & set(inside.parts):
            continue
        if _is_of_others(path, inside):
            yield path


def _is_of_others(path: Path, inside: Path) -> bool:
    if {"vendor", "fonts"} & set(inside.parts) or path.suffix in {".woff2", ".ttf", ".otf"}:
        return True
    if path.suffix not in {".js", ".css", ".svg", ".html", ".py", ".txt"}:
        return False
    text = path.read_text(encoding="utf-8")
    return path.name.endswith(".min.js") or bool(THEIRS.search(text)) or _is_a_copy(path, text)


@cache
def _templates_of_libraries() -> dict[str, str]:
    """Every template of Django and Wagtail by its name."""
    found = {}
    for library in (django, wagtail):
        for path in Path(library.__file__).parent.rglob("*.html"):
            found[str(path).partition("/templates/")[2]] = path.read_text(encoding="utf-8")
    return found


def _is_a_copy(path: Path, text: str) -> bool:
    """Whether a template that takes the place of a library's is mostly the library's."""
    name = str(path).partition("/templates/")[2]
    theirs = _templates_of_libraries().get(name) if name else None
    return theirs is not None and SequenceMatcher(None, text, theirs).ratio() > 0.5


def test_all_that_comes_from_others_is_named():
    known = set().union(*named().values())
    missing = [str(path.relative_to(ROOT)) for path in of_others() if path not in known]
    assert missing == []


def test_all_that_is_named_is_there_with_its_licence():
    assert [pattern for pattern, found in named().items() if not found] == []
    rows = [line for line in NOTICES.text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 6
    for row in rows:
        (text,) = re.findall(r"\[text\]\(([^)]+)\)", row)
        assert (ROOT / text).is_file(), row


def test_every_licence_text_belongs_to_something():
    texts = {path for app in (*APPS, "tests") for path in (ROOT / app).rglob("*LICENSE*")}
    assert texts
    assert texts - {(ROOT / link).resolve() for link in NOTICES.links} == set()


def test_the_versions_of_scripts_are_those_of_the_files():
    versions = dict(re.findall(r"^\| ([\w-]+)[^|]*\| ([\d.]+) \|", NOTICES.text, re.MULTILINE))
    for name, path in (
        ("htmx", next(ROOT.glob("config/design/static/vendor/htmx-*.min.js"))),
        ("axe-core", ROOT / "tests" / "vendor" / "axe.min.js"),
    ):
        head = f"{path.name} {path.read_text(encoding='utf-8')[:200]}"
        assert versions[name] in head
