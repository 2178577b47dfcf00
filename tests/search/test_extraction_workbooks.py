"""Workbooks in Excel's own formats: numbers as their sheets show them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.extraction import Limits, Status
from search.extraction.formats import biff
from search.extraction.formats import xlsb as binary
from search.extraction.formats.cellformats import CellFormats, ShownRows
from search.extraction.sink import Sink

from .workbook_files import record, xls, xls_stream, xlsb, xlsb_record

JULY_14 = 45852
FORMATS = ["dd/mm/yyyy", 10, '#,##0.00 "€"', "00000", '0#" "##" "##" "##" "##', "0"]
ROWS = [["Date", JULY_14], [0.375, 12], ["Prix", 1234567.5], [421], [590875004.0, "00917"], [7]]
SHOWN = "14/07/2025\n37,50 %\t1200,00 %\n1 234 567,50 €\n00421\n05 90 87 50 04"


def _shown(book):
    sent = []
    sink = Sink(lambda _kind, data: sent.append(data), Limits())
    rows = ShownRows(book.formats, sink)
    for sheet in book.sheets():
        book.show_numbers(sheet, rows)
    sink.flush()
    return b"".join(sent).decode()


@pytest.mark.parametrize("version", [0x0600, 0x0500])
def test_numbers_of_an_xls_are_read_as_they_are_and_as_they_are_shown(read, version):
    found = read(xls([("Budget", 0, ROWS)], formats=FORMATS, version=version))
    assert (found.status, found.kind) == (Status.OK, "xls")
    for raw in ("Budget", "2025-07-14", "1234567.5", "421", "590875004", "00917"):
        assert raw in found.text
    assert found.for_search == SHOWN


def test_numbers_of_every_record_of_an_xls(read):
    rk = struct.pack("<HI", 1, 31250 << 2 | 3)  # a whole number, over 100
    many = struct.pack("<HH", 1, 0) + rk + struct.pack("<HI", 1, 0x3FF80000) + b"\1\0"
    formula = struct.pack("<HHHd", 2, 0, 1, -1234.5)
    a_text = struct.pack("<HHH6s2s", 2, 1, 1, b"\0", b"\xff\xff")
    records = [(0xBD, many), (0x06, formula + bytes(8)), (0x06, a_text + bytes(8))]
    rows = [[record(kind, body) for kind, body in records]]
    found = read(xls([("A", 0, rows)], formats=["#,##0.00"]))
    assert found.for_search == "312,50\t1,50\n-1 234,50"


def test_days_of_an_xls_of_the_macintosh(read):
    found = read(xls([("A", 0, [[JULY_14 - 1462]])], formats=["d mmmm yyyy"], since_1904=True))
    assert found.for_search == "14 juillet 2025"


@pytest.mark.parametrize(
    "extra",
    [
        record(0x041E, b"\xff"),
        record(0x041E, b"\xff\0\x05"),
        record(0xE0),
        record(0x22, b"\1"),
        record(0x85, b"\xff\xff"),
        record(0x041E, b"\xff\0\x04\0\x01" + b"0\0\x00\xd8"),
    ],
)
def test_broken_records_of_an_xls_take_only_themselves(read, extra):
    rows = [[421], [record(0x0203, b"\0" * 9), record(0xBD, b"\0" * 7), record(0x06), 9.5]]
    options = {"formats": ["00000", "0.00"], "extra": extra}
    assert _shown(biff.Workbook(xls_stream([("A", 0, rows)], **options))) == "00421\n9,50\n"
    # Calamine takes such a file for none.
    assert read(xls([("A", 0, rows)], **options)).status is Status.MALFORMED


@settings(max_examples=200)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_no_stream_is_too_much_for_the_numbers_of_an_xls(noise, place):
    data = bytearray(record(0x0809, b"\0\6\5\0") + record(0x85, struct.pack("<IBB", 30, 1, 0)))
    data += record(0x0A) + record(0x0809) + record(0x0203, bytes(14)) + record(0xBD, bytes(20))
    data += record(0x5D, struct.pack("<HHH", 9, 4, 0))
    data[place:place] = noise
    book = biff.Workbook(bytes(data))
    _shown(book)
    for sheet in book.sheets():
        list(book.texts_around(sheet))
    book.unseen_objects()


def test_numbers_of_an_xlsb_are_read_as_they_are_and_as_they_are_shown(read):
    found = read(xlsb([("Budget", 0, ROWS)], formats=FORMATS))
    assert (found.status, found.kind) == (Status.OK, "xlsb")
    for raw in ("Budget", "45852", "1234567.5", "421", "590875004", "00917"):
        assert raw in found.text
    assert found.for_search == SHOWN


def test_numbers_of_every_record_of_an_xlsb(read):
    packed = xlsb_record(2, struct.pack("<III", 0, 1, 31250 << 2 | 3))
    formula = xlsb_record(9, struct.pack("<IId", 1, 1, -1234.5) + bytes(10))
    found = read(xlsb([("A", 0, [[packed, formula]])], formats=["#,##0.00"]))
    assert found.for_search == "312,50\t-1 234,50"


def test_days_of_an_xlsb_of_the_macintosh(read):
    found = read(xlsb([("A", 0, [[JULY_14 - 1462]])], formats=["d mmmm yyyy"], since_1904=True))
    assert found.for_search == "14 juillet 2025"


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_part_is_too_much_for_the_numbers_of_an_xlsb(noise, place):
    data = bytearray(
        xlsb_record(153, b"\1\0\0\0")
        + xlsb_record(44, struct.pack("<HI", 164, 2) + "00".encode("utf-16-le"))
        + xlsb_record(617)
        + xlsb_record(47, b"\0\0\xa4\0")
        + xlsb_record(2, bytes(12))
        + xlsb_record(5, bytes(16))
    )
    data[place:place] = noise
    formats = CellFormats()
    binary.read_styles(bytes(data), formats)
    binary.read_workbook(bytes(data), formats)
    rows = ShownRows(formats, Sink(lambda _kind, _data: None, Limits()))
    binary.show_numbers(bytes(data), formats, rows)
    list(binary.texts_of(bytes(data), binary.shared_strings(bytes(data))))


def test_formats_and_shown_cells_are_bounded():
    sent = []
    sink = Sink(lambda _kind, data: sent.append(data), Limits())
    formats = CellFormats()
    for number in range(20_000):
        formats.add_code(number, "00")
        formats.add_style(number)
    assert (formats.of(9_999), formats.of(10_000), formats.of(-1), formats.of(10**9)) == (
        *("00", "", "", ""),
    )
    rows = ShownRows(formats, sink, most=2)
    for value in (1, 2, 3):
        rows.add(value, "00")
    rows.end_row()
    sink.flush()
    assert sent == [b"01\t02\n"]
