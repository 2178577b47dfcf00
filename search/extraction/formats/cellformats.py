"""The formats of a workbook's cells, and the rows of what they show: one for XLSX, XLSB and XLS."""

from __future__ import annotations

from typing import Final

from ..sink import Sink
from .numbers import shown

# Formats that have a number only (ECMA-376 18.8.30), as French Excel fills them in.
_BUILT_IN: Final = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"},
    **{5: '#,##0 "€"', 6: '#,##0 "€"', 7: '#,##0.00 "€"', 8: '#,##0.00 "€"'},
    **{11: "0.00E+00", 12: "# ?/?", 13: "# ??/??"},
    **{14: "dd/mm/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 22: "dd/mm/yyyy hh:mm"},
    **{18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "hh:mm", 21: "hh:mm:ss"},
    **{37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00"},
    **{41: "#,##0", 42: '#,##0 "€"', 43: "#,##0.00", 44: '#,##0.00 "€"'},
    **{45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss"},
}
_FORMATS = 10_000
_STYLES = 100_000


class CellFormats:
    """The formats of a workbook by the style of a cell, and from what day it counts.

    Past 10,000 formats and 100,000 styles, more than Excel takes, no more are kept.
    """

    def __init__(self) -> None:
        self.since_1904 = False
        self._codes: dict[int, str] = {}
        self._styles: list[int] = []

    def add_code(self, number: int, code: str) -> None:
        """Keep the code of the format of this number."""
        if number >= 0 and len(self._codes) < _FORMATS:
            self._codes[number] = code

    def add_style(self, number: int) -> None:
        """Give the next style the format of this number; a negative one is no format."""
        if len(self._styles) < _STYLES:
            self._styles.append(number)

    def of(self, style: int) -> str:
        """Return the code of the format that cells of `style` have; empty for the general one."""
        number = self._styles[style] if 0 <= style < len(self._styles) else -1
        own = self._codes.get(number, "")
        if own.lower() in {"", "general", "@"}:
            return "" if own else _BUILT_IN.get(number, "")
        return own


class ShownRows:
    """The numbers of a workbook that its sheets show otherwise than they are, row by row.

    Past `most` cells, which take about ten seconds, the others stay as they are.
    """

    def __init__(self, formats: CellFormats, sink: Sink, most: int = 500_000) -> None:
        self._formats = formats
        self._sink = sink
        self._left = most
        self._row: list[str] = []

    def add(self, raw: str | float, code: str) -> None:
        """Add the number `raw` as the format `code` shows it, if that is another."""
        if self._left <= 0 or not code:
            return
        self._left -= 1
        try:
            text = shown(float(raw), code, since_1904=self._formats.since_1904)
        except ValueError:
            return  # no number after all
        if text and text != (raw if isinstance(raw, str) else f"{raw:.15g}"):
            self._row.append(text)

    def end_row(self) -> None:
        """Have the row found, if there is anything in it."""
        if self._row:
            self._sink.for_search("\t".join(self._row))
            self._row.clear()
