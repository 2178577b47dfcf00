"""Spreadsheets by calamine: XLSX, XLSB and XLS cells; comments, shapes and headers by XML."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator
from functools import partial

import olefile
import python_calamine

from ..results import MIB, Status
from ..sink import Refusal, Sink, Source, encrypted, malformed
from . import biff, cells, xlsb
from .cellformats import CellFormats, ShownRows
from .drawing import PARTS, DrawingText
from .oleobjects import read_objects
from .package import Package
from .spreadsheetml import Comments, Formats, Headers, ShownCells
from .visibility import ListedSheets, Visibility
from .xml import Together

_SECOND_LOOK = 8 * MIB
"""Sheets up to this size are read a second time, for what calamine leaves out: their headers, and
how numbers are shown."""
_STREAM = 256 * MIB
_Otherwise = Callable[[], None]


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.datetime | datetime.time):
        return value.isoformat()
    return str(value)


def _cells(source: Source, sink: Sink) -> None:
    """Add the cells of all sheets that are not hidden.

    Raises Refusal where calamine cannot read the workbook.
    """
    source.stream.seek(0)
    try:
        with _rust():
            book = python_calamine.CalamineWorkbook.from_filelike(source.stream)
    except python_calamine.PasswordError as error:
        raise encrypted() from error
    except python_calamine.CalamineError as error:
        if "password" in str(error).lower():
            raise encrypted() from error
        raise malformed("sheet", f"Not a readable workbook: {error}.") from error
    # Sheets are read by name; where two have the same, one hidden, neither is.
    seen = python_calamine.SheetVisibleEnum.Visible
    hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != seen}
    for name in book.sheet_names:
        if name in hidden:
            continue
        sink.line(name)
        try:
            with _rust():
                sheet = book.get_sheet_by_name(name)
        except (python_calamine.CalamineError, Refusal):
            continue  # a chart or macro sheet, or one whose part is broken
        for row in sheet.iter_rows():
            line = "\t".join(text for value in row if value != "" and (text := _cell(value)))
            if line:
                sink.line(line)


@contextlib.contextmanager
def _rust() -> Iterator[None]:
    """Turn a panic, which is no Exception, into a refusal."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise malformed("sheet", f"Not a readable workbook: {error}.") from error
        raise


def _cells_or_words(
    source: Source, parts: Package, visibility: Visibility, sink: Sink, otherwise: _Otherwise
) -> None:
    """Add all cells; of a damaged or unusual workbook the words at least, which are kept apart.

    They tell nothing of their sheets. Where some are hidden, `otherwise` reads the others.
    """
    try:
        _cells(source, sink)
    except Refusal as refusal:
        if refusal.status is not Status.MALFORMED:
            raise
        if visibility.any_hidden:
            otherwise()
            found = sink.has_text
        else:
            found = cells.read_words(parts, sink)
        if not found:
            raise


def _small(parts: Package, sheets: list[str]) -> list[str]:
    return [part for part in sheets if parts.archive.size(part) <= _SECOND_LOOK]


def _read_around(source: Source, parts: Package, visibility: Visibility, sink: Sink) -> None:
    """Add what lies over the cells, and in the file beside them."""
    unseen = visibility.unseen()
    for handler, names in (
        (Comments(sink), parts.parts("spreadsheetml.comments+xml", "threadedcomments+xml")),
        (DrawingText(sink), parts.parts("officedocument.drawing+xml", *PARTS)),
    ):
        seen = [name for name in names if name.lower() not in unseen]
        for _part in parts.each(seen, handler, sink):
            pass
    parts.read_embedded(source, sink, unseen)
    parts.say_properties(sink)


def read_xlsx(source: Source, parts: Package, sink: Sink) -> None:
    """Read the cells of all sheets, then what lies over and around them."""
    parts.describe(sink)
    formats, listed = CellFormats(), ListedSheets()
    handler = Formats(formats)
    with contextlib.suppress(Refusal):  # damaged: whoever reads the cells will say so
        parts.walk(parts.main, Together(handler, listed))
    visibility = Visibility(parts, listed.found)
    sheets = visibility.sheets("spreadsheetml.worksheet+xml")
    if any(cells.is_vast(parts, sheet) for sheet in sheets):
        cells.read_cells(parts, sheets, sink)
    else:
        streamed = partial(cells.read_cells, parts, sheets, sink)
        _cells_or_words(source, parts, visibility, sink, streamed)
    for part in parts.parts("spreadsheetml.styles+xml")[:1]:
        with contextlib.suppress(Refusal):  # the numbers then stand as they are
            parts.walk(part, handler)
    shown = ShownCells(formats, ShownRows(formats, sink))
    for _part in parts.each(_small(parts, sheets), Together(shown, Headers(sink)), sink):
        pass
    _read_around(source, parts, visibility, sink)


def read_xlsb(source: Source, parts: Package, sink: Sink) -> None:
    """Read the cells of all sheets of a binary workbook, then what lies over and around them."""
    parts.describe(sink)
    formats = CellFormats()
    listed: list[tuple[str, bool]] = []
    with contextlib.suppress(Refusal):  # damaged: whoever reads the cells will say so
        listed = xlsb.read_workbook(parts.archive.read(parts.main, _SECOND_LOOK), formats)
    visibility = Visibility(parts, listed)
    sheets = visibility.sheets("ms-excel.worksheet")
    texts = partial(cells.read_texts, parts, sheets, sink)
    _cells_or_words(source, parts, visibility, sink, texts)
    for part in parts.parts("ms-excel.styles")[:1]:
        with contextlib.suppress(Refusal):  # the numbers then stand as they are
            xlsb.read_styles(parts.archive.read(part, _SECOND_LOOK), formats)
    rows = ShownRows(formats, sink)
    broken: Refusal | None = None
    for part in _small(parts, sheets):
        try:
            xlsb.show_numbers(parts.archive.read(part), formats, rows)
        except Refusal as refusal:
            broken = broken or refusal
    if broken:
        raise broken
    _read_around(source, parts, visibility, sink)


def read_xls(source: Source, ole: olefile.OleFileIO, sink: Sink) -> None:
    """Read the cells of a workbook of Excel 5 to 2003."""
    with ole.openstream("Workbook" if ole.exists("Workbook") else "Book") as stream:
        data: bytes = stream.read(_STREAM)
    book = biff.Workbook(data)
    if book.has_password:
        raise encrypted()
    _cells(source, sink)
    rows = ShownRows(book.formats, sink)
    for sheet in book.sheets():
        if sheet.hidden:
            continue
        if sheet.size <= _SECOND_LOOK:
            book.show_numbers(sheet, rows)
        if book.is_unicode:  # the texts of Excel 5 and 95 are of another make
            for text in book.texts_around(sheet):
                sink.line(text)
    read_objects(source, ole, sink, book.unseen_objects())
