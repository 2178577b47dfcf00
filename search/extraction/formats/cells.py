"""Spreadsheets read as they stream, for those that calamine cannot read or would unroll.

Calamine holds a sheet as a full rectangle; two cells in opposite corners of a sheet
are then more than any memory. Here each cell is a piece of text and nothing is kept
but the shared strings.
"""

from __future__ import annotations

import re

from ..sink import Refusal, Sink
from . import xlsb
from .package import Package
from .xml import Attributes, Handler

VAST = 20_000_000
"""Cells in a sheet's rectangle above which it is streamed."""
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')


def is_vast(parts: Package, sheet: str) -> bool:
    """Whether the sheet declares (MS Excel always does) a rectangle too large to unroll."""
    try:
        found = _DIMENSION.search(parts.archive.read(sheet, 4096))
    except Refusal:
        return False  # damaged: whoever reads it will say so
    if found is None:
        return False
    left, top, right, bottom = (part.decode() for part in found.groups())
    width = _column(right) - _column(left) + 1
    return width * (int(bottom) - int(top) + 1) > VAST


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


class _Strings(Handler):
    """The shared strings; phonetic readings left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._capture = False
        self._phonetic = 0

    def start(self, name: str, _attributes: Attributes, /) -> None:
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._phonetic += 1
        elif name == "t":
            self._capture = self._phonetic == 0

    def end(self, name: str, /) -> None:
        if name == "si":
            self.found.append("".join(self._pieces))
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "t":
            self._capture = False

    def data(self, text: str, /) -> None:
        if self._capture:
            self._pieces.append(text)


class _Cells(Handler):
    """The values of a sheet, row by row."""

    def __init__(self, strings: list[str], sink: Sink) -> None:
        self._strings = strings
        self._sink = sink
        self._type = ""
        self._value: list[str] = []
        self._capture = False

    def start(self, name: str, attributes: Attributes, /) -> None:
        if name == "c":
            self._type = attributes.get("t", "n")
            self._value = []
        elif name in {"v", "t"}:
            self._capture = True

    def end(self, name: str, /) -> None:
        if name in {"v", "t"}:
            self._capture = False
        elif name == "row":
            self._sink.text("\n")
        elif name == "c" and self._value and self._type not in {"b", "e"}:
            value = "".join(self._value)
            if self._type == "s":
                index = int(value) if value.isdecimal() else -1
                value = self._strings[index] if 0 <= index < len(self._strings) else ""
            self._sink.text(value + "\t")

    def data(self, text: str, /) -> None:
        if self._capture:
            self._value.append(text)


def _strings(parts: Package) -> list[str]:
    handler = _Strings()
    for part in parts.parts("sharedStrings+xml")[:1]:
        parts.walk(part, handler)
    return handler.found


def read_cells(parts: Package, sheets: list[str], sink: Sink) -> None:
    """Add the cells of `sheets`. Raises Refusal."""
    handler = _Cells(_strings(parts), sink)
    for _part in parts.each(sheets, handler, sink):
        pass


def read_texts(parts: Package, sheets: list[str], sink: Sink) -> None:
    """Add the texts in the cells of `sheets` of an XLSB. Raises Refusal."""
    shared = _binary_strings(parts)
    for sheet in sheets:
        for text in xlsb.texts_of(parts.archive.read(sheet), shared):
            sink.line(text)


def _binary_strings(parts: Package) -> list[str]:
    found: list[str] = []
    for part in parts.parts("sharedStrings"):
        found += xlsb.shared_strings(parts.archive.read(part))
    return found


def read_words(parts: Package, sink: Sink) -> bool:
    """Add the shared strings alone, of XLSX or XLSB; whether there were any."""
    try:
        found = _strings(parts)
    except Refusal:
        found = []
    found += _binary_strings(parts)
    for text in found:
        sink.line(text)
    return bool(found)
