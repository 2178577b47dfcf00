"""DrawingML text, common to slides, charts, diagrams and the shapes of a sheet."""

from __future__ import annotations

from ..sink import Sink
from .xml import Attributes, Handler

PARTS = ("drawingml.chart+xml", "drawingml.diagramData+xml", "ms-office.chartex+xml")


def say_alternative(attributes: Attributes, sink: Sink) -> None:
    """Add what is read instead of a picture (its name, "Image 3", says nothing)."""
    for name in ("title", "descr"):
        if text := attributes.get(name, "").strip():
            sink.text(f" {text} ")


class DrawingText(Handler):
    """Text of `a:t` by paragraphs, of the cached strings of charts, and alternative texts."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._field = 0
        self._capture = False
        self._strings = 0
        self._skipped = 0

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if self._skipped:
            self._skipped += 1
        elif name == "Fallback" or (name == "fld" and attributes.get("type") == "slidenum"):
            self._skipped = 1
        elif name == "t":
            self._capture = True
        elif name == "strCache":
            self._strings += 1
        elif name == "v" and self._strings:
            self._capture = True
        elif name == "br":
            self._sink.text("\n")
        elif name == "cNvPr":
            say_alternative(attributes, self._sink)

    def end(self, name: str, /) -> None:
        """See Handler."""
        if self._skipped:
            self._skipped -= 1
            return
        if name in {"t", "v"}:
            if name == "v" and self._capture:
                self._sink.text("\n")
            self._capture = False
        elif name == "p":
            self._sink.text("\n")
        elif name == "tc":
            self._sink.text("\t")
        elif name == "strCache":
            self._strings -= 1

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._capture and not self._skipped:
            self._sink.text(text)
