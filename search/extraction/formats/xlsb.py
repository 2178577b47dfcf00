"""The binary parts of an XLSB workbook (MS-XLSB): formats, numbers as shown, shared strings."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .biff import unpacked
from .cellformats import CellFormats, ShownRows

_ROW, _CELL_RK, _CELL_REAL, _FORMULA_NUMBER = 0, 2, 5, 9
_STRING_ITEM = 19
_FORMAT, _STYLE, _BEGIN_STYLES, _END_STYLES = 44, 47, 617, 618
_WORKBOOK, _SHEET = 153, 156
_CELL_SHARED, _CELL_TEXT, _FORMULA_TEXT = 7, 6, 8


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a part: a type and a body (2.1.4)."""
    position = 0
    while position < len(data):
        kind, position = _number(data, position, 2)
        length, position = _number(data, position, 4)
        yield kind, data[position : position + length]
        position += length


def _number(data: bytes, position: int, most: int) -> tuple[int, int]:
    """A number of up to `most` groups of seven bits, and where it ends."""
    value = 0
    for group in range(most):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * group)
        if not byte & 0x80:
            break
    return value, position


def _wide_string(body: bytes, start: int) -> str:
    """A string after its length of four bytes (2.5.168); empty where there is none."""
    if len(body) < start + 4:
        return ""
    count = struct.unpack_from("<I", body, start)[0]
    return body[start + 4 : start + 4 + 2 * count].decode("utf-16-le", "replace")


def shared_strings(data: bytes) -> list[str]:
    """The strings of their part (2.4.821)."""
    return [_wide_string(body, 1) for kind, body in records(data) if kind == _STRING_ITEM]


def read_workbook(data: bytes, formats: CellFormats) -> list[tuple[str, bool]]:
    """Tell `formats` from what day the workbook counts, from its main part.

    Returns its sheets: id of relation, and whether hidden.
    """
    sheets: list[tuple[str, bool]] = []
    for kind, body in records(data):
        if kind == _WORKBOOK and body:
            formats.since_1904 = bool(body[0] & 1)
        elif kind == _SHEET and len(body) >= 4:
            sheets.append((_wide_string(body, 8), body[:4] != bytes(4)))
    return sheets


def texts_of(data: bytes, shared: list[str]) -> Iterator[str]:
    """The texts of the cells of a sheet's part."""
    for kind, body in records(data):
        if kind == _CELL_SHARED and len(body) >= 12:
            index = struct.unpack_from("<I", body, 8)[0]
            yield shared[index] if index < len(shared) else ""
        elif kind in {_CELL_TEXT, _FORMULA_TEXT}:
            yield _wide_string(body, 8)


def read_styles(data: bytes, formats: CellFormats) -> None:
    """Tell `formats` what the styles part holds; those of named styles are left out."""
    of_cells = False
    for kind, body in records(data):
        if kind in {_BEGIN_STYLES, _END_STYLES}:
            of_cells = kind == _BEGIN_STYLES
        elif kind == _FORMAT and len(body) >= 6:
            formats.add_code(struct.unpack_from("<H", body)[0], _wide_string(body, 2))
        elif kind == _STYLE and of_cells:
            formats.add_style(struct.unpack_from("<H", body, 2)[0] if len(body) >= 4 else -1)


def show_numbers(data: bytes, formats: CellFormats, rows: ShownRows) -> None:
    """Add the numbers of a sheet's part to `rows` as it shows them."""
    for kind, body in records(data):
        if kind == _ROW:
            rows.end_row()
            continue
        if kind == _CELL_RK and len(body) >= 12:
            value = unpacked(struct.unpack_from("<I", body, 8)[0])
        elif kind in {_CELL_REAL, _FORMULA_NUMBER} and len(body) >= 16:
            value = struct.unpack_from("<d", body, 8)[0]
        else:
            continue
        style = struct.unpack_from("<I", body, 4)[0] & 0xFFFFFF
        rows.add(value, formats.of(style))
    rows.end_row()
