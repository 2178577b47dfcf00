"""A telephone number is one thing: shown on one line, called by its figures."""

from __future__ import annotations

import re

import pytest

from directory import telephones
from tests.directory.test_lists_by_name import APPS, ROOT


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0590 87 50 04", "0590\xa087\xa050\xa004"),
        ("+33 5 36  49 00 26", "+33\xa05\xa036\xa049\xa000\xa026"),
        ("+590 (0) 590 87", "+590\xa0(0)\xa0590\xa087"),
        ("05.90.87.50.04", "05.90.87.50.04"),
        ("0590 87 50 04 poste 12", "0590\xa087\xa050\xa004 poste 12"),
        ("", ""),
    ],
)
def test_a_number_is_kept_together_and_words_beside_it_are_not(number, shown):
    assert telephones.written(number) == shown


@pytest.mark.parametrize(
    "number", ["+33 5.36-49\xa000 26", " +33536490026", "+33 (0)5 36 49 00 26", "T. +33 536490026"]
)
def test_a_number_is_called_by_its_figures(number):
    assert telephones.address(number) == "tel:+33536490026"


@pytest.mark.parametrize(
    "number",
    [
        "(0590) 87.50.04",
        "05/90/87/50/04",
        "0590 87 50 04 poste 12",
        "0590 87 50 04 / 0690 12 34 56",
        "0590 87 50 04, 0690 12 34 56",
    ],
)
def test_of_several_the_first_is_called(number):
    assert telephones.address(number) == "tel:0590875004"


def test_what_holds_no_figure_calls_nobody():
    assert telephones.address("poste") == "tel:"


def test_no_template_draws_a_number_itself():
    drawn = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.html")
        if re.search(r"\{\{[^}]*\.phone\b|tel:", path.read_text())
    ]
    assert drawn == []
