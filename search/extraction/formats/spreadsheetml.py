"""What the parts of an XLSX tell beside its cells (ECMA-376 18): formats, comments, headers."""

from __future__ import annotations

from ..sink import Sink
from ..words import words
from . import biff
from .cellformats import CellFormats, ShownRows
from .xml import Attributes, Handler


def _number(text: str) -> int:
    """The number of a format or a style; -1 where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else -1


class Formats(Handler):
    """Tells `formats` what the styles part and the main part of a workbook say of them."""

    def __init__(self, formats: CellFormats) -> None:
        self._formats = formats
        self._of_cells = False

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "workbookPr":
            self._formats.since_1904 = attributes.get("date1904", "") in {"1", "true"}
        elif name == "numFmt":
            number = _number(attributes.get("numFmtId", ""))
            self._formats.add_code(number, attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._of_cells = True
        elif name == "xf" and self._of_cells:
            self._formats.add_style(_number(attributes.get("numFmtId", "")))

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name == "cellXfs":
            self._of_cells = False


class ShownCells(Handler):
    """The numbers of a sheet that it shows otherwise than they are, row by row."""

    def __init__(self, formats: CellFormats, rows: ShownRows) -> None:
        self._formats = formats
        self._rows = rows
        self._code = ""
        self._value: list[str] | None = None

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "c":
            is_number = attributes.get("t", "n") == "n"
            self._code = self._formats.of(_number(attributes.get("s", ""))) if is_number else ""
        elif name == "v" and self._code:
            self._value = []

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name == "v" and self._value is not None:
            self._rows.add("".join(self._value)[:40], self._code)
            self._value = None
        elif name == "row":
            self._rows.end_row()

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._value is not None:
            self._value.append(text)


class Comments(Handler):
    """Comments, old and threaded: the text of `t` and `text`."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._capture = False

    def start(self, name: str, _attributes: Attributes, /) -> None:
        """See Handler."""
        if name in {"t", "text"}:
            self._capture = True

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name in {"t", "text"}:
            self._capture = False
        if name in {"comment", "threadedComment"}:
            self._sink.text("\n")

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._capture:
            self._sink.text(text)


class Headers(Handler):
    """Headers and footers of a sheet, less their formatting codes."""

    _NAMES = words("oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter")

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._pieces: list[str] | None = None

    def start(self, name: str, _attributes: Attributes, /) -> None:
        """See Handler."""
        if name in self._NAMES:
            self._pieces = []

    def end(self, name: str, /) -> None:
        """See Handler."""
        if self._pieces is not None and name in self._NAMES:
            self._sink.line(biff.HEADER_CODES.sub(" ", "".join(self._pieces)))
            self._pieces = None

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._pieces is not None:
            self._pieces.append(text)
