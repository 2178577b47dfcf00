"""Tables that leave as CSV, so that a spreadsheet opens them right at a double click.

The form is that of the administration's own computers: UTF-8 with a byte order mark, without
which Excel reads accents wrongly, and semicolons, which a spreadsheet set to French takes for
the ends of cells where it takes a comma for a decimal point. LibreOffice opens both. No text
becomes a formula. A program reads it with `csv.reader(file, delimiter=";")`, utf-8-sig.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from django.http import StreamingHttpResponse

from directory.outside import only_text

SEPARATOR: Final = ";"
_MARK: Final = "\ufeff"
# What a spreadsheet takes for the beginning of a formula, and what it passes over before one
# (OWASP, CSV Injection); the last four are what a Japanese keyboard makes of the first.
_LIVE: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Row = Sequence[str | int | float | None]


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the table piece by piece: a line of it for each of `rows`, the heading first."""
    writer = csv.writer(_Echo(), delimiter=SEPARATOR)
    mark = _MARK
    for row in rows:
        yield mark + writer.writerow([_harmless(cell) for cell in row])
        mark = ""


def csv_answer(rows: Iterable[Row], *, name: str) -> StreamingHttpResponse:
    """Return an answer that is kept as the file `name` (ASCII, without its ending)."""
    answer = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write the table to `path`. Raises OSError."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(csv_lines(rows))


def _harmless(cell: str | int | float | None) -> str | int | float | None:
    """Keep a spreadsheet from taking a text for a formula; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    text = only_text(cell)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_LIVE) else text


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        """Return `text`."""
        return text
