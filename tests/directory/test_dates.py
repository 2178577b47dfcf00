"""Dates are written by `directory.dates` alone: the French have no « 1 décembre »."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation
from wagtail.utils.timestamps import render_timestamp

from directory import dates
from directory.actions.grants import LongerThanGiven
from directory.delegation import Bound
from directory.models.grants import UserGrant
from tests.directory.test_lists_by_name import APPS, ROOT

FORMATTING = {"date_format", "time_format", "localize", "localize_input"}
# Templates may draw a sign of a date, never a month in words beside its day.
SIGNS = {"c", "j", "Y", "SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT"}


@pytest.mark.parametrize(
    ("language", "style", "written"),
    [
        ("fr", "DATE_FORMAT", "1er décembre 2026"),
        ("fr", "DATETIME_FORMAT", "1er décembre 2026 à 1\xa0h\xa001"),
        ("fr", "l j F Y", "mardi 1er décembre 2026"),
        ("fr", "SHORT_DATETIME_FORMAT", "01/12/2026 01:01"),
        ("fr", "TIME_FORMAT", "1\xa0h\xa001"),
        ("en", "DATE_FORMAT", "1 December 2026"),
    ],
)
def test_the_first_of_a_month_is_written_as_each_language_does(language, style, written):
    with translation.override(language):
        assert dates.written(datetime(2026, 12, 1, 1, 1), style) == written


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ at }}", "1er novembre 2026 à 9\xa0h\xa005"),
        ("{{ at|date }}", "1er novembre 2026"),
        ('{{ at|date:"l j F Y" }}', "dimanche 1er novembre 2026"),
        ('{{ at|date:"j" }} {{ at|date:"d/m/Y" }} {{ at|time }}', "1 01/11/2026 9\xa0h\xa005"),
        (r'{{ at|date:"H\j F" }}', "09j novembre"),
    ],
)
def test_templates_of_libraries_write_the_first_of_a_month_as_the_french_do(template, said):
    at = datetime(2026, 11, 1, 9, 5)
    with translation.override("fr"):
        assert Template(template).render(Context({"at": at})) == said
        assert render_timestamp(at) == "1er novembre 2026 à 9\xa0h\xa005"
    with translation.override("en"):
        assert render_timestamp(at) == "1 November 2026, 09:05"


def test_other_days_stay_as_they_are():
    with translation.override("fr"):
        assert dates.written(date(2026, 12, 11)) == "11 décembre 2026"
        assert dates.written(date(2026, 12, 21)) == "21 décembre 2026"


@pytest.mark.parametrize(
    ("language", "number", "name"),
    [("fr", 12, "déc."), ("fr", 5, "mai"), ("fr", 7, "juil."), ("en", 12, "Dec"), ("en", 9, "Sep")],
)
def test_the_month_on_the_leaf_of_a_calendar(language, number, name):
    with translation.override(language):
        assert dates.month(date(2026, number, 1)) == name


def test_who_gives_for_too_long_is_told_the_end_as_the_french_write_it():
    bound = Bound((UserGrant(expires_at=datetime(2026, 12, 1, 16, tzinfo=UTC)),))
    with translation.override("fr"):
        assert "1er décembre 2026" in " ".join(LongerThanGiven(bound).messages)


def test_no_other_module_formats_a_date():
    assert list(_formatting()) == []


def _formatting() -> Iterator[str]:
    for path in (found for app in APPS for found in sorted((ROOT / app).rglob("*.py"))):
        if path.parent.name == "migrations" or path == Path(dates.__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            named = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
            if named in FORMATTING:
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_no_template_writes_a_month_beside_its_day():
    written = {
        (str(path.relative_to(ROOT)), style)
        for app in APPS
        for path in (ROOT / app).rglob("*.html")
        for style in re.findall(r"""\|(?:date|time)(?::["']?([^"'|}\s]*))?""", path.read_text())
    }
    assert {each for each in written if each[1] not in SIGNS} == set()
