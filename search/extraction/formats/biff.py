"""What calamine leaves out of an XLS file (MS-XLS): comments, text boxes, headers, its password."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_END, _HEADER, _FOOTER, _FILE_PASS, _CONTINUE, _TEXT_BOX = 0x0A, 0x14, 0x15, 0x2F, 0x3C, 0x01B6
HEADER_CODES = re.compile(r"&(\"[^\"]*\"|K[0-9A-F]{6}|\d+|[A-Z])", re.I)
"""Formatting in headers and footers, the same in XLS and XLSX (ECMA-376 18.3.1.39)."""


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, position)
        yield kind, data[position + 4 : position + 4 + length]
        position += 4 + length


def has_password(data: bytes) -> bool:
    """Whether the first records of a workbook stream hold FILEPASS (MS-XLS 2.4.117)."""
    for kind, _body in _records(data):
        if kind in {_FILE_PASS, _END}:
            return kind == _FILE_PASS
    return False


def texts_around(data: bytes) -> Iterator[str]:
    """Text of comments and shapes (TxO, 2.4.329), and of headers and footers (2.4.136)."""
    missing = 0
    for kind, body in _records(data):
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


def _characters(data: bytes, *, wide: bool) -> str:
    return data.decode("utf-16-le" if wide else "latin-1", "replace")
