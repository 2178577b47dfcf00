"""PresentationML: slides in their order with their notes, then comments, charts, diagrams."""

from __future__ import annotations

from ..sink import Sink, Source, malformed
from .drawing import PARTS, DrawingText
from .package import Package
from .xml import Attributes, Handler


class _Order(Handler):
    """Relation ids of the slides, from presentation.xml."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def start(self, name: str, attributes: Attributes, /) -> None:
        if name == "sldId":
            self.ids.append(attributes.get("r:id", ""))


class _Comments(Handler):
    """Comments of both generations: p:text, and the DrawingML of p188."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._capture = 0

    def start(self, name: str, _attributes: Attributes, /) -> None:
        if name in {"text", "t"}:
            self._capture += 1

    def end(self, name: str, /) -> None:
        if name in {"text", "t"}:
            self._capture -= 1
            self._sink.text("\n")

    def data(self, text: str, /) -> None:
        if self._capture:
            self._sink.text(text)


def _slides(parts: Package) -> list[str]:
    order = _Order()
    parts.walk(parts.main, order)
    relations = parts.relations_of(parts.main)
    listed = [relations[found] for found in order.ids if found in relations]
    listed = [part for part in listed if part in parts.archive]
    rest = [part for part in parts.parts("presentationml.slide+xml") if part not in listed]
    return listed + rest


def read_pptx(source: Source, parts: Package, sink: Sink) -> None:
    """Read everything but masters and layouts, whose text is only advice."""
    parts.describe(sink)
    if not parts.main:
        raise malformed("ooxml", "It has no main part.")
    ordered: list[str] = []
    for slide in _slides(parts):
        ordered.append(slide)
        related = parts.relations_of(slide).values()
        ordered += [
            part for part in related if parts.types.get(part, "").endswith("notesSlide+xml")
        ]
    for _part in parts.each(ordered, DrawingText(sink), sink):
        pass
    comments = parts.parts("presentationml.comments+xml", "ms-powerpoint.comments+xml")
    for _part in parts.each(comments, _Comments(sink), sink):
        pass
    for _part in parts.each(parts.parts(*PARTS), DrawingText(sink), sink):
        pass
    parts.read_embedded(source, sink)
    parts.say_properties(sink)
