"""Names: what is refused and why, what counts as the same, how they sort."""

from __future__ import annotations

import unicodedata

import pytest
from django.core.exceptions import ValidationError

from documents import names


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        (".", "reserved"),
        ("..", "reserved"),
        ("a/b", "separator"),
        ("a\\b", "separator"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("fac\u202efdp.exe", "control"),
        ("NUL", "reserved"),
        ("con.txt", "reserved"),
        ("lpt1.pdf", "reserved"),
        ("bad\udce9.txt", "encoding"),
        ("x" * 256, "too_long"),
        ("é" * 128, "too_long"),
    ],
)
def test_what_cannot_be_a_name_is_refused_with_a_reason(name, code):
    with pytest.raises(ValidationError) as refused:
        names.clean(name)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "name", ["Réunion : ordre du jour ?.pdf", ".env", "console.txt", "x" * 255, "日本語.odt"]
)
def test_what_people_write_is_taken(name):
    assert names.clean(f"  {name} ") == name


def test_a_name_is_kept_composed_and_compared_without_case():
    decomposed = unicodedata.normalize("NFD", "Été.TXT")
    assert names.clean(decomposed) == "Été.TXT"
    assert names.key(decomposed) == names.key("été.txt") == names.key("ÉTÉ.txt")
    assert names.key("Straße") == names.key("STRASSE")
    assert names.key("a.txt") != names.key("á.txt")


def test_names_sort_as_a_reader_expects():
    given = ["Zoé", "annexe 10", "Été", "Annexe 2", "eau", "annexe 02 bis"]
    expected = ["Annexe 2", "annexe 02 bis", "annexe 10", "eau", "Été", "Zoé"]
    assert sorted(given, key=names.sort_key) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bilan.pdf", "bilan (2).pdf"),
        ("bilan", "bilan (2)"),
        (".profile", ".profile (2)"),
        ("v1.2 final", "v1.2 final (2)"),
        ("é" * 126 + ".p", "é" * 124 + " (2).p"),
    ],
)
def test_a_number_goes_before_the_extension_and_the_name_stays_short_enough(name, expected):
    assert names.numbered(name, 2) == expected
    assert names.clean(expected) == expected
