"""Numbers, text and days from outside: what is one, and what is none."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from directory.outside import (
    LARGEST,
    LONGEST_ADDRESS,
    address_from_outside,
    day_from_outside,
    is_text,
    number_from_outside,
    text_from_outside,
    uuid_from_outside,
)

SOME = UUID("6f1f7b1c-5a0e-4f55-9b52-0a3f1d2e4c5b")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0", 0),
        ("42", 42),
        (" 42\n", 42),
        ("0042", 42),
        (42, 42),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), None),
        (LARGEST + 1, None),
        ("9" * 30, None),
        ("9" * 5000, None),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        (1.0, None),
        (True, None),
        ("1_000", None),
        ("²", None),
        ("١٢", None),  # digits of another script, which `int` takes
        ("", None),
        ("-", None),
        ("1\x00", None),
        (None, None),
        ([1], None),
    ],
)
def test_a_number_from_outside(value, number):
    assert number_from_outside(value) == number


def test_the_bounds_of_a_number_are_the_callers():
    assert number_from_outside("-5", least=-5, most=5) == -5
    assert number_from_outside("-6", least=-5, most=5) is None
    assert number_from_outside("6", least=-5, most=5) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Note de service ", "Note de service"),
        ("a\x00b", "ab"),
        ("\x00\x01\x1b\x7f\x85", ""),
        ("one\ttwo\r\nthree", "one\ttwo\r\nthree"),
        ("half \ud800 a pair", "half  a pair"),
        ("é" * 30, "é" * 20),
        ("\x00" * 40 + "a", "a"),
        ("e\u0301te\u0301 \u00adcom\u00admun", "été commun"),
        (None, ""),
        (12, ""),
    ],
)
def test_a_text_from_outside(value, text):
    found = text_from_outside(value, longest=20)
    assert found == text
    assert is_text(found)
    found.encode()


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-02-28", date(2026, 2, 28)),
        ("2026-02-30", None),
        ("9999-12-31", None),
        ("0001-01-01", None),
        ("2026-2-1", None),
        ("20260201", None),
        ("²026-01-01", None),
        ("2026-01-01" + "0" * 5000, None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_from_outside(value, day):
    assert day_from_outside(value) == day


@pytest.mark.parametrize("value", [str(SOME), SOME.hex, f" {str(SOME).upper()}\n"])
def test_an_id_from_outside(value):
    assert uuid_from_outside(value) == SOME


@pytest.mark.parametrize(
    "value", ["", None, 5, str(SOME) + "\x00a", "²" * 32, f"{{{SOME}}}", "9" * 40]
)
def test_what_is_no_id(value):
    assert uuid_from_outside(value) is None


def test_an_address_from_outside_leads_to_this_site(rf):
    request = rf.get("/")
    for address in ("/notices/?page=2#n5", "http://testserver/notices/"):
        assert address_from_outside(request, address) == address
    for elsewhere in (
        *("//evil.example/", "https://evil.example/", "http://[", "notices:list", "", None),
        *("/\\evil.example", "javascript:alert(1)", "/" + "a" * LONGEST_ADDRESS),
    ):
        assert address_from_outside(request, elsewhere) == "", elsewhere
