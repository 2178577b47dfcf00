"""What the parts of an XLSX tell beside its cells (ECMA-376 18): formats, comments, headers."""

from __future__ import annotations

from typing import Final

from ..sink import Sink
from ..words import words
from . import biff
from .numbers import shown
from .xml import Attributes, Handler

# Formats that have a number only (18.8.30), as French Excel fills them in.
_BUILT_IN: Final = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"},
    **{5: '#,##0 "€"', 6: '#,##0 "€"', 7: '#,##0.00 "€"', 8: '#,##0.00 "€"'},
    **{14: "dd/mm/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 22: "dd/mm/yyyy hh:mm"},
    **{18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "hh:mm", 21: "hh:mm:ss"},
    **{37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00"},
    **{41: "#,##0", 42: '#,##0 "€"', 43: "#,##0.00", 44: '#,##0.00 "€"'},
    **{45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss"},
}
_FORMATS = 10_000


class Formats(Handler):
    """The formats of a workbook: of its styles part, and from what day the workbook counts."""

    def __init__(self) -> None:
        self.since_1904 = False
        self._codes: dict[str, str] = {}
        self._styles: list[str] = []
        self._of_cells = False

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904", "") in {"1", "true"}
        elif name == "numFmt" and len(self._codes) < _FORMATS:
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._of_cells = True
        elif name == "xf" and self._of_cells and len(self._styles) < 10 * _FORMATS:
            self._styles.append(attributes.get("numFmtId", ""))

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name == "cellXfs":
            self._of_cells = False

    def of(self, style: str) -> str:
        """Return the code of the format that cells of `style` have; empty for the general one."""
        index = int(style) if style.isdecimal() and len(style) < 7 else -1
        number = self._styles[index] if 0 <= index < len(self._styles) else ""
        own = self._codes.get(number, "")
        if own.lower() in {"", "general", "@"}:
            return _BUILT_IN.get(int(number), "") if not own and number.isdecimal() else ""
        return own


class ShownCells(Handler):
    """The numbers of a sheet that it shows otherwise than they are, row by row."""

    def __init__(self, formats: Formats, sink: Sink) -> None:
        self._formats = formats
        self._sink = sink
        self._code = ""
        self._value: list[str] | None = None
        self._row: list[str] = []

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "c":
            is_number = attributes.get("t", "n") == "n"
            self._code = self._formats.of(attributes.get("s", "")) if is_number else ""
        elif name == "v" and self._code:
            self._value = []

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name == "v" and self._value is not None:
            raw = "".join(self._value)[:40]
            self._value = None
            try:
                text = shown(float(raw), self._code, since_1904=self._formats.since_1904)
            except ValueError:
                return  # no number after all
            if text and text != raw:
                self._row.append(text)
        elif name == "row" and self._row:
            self._sink.line("\t".join(self._row))
            self._row.clear()

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
