"""WordprocessingML: body, tables, text boxes, headers, footers, notes, comments."""

from __future__ import annotations

from ..dispatch import read_nested
from ..sink import Sink, Source, malformed
from ..words import words
from .drawing import PARTS, DrawingText
from .package import Package
from .xml import Attributes, Handler

# Subtrees that hold no text to read: properties, codes, deleted and duplicated passages.
_SKIPPED = words(
    "pPr rPr tblPr tblPrEx tblGrid trPr tcPr sectPr sdtPr instrText delInstrText delText moveFrom "
    "Fallback rt fldData binData ctrlPr"
)
_SYMBOLS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_OTHER_PARTS = (
    "wordprocessingml.header+xml",
    "wordprocessingml.footer+xml",
    "wordprocessingml.footnotes+xml",
    "wordprocessingml.endnotes+xml",
    "wordprocessingml.comments+xml",
)


class WordText(Handler):
    """Text of runs (w:t, and m:t, a:t inside), by paragraphs; the cells of a row on one line."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._skipped = 0
        self._capture = False
        self._cells = 0

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if self._skipped:
            self._skipped += 1
        elif name in _SKIPPED:
            self._skipped = 1
        elif name == "t":
            self._capture = True
        elif name in _SYMBOLS:
            self._sink.text(_SYMBOLS[name])
        elif name == "tc":
            self._cells += 1
        elif name == "textpath":
            self._sink.line(attributes.get("string", ""))

    def end(self, name: str, /) -> None:
        """See Handler."""
        if self._skipped:
            self._skipped -= 1
        elif name == "t":
            self._capture = False
        elif name == "p":
            self._sink.text(" " if self._cells else "\n")
        elif name == "tc":
            self._cells -= 1
            self._sink.text("\t")
        elif name == "tr":
            self._sink.text("\n")

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._capture and not self._skipped:
            self._sink.text(text)


def read_docx(source: Source, parts: Package, sink: Sink) -> None:
    """Read the main part, then everything beside it."""
    parts.describe(sink)
    if not parts.main:
        raise malformed("ooxml", "It has no main part.")
    parts.walk(parts.main, WordText(sink))
    for _part in parts.each(parts.parts(*_OTHER_PARTS), WordText(sink), sink):
        pass
    for _part in parts.each(parts.parts(*PARTS), DrawingText(sink), sink):
        pass
    for part in sorted(set(parts.relations_of(parts.main).values())):
        # Alternative format chunks: whole HTML, RTF or mail documents pasted in.
        if part.rpartition(".")[2].lower() in {"html", "htm", "xhtml", "mht", "rtf", "txt"}:
            read_nested(source, sink, part, parts.archive.read(part))
    parts.read_embedded(source, sink)
