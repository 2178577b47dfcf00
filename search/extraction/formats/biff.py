"""What calamine leaves out of an XLS file (MS-XLS): how numbers are shown, comments, headers."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .cellformats import CellFormats, ShownRows

# Of the stream: its parts begin and end, and are listed with their places.
_BEGIN, _END, _SHEET, _FILE_PASS, _DATES = 0x0809, 0x0A, 0x85, 0x2F, 0x22
_FORMAT, _STYLE = 0x041E, 0xE0
_HEADER, _FOOTER, _CONTINUE, _TEXT_BOX = 0x14, 0x15, 0x3C, 0x01B6
_OBJECT, _PICTURE = 0x5D, 0x09
_FORMULA, _NUMBER, _RK, _MANY_RK = 0x06, 0x0203, 0x027E, 0xBD
_UNICODE = 0x0600  # the version since Excel 97, whose strings are not of one byte a character
HEADER_CODES = re.compile(r"&(\"[^\"]*\"|K[0-9A-F]{6}|\d+|[A-Z])", re.I)
"""Formatting in headers and footers, the same in XLS and XLSX (ECMA-376 18.3.1.39)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where the records of a sheet lie in the stream, and whether its author hides it."""

    start: int
    end: int
    hidden: bool

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start


class Workbook:
    """The first part of a workbook stream: formats, sheets, and whether a password is needed.

    Nothing is read behind a password. Records that are too short for what they should hold are
    passed over.
    """

    def __init__(self, data: bytes) -> None:
        self.formats = CellFormats()
        self.has_password = False
        self.is_unicode = False
        self._data = data
        self._hidden: dict[int, bool] = {}
        for kind, body in _records(data, 0, len(data)):
            self._take(kind, body)
            if self.has_password:
                break

    def _take(self, kind: int, body: bytes) -> None:
        length = len(body)
        if kind == _BEGIN and length >= 2:
            self.is_unicode = struct.unpack_from("<H", body)[0] >= _UNICODE
        elif kind == _FILE_PASS:
            self.has_password = True
        elif kind == _DATES and length >= 2:
            self.formats.since_1904 = struct.unpack_from("<H", body)[0] == 1
        elif kind == _FORMAT and length >= 3:
            start, wide = (5, bool(body[4] & 1)) if self.is_unicode and length > 4 else (3, False)
            self.formats.add_code(
                struct.unpack_from("<H", body)[0], _characters(body[start:], wide=wide)
            )
        elif kind == _STYLE:
            self.formats.add_style(struct.unpack_from("<H", body, 2)[0] if length >= 4 else -1)
        elif kind == _SHEET and length >= 5:
            place = struct.unpack_from("<I", body)[0]
            self._hidden[place] = self._hidden.get(place, True) and bool(body[4] & 3)

    def sheets(self) -> list[Sheet]:
        """The sheets by their places; none reaches into the next, however far its end is."""
        starts = sorted(start for start in self._hidden if start < len(self._data))
        return [
            Sheet(start, end, self._hidden[start])
            for start, end in pairwise([*starts, len(self._data)])
        ]

    def show_numbers(self, sheet: Sheet, rows: ShownRows) -> None:
        """Add the numbers of a sheet to `rows` as it shows them."""
        last = -1
        for row, style, value in _numbers(_records(self._data, sheet.start, sheet.end)):
            if row != last:
                rows.end_row()
                last = row
            rows.add(value, self.formats.of(style))
        rows.end_row()

    def texts_around(self, sheet: Sheet) -> Iterator[str]:
        """Text of comments and shapes (TxO, 2.4.329), and of headers and footers (2.4.136)."""
        missing = 0
        for kind, body in _records(self._data, sheet.start, sheet.end):
            if kind == _TEXT_BOX and len(body) >= 12:
                missing = struct.unpack_from("<H", body, 10)[0]
            elif kind == _CONTINUE and missing:
                text = _characters(body[1:], wide=bool(body[:1] and body[0] & 1))[:missing]
                missing -= len(text)
                yield text
            else:
                missing = 0
                if kind in {_HEADER, _FOOTER} and len(body) > 3:
                    yield HEADER_CODES.sub(" ", _characters(body[3:], wide=bool(body[2] & 1)))

    def unseen_objects(self) -> frozenset[str]:
        """Names of the storages whose objects lie on hidden sheets alone."""
        names: dict[bool, set[str]] = {True: set(), False: set()}
        if any(sheet.hidden for sheet in self.sheets()):
            for sheet in self.sheets():
                for kind, body in _records(self._data, sheet.start, sheet.end):
                    if kind == _OBJECT:
                        names[sheet.hidden].update(_storages(body))
        return frozenset(names[True] - names[False])


def _storages(body: bytes) -> Iterator[str]:
    """Names of the storages of an object (PictFmla, 2.5.202): among its parts, after a formula."""
    position = 0
    while position + 6 <= len(body):
        kind, length, formula = struct.unpack_from("<HHH", body, position)
        place = position + 6 + formula
        if kind == _PICTURE and place + 4 <= len(body):
            yield f"MBD{struct.unpack_from('<I', body, place)[0]:08X}"
        position += 4 + length


def _records(data: bytes, position: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the stream, those of charts inside it too."""
    depth = 0
    while position + 4 <= end:
        kind, length = struct.unpack_from("<HH", data, position)
        yield kind, data[position + 4 : position + 4 + length]
        position += 4 + length
        depth += (kind == _BEGIN) - (kind == _END)
        if kind == _END and depth <= 0:
            return


def _numbers(records: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, int, float]]:
    """Row, style and value of the cells with a number (2.5.19)."""
    for kind, body in records:
        if kind in {_NUMBER, _FORMULA} and len(body) >= 14:
            row, _column, style, value = struct.unpack_from("<HHHd", body)
            if kind == _NUMBER or body[12:14] != b"\xff\xff":  # else no number but a text, …
                yield row, style, value
        elif kind == _RK and len(body) >= 10:
            row, _column, style, packed = struct.unpack_from("<HHHI", body)
            yield row, style, unpacked(packed)
        elif kind == _MANY_RK and len(body) >= 12:
            row = struct.unpack_from("<H", body)[0]
            cells = body[4 : 4 + (len(body) - 6) // 6 * 6]
            for style, packed in struct.iter_unpack("<HI", cells):
                yield row, style, unpacked(packed)


def unpacked(number: int) -> float:
    """A number of four bytes (RK, 2.5.217; the same in XLSB): how it is packed in its low bits."""
    value: float
    if number & 2:
        value = (number >> 2) - (1 << 30 if number & 1 << 31 else 0)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (number & ~3) << 32))[0]
    return value / 100 if number & 1 else value


def _characters(data: bytes, *, wide: bool) -> str:
    return data.decode("utf-16-le" if wide else "latin-1", "replace")
