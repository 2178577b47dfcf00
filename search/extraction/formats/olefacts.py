"""What an OLE file says of itself: its summary information (MS-OLEPS), and no more of it.

The general parser unrolls whatever sizes a damaged stream claims; a few properties
are all that is wanted.
"""

from __future__ import annotations

import struct

import olefile

from .. import plain
from ..sink import Sink

_SUMMARY, _MORE = "\x05SummaryInformation", "\x05DocumentSummaryInformation"
_CODE_PAGE, _TITLE, _SUBJECT, _AUTHOR, _KEYWORDS, _COMMENTS = range(1, 7)
_CATEGORY = 2  # of the second stream
_I2, _TEXT, _WIDE_TEXT = 0x02, 0x1E, 0x1F
_UTF_16 = 1200
_CODECS = {65001: "utf-8", _UTF_16: "utf-16-le", 10000: "mac_roman"}
_PROPERTIES = 200
_SIZE = 64 * 1024


def describe(ole: olefile.OleFileIO, sink: Sink) -> None:
    """Tell title and author. Damaged properties say nothing."""
    title, author = _read(ole, _SUMMARY, _TITLE, _AUTHOR)
    sink.describe(title=title, author=author)


def say_others(ole: olefile.OleFileIO, sink: Sink) -> None:
    """Add subject, keywords, comment and category."""
    said = _read(ole, _SUMMARY, _SUBJECT, _KEYWORDS, _COMMENTS)
    sink.aside(*said, *_read(ole, _MORE, _CATEGORY))


def _read(ole: olefile.OleFileIO, stream: str, *keys: int) -> list[str]:
    """The properties `keys` of a stream, empty where they are missing or damaged."""
    try:
        data = ole.openstream(stream).read(_SIZE) if ole.exists(stream) else b""
        found = _properties(data, {_CODE_PAGE, *keys}) if data else {}
    except (struct.error, OSError):
        found = {}
    _kind, page = found.get(_CODE_PAGE, (_I2, b""))
    number = struct.unpack("<H", page)[0] if len(page) == 2 else 1252
    texts = (_text(*found.get(key, (_TEXT, b"")), number) for key in keys)
    return [text.partition("\x00")[0] for text in texts]


def _text(kind: int, data: bytes, page: int) -> str:
    if kind == _WIDE_TEXT:
        return data.decode("utf-16-le", "replace")
    data = data.rstrip(b"\x00")
    if page == _UTF_16 and b"\x00" not in data:
        page = 1252  # programs that claim UTF-16 and write one byte a character
    return plain.decode_as(data + b"\x00" * (len(data) % 2), _CODECS.get(page, f"cp{page}"))


def _properties(data: bytes, wanted: set[int]) -> dict[int, tuple[int, bytes]]:
    """The wanted properties of the first set: type and bytes."""
    start = struct.unpack_from("<I", data, 44)[0]
    count = min(struct.unpack_from("<I", data, start + 4)[0], _PROPERTIES)
    found: dict[int, tuple[int, bytes]] = {}
    for index in range(count):
        key, offset = struct.unpack_from("<II", data, start + 8 + 8 * index)
        if key not in wanted:
            continue
        position = start + offset
        kind = struct.unpack_from("<I", data, position)[0] & 0xFFFF
        if kind == _I2:
            found[key] = kind, data[position + 4 : position + 6]
        elif kind == _TEXT:
            size = struct.unpack_from("<I", data, position + 4)[0]
            found[key] = kind, data[position + 8 : position + 8 + size]
        elif kind == _WIDE_TEXT:
            size = struct.unpack_from("<I", data, position + 4)[0]
            found[key] = kind, data[position + 8 : position + 8 + 2 * size]
    return found
