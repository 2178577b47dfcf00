"""WordprocessingML: body, tables, text boxes, headers, footers, notes, comments."""

from __future__ import annotations

import contextlib

from ..dispatch import read_nested
from ..sink import Refusal, Sink, Source, malformed
from ..words import words
from .drawing import PARTS, DrawingText, say_alternative
from .package import Package
from .xml import Attributes, Handler

# Subtrees that hold no text to read: properties, codes, deleted and duplicated passages.
_SKIPPED = words(
    "pPr rPr tblPr tblPrEx tblGrid trPr tcPr sectPr sdtPr instrText delInstrText delText del "
    "moveFrom Fallback rt fldData binData ctrlPr"
)
_SYMBOLS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_STYLES_DEEP = 20
_PARTS_OPEN = words("p r tr tc")
# Rows and cells whose deletion is tracked: the element of their properties, and what is in it.
_DELETED = {("trPr", "del"), ("tcPr", "cellDel")}
_OTHER_PARTS = (
    "wordprocessingml.header+xml",
    "wordprocessingml.footer+xml",
    "wordprocessingml.footnotes+xml",
    "wordprocessingml.endnotes+xml",
    "wordprocessingml.comments+xml",
)


def is_on(attributes: Attributes) -> bool:
    """Whether a property of WordprocessingML that can be on or off (ST_OnOff) is on."""
    return attributes.get("val", "1").lower() not in {"0", "false", "off"}


class HiddenStyles(Handler):
    """Styles that hide text, from styles.xml: by themselves, or by what they are based on."""

    def __init__(self) -> None:
        self._own: dict[str, bool] = {}
        self._based: dict[str, str] = {}
        self._style = ""

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "style":
            self._style = attributes.get("styleId", "")
        elif name == "basedOn":
            self._based[self._style] = attributes.get("val", "")
        elif name == "vanish" and self._style:
            self._own[self._style] = is_on(attributes)

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name == "style":
            self._style = ""

    def names(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(style for style in {*self._own, *self._based} if self._hides(style))

    def _hides(self, style: str) -> bool:
        for _step in range(_STYLES_DEEP):
            if style in self._own or style not in self._based:
                break
            style = self._based[style]
        return self._own.get(style, False)


class WordText(Handler):
    """Text of runs (w:t, and m:t, a:t inside), by paragraphs; the cells of a row on one line.

    What its author hid is left out: runs with the property, or of one of the styles `hidden`.
    """

    def __init__(self, sink: Sink, hidden: frozenset[str] = frozenset()) -> None:
        self._sink = sink
        self._hidden = hidden
        self._skipped = 0
        self._capture = False
        self._cells = 0
        # For each open part, whether it is hidden: a text box has its own inside a run.
        self._open: list[bool] = [False]
        self._last = ""
        self._properties = ""

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if self._skipped:
            self._skipped += 1
            self._property(name, attributes)
            return
        last, self._last = self._last, name
        if name in _PARTS_OPEN:
            self._open.append(self._open[-1])
        if name == "tc":
            self._cells += 1
        if name in _SKIPPED:
            self._skipped = 1
            # Of a paragraph only the style counts: what else is there is about its mark.
            self._properties = "" if name == "rPr" and last != "r" else name
        elif self._open[-1]:
            return
        elif name == "docPr":
            say_alternative(attributes, self._sink)
        elif name == "shape" and attributes.get("alt"):
            self._sink.text(f" {attributes['alt']} ")
        elif name == "t":
            self._capture = True
        elif name in _SYMBOLS:
            self._sink.text(_SYMBOLS[name])
        elif name == "textpath":
            self._sink.line(attributes.get("string", ""))

    def _property(self, name: str, attributes: Attributes) -> None:
        """Look at a direct property of the part that is open."""
        if self._skipped != 2:  # deeper is what it was before a change, or the paragraph's mark
            return
        if name == "vanish" and self._properties == "rPr":
            self._open[-1] = is_on(attributes)
            return
        of_style = name in {"rStyle", "pStyle"} and attributes.get("val", "") in self._hidden
        if of_style or (self._properties, name) in _DELETED:
            self._open[-1] = True

    def end(self, name: str, /) -> None:
        """See Handler."""
        if self._skipped:
            self._skipped -= 1
            return
        hidden = self._open.pop() if name in _PARTS_OPEN else self._open[-1]
        if name == "t":
            self._capture = False
        elif name == "tc":
            self._cells -= 1
        if name in {"p", "tc", "tr"} and not hidden:
            within = " " if name == "p" and self._cells else "\n"
            self._sink.text("\t" if name == "tc" else within)

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._capture and not self._skipped:
            self._sink.text(text)


def read_docx(source: Source, parts: Package, sink: Sink) -> None:
    """Read the main part, then everything beside it."""
    parts.describe(sink)
    if not parts.main:
        raise malformed("ooxml", "It has no main part.")
    styles = HiddenStyles()
    for part in parts.parts("wordprocessingml.styles+xml")[:1]:
        with contextlib.suppress(Refusal):  # a document is readable without its styles
            parts.walk(part, styles)
    hidden = styles.names()
    parts.walk(parts.main, WordText(sink, hidden))
    for _part in parts.each(parts.parts(*_OTHER_PARTS), WordText(sink, hidden), sink):
        pass
    for _part in parts.each(parts.parts(*PARTS), DrawingText(sink), sink):
        pass
    for part in sorted(set(parts.relations_of(parts.main).values())):
        # Alternative format chunks: whole HTML, RTF or mail documents pasted in.
        if part.rpartition(".")[2].lower() in {"html", "htm", "xhtml", "mht", "rtf", "txt"}:
            read_nested(source, sink, part, parts.archive.read(part))
    parts.read_embedded(source, sink)
    parts.say_properties(sink)
