"""Plain text and XML of no known kind, where they come inside another file or need a child."""

from __future__ import annotations

import contextlib
import io

from .. import plain
from ..sink import Sink, Source
from . import flat
from .xml import Attributes, Handler, walk


def read_text(source: Source, sink: Sink) -> None:
    """Decode the text."""
    most = source.limits.text_bytes
    sink.text(plain.decode(source.read_all(most), cut=source.size > most))


class _AnyXml(Handler):
    """Character data of all elements; the first element's name chooses a better reader."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def data(self, text: str, /) -> None:
        self._sink.text(text)

    def end(self, _name: str, /) -> None:
        self._sink.text(" ")


class _Root(Handler):
    class Found(Exception):
        pass

    name = ""

    def start(self, name: str, _attributes: Attributes, /) -> None:
        self.name = name
        raise self.Found


def read_xml(source: Source, sink: Sink) -> None:
    """Text of an XML document: by the rules of its kind if known, else all of it."""
    data = source.read_all(source.limits.file_bytes)
    root = _Root()
    with contextlib.suppress(_Root.Found):
        walk(io.BytesIO(data), root, source.limits.xml_depth)
    handler = flat.handler_for(root.name, sink) or _AnyXml(sink)
    walk(io.BytesIO(data), handler, source.limits.xml_depth)
