"""Text as people take it: what nobody sees is taken away, what looks the same is one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import text

SOFT, ZERO, JOINER, MARK = "\u00ad", "\u200b", "\u2060", "\ufeff"
HARD, THIN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        (f"déli{SOFT}bé{SOFT}ration", "délibération"),
        (f"{MARK}bud{ZERO}get{JOINER}", "budget"),
        ("e\u0301te\u0301", "été"),
        (f"e{SOFT}\u0301", "é"),
        (f"«{HARD}Lu{HARD}»{THIN}!", f"«{HARD}Lu{HARD}»{THIN}!"),
        ("👩\u200d🌾", "👩\u200d🌾"),
        ("a\tb\nc", "a\tb\nc"),
    ],
)
def test_what_nobody_sees_is_taken_away_and_the_rest_stays(given_text, expected):
    assert text.cleaned(given_text) == expected


def test_a_line_has_single_spaces_and_hard_ones_where_they_stand_alone():
    given_text = f"  Note{HARD}{HARD}n°{THIN}5{HARD} :  \n du\tjour{HARD}{ZERO}!{HARD} "
    assert text.one_line(given_text) == f"Note{HARD}n°{THIN}5 : du jour{HARD}!"
    assert text.key(text.one_line(given_text)) == "note n° 5 : du jour !"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L'eau", "l’EAU"),
        ("l\u02bceau", "l\uff07eau"),
        (f"Note{HARD}5", "note  5"),
        (f"n°{THIN}5", "N° 5"),
        (f"bud{SOFT}get{ZERO}", "Budget"),
        ("porte\u2011parole", "porte-parole"),
        (unicodedata.normalize("NFD", "ÉTÉ"), "été"),
        ("Straße", "STRASSE"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_what_a_reader_takes_for_the_same_has_one_key(one, other):
    assert text.key(one) == text.key(other)
    assert text.folded(one) == text.folded(other)


def test_accents_count_in_a_key_and_not_when_folded():
    assert text.key("Hélène") != text.key("Helene")
    assert text.folded("Hélène") == text.folded("HELENE") == "helene"
    assert text.folded("Lætitia Cœur-Łuczak") == "laetitia coeur-luczak"
    assert text.folded("ﬁn de l’ﬆ") == "fin de l'st"


@given(st.text())
def test_what_was_made_the_same_stays_so(some):
    for function in (text.cleaned, text.one_line, text.key, text.folded):
        assert function(function(some)) == function(some)
    assert text.key(text.cleaned(some)) == text.key(some)
