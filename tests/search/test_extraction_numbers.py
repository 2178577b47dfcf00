"""Numbers of a workbook as a sheet shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.extraction import Limits, extract
from search.extraction.formats.numbers import shown

from .extraction_files import xlsx

JULY_14 = 45852
PHONE = '0#" "##" "##" "##" "##'
INSURED = '[>=3000000000000]#" "##" "##" "##" "###" "###" | "##;#" "##" "##" "##" "###" "###'


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (JULY_14, "dd/mm/yyyy", "14/07/2025"),
        (JULY_14, "[$-40C]d mmmm yyyy", "14 juillet 2025"),
        (JULY_14, "[$-409]dddd, mmmm d, yyyy;@", "Monday, July 14, 2025"),
        (JULY_14, "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "lundi 14 juillet 2025"),
        (JULY_14, "d-mmm-yy", "14-juil.-25"),
        (JULY_14 + 0.35416666666, "dd/mm/yyyy hh:mm", "14/07/2025 08:30"),
        (0.6047453, "h:mm:ss AM/PM", "2:30:50 PM"),
        (1.5, "[h]:mm", "36:00"),
        (0.375, "0.0%", "37,5 %"),
        (0.375, "0%", "38 %"),
        (1234567.5, '#,##0.00 "€"', "1 234 567,50 €"),
        (1234567.5, "#,##0.00\\ [$€-40C]", "1 234 567,50 €"),
        (-1234.5, "#,##0.00", "-1 234,50"),
        (-1234.5, "#,##0;(#,##0)", "(1 235)"),
        (-1234.5, "[Red]#,##0.00_ ;[Red]\\-#,##0.00\\ ", "-1 234,50"),
        (0, '0;-0;"néant"', ""),
        (1234567, '0.0,, "M€"', "1,2 M€"),
        (999.5, "#,##0.##", "999,5"),
        (1000000, "#,##0", "1 000 000"),
        (421, "00000", "00421"),
        (590875004, PHONE, "05 90 87 50 04"),
        (1850699123456, INSURED, "1 85 06 99 123 456"),
        (185069912345678, INSURED, "1 85 06 99 123 456 | 78"),
        (0.75, "# ?/?", "3/4"),
        (2.5, "#\\ ?/?", "2 1/2"),
        (-2.5, "# ?/?_)", "-2 1/2"),
        (3, "# ??/??", "3"),
        (0, "# ?/?", "0"),
        (0.96, "# ?/?", "1"),
        (3.14159265, "# ???/???", "3 16/113"),
        (0.5, "# ??/16", "8/16"),
        (1.25, "?/?", "5/4"),
        (12345, "0.00E+00", "1,23E+04"),
        (-0.00012345, "0.0E-00", "-1,2E-04"),
        (1e300, "0E+0", "1E+300"),
        (12345, "##0.0E+0", ""),
        (1e300, "#,##0", ""),
        (-1, "dd/mm/yyyy", ""),
        (1e9, "dd/mm/yyyy", ""),
    ],
)
def test_shown(value, code, expected):
    assert shown(value, code) == expected


def test_days_of_the_macintosh():
    assert shown(JULY_14 - 1462, "dd/mm/yyyy", since_1904=True) == "14/07/2025"


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(alphabet='0#?.,;%"\\[]_*/Eymdhs-:$€<>=1é @AMP', max_size=60),
)
def test_no_format_is_too_much(value, code):
    assert len(shown(value, code)) < 1000


def test_numbers_of_a_sheet_are_read_as_they_are_and_as_they_are_shown(tmp_path):
    path = tmp_path / "tableau.xlsx"
    rows = [["Date", JULY_14], [0.375, 12], ["Prix", 1234567.5], [421], [590875004, "00917"], [7]]
    rows += [[0.75], [12345]]
    formats = ["dd/mm/yyyy", 10, '#,##0.00 "€"', "00000", PHONE, "0", 12, 11]
    path.write_bytes(xlsx(rows, formats=formats))
    found = extract(path, limits=Limits())
    for raw in ("2025-07-14", "1234567.5", "421", "00917"):
        assert raw in found.text
    shown_rows = (
        "14/07/2025\n37,50 %\t1200,00 %\n1 234 567,50 €\n00421\n05 90 87 50 04\n3/4\n1,23E+04"
    )
    assert found.for_search == shown_rows
    assert not [row for row in shown_rows.split("\n") if row in found.text]
