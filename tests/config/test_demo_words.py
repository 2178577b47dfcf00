"""The words of the demo: its pages, its people and its files are set as their language is."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest

from config.demo.content import EVENTS, NOTES, SECTIONS
from config.demo.pages import working_day
from config.demo.spaces import FILES
from config.embedded.organisation import DEMO_LOGINS, SERVICES, staff
from search.extraction import Extraction, Limits, Status, extract

from .test_words import PARTED, SLIPS, STRAIGHT, is_ill_set

PATHS = sorted(path for path in FILES.glob("*/**/*") if path.is_file())


@pytest.fixture(scope="module")
def read() -> dict[str, Extraction]:
    """What is read of each file, by its path."""
    return {str(path.relative_to(FILES)): extract(path, limits=Limits()) for path in PATHS}


def test_the_pages_are_set_as_each_language_is():
    texts_of = [(each.title, each.summary, each.body) for each in NOTES]
    texts_of += [(each.title, each.place, each.body) for each in EVENTS]
    texts_of += [(each.fr,) for each in SECTIONS.values()]
    assert [text for some in texts_of for text in some if is_ill_set(text)] == []
    english = [(each.title_en, each.summary_en, each.body_en) for each in NOTES]
    english += [(each.title_en, each.place_en, each.body_en) for each in EVENTS]
    english += [(each.en,) for each in SECTIONS.values()]
    every = [text for some in texts_of + english for text in some]
    assert [text for text in every if STRAIGHT.search(text) or SLIPS.search(text)] == []


def test_services_and_people_are_set_as_each_language_is():
    french = [each.name_fr for each in SERVICES] + [each.title for each in staff()]
    french += [each.about_fr for each in DEMO_LOGINS]
    assert [text for text in french if is_ill_set(text)] == []
    every = french + [each.name_en for each in SERVICES] + [each.about_en for each in DEMO_LOGINS]
    # « executives’ », too: an apostrophe at a word's end.
    assert [text for text in every if "'" in text or SLIPS.search(text)] == []


def test_no_event_falls_on_a_weekend():
    monday = datetime(2026, 11, 23, 9)
    days = [working_day(monday + timedelta(days=each)) - monday for each in range(8)]
    assert [each.days for each in days] == [0, 1, 2, 3, 4, 7, 7, 7]


def test_the_files_are_read(read):
    assert len(read) > 50
    assert {path for path, found in read.items() if found.status != Status.OK} == set()
    assert {found.language for found in read.values()} == {"fr", "en"}


def test_the_files_are_set_as_each_language_is(read):
    lines = [
        (path, found, line) for path, found in read.items() for line in found.text.splitlines()
    ]
    ill = {path for path, found in read.items() if "'" in found.metadata.title}
    ill |= {
        f"{path}: {line}" for path, _, line in lines if "'" in line or SLIPS.search(line.strip())
    }
    # A PDF's lines are broken already: its spaces are read as spaces.
    ill |= {
        f"{path}: {line}"
        for path, found, line in lines
        if found.language == "fr" and found.kind != "pdf"
        if is_ill_set(line) or PARTED.search(line)
    }
    assert ill == set()


def test_the_roster_of_december_2026_has_each_of_its_weeks(read):
    first, last = date(2026, 12, 1).isocalendar().week, date(2026, 12, 31).isocalendar().week
    (note,) = (note for note in NOTES if note.slug == "astreinte")
    (mail,) = (found.text for name, found in read.items() if "Astreinte de décembre" in name)
    assert set(map(int, re.findall(r"\b\d\d\b", note.body))) == {*range(first, last + 1)}
    assert set(map(int, re.findall(r"semaine (\d\d)", mail))) == {*range(first, last + 1)}
