"""Walking through XML as it is read: no tree, no entity, no more depth than allowed."""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

from ..sink import malformed

CHUNK = 64 * 1024
Attributes = dict[str, str]
_OF_PICTURES = ("title", "desc")


class Readable(Protocol):
    """Anything with read(n)."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...


class Handler:
    """Receives the events of a document.

    Names of elements and attributes are local, but for Dublin Core's ("dc:title"), what is read
    instead of a picture ("svg:title") and the id of a relation ("r:id"), which stand beside
    others of the same local name.
    """

    def start(self, name: str, attributes: Attributes, /) -> None:
        """An element begins."""

    def end(self, name: str, /) -> None:
        """An element ends."""

    def data(self, text: str, /) -> None:
        """Character data."""


class Together(Handler):
    """Hands every event to several handlers, in one pass over the document."""

    def __init__(self, *handlers: Handler) -> None:
        self._handlers = handlers

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        for handler in self._handlers:
            handler.start(name, attributes)

    def end(self, name: str, /) -> None:
        """See Handler."""
        for handler in self._handlers:
            handler.end(name)

    def data(self, text: str, /) -> None:
        """See Handler."""
        for handler in self._handlers:
            handler.data(text)


def local_name(name: str) -> str:
    """The name that handlers see for "namespace name"."""
    namespace, _, local = name.rpartition(" ")
    if "purl.org/dc/" in namespace:
        return f"dc:{local}"
    return f"svg:{local}" if local in _OF_PICTURES and "svg" in namespace else local


def _localised(attributes: Attributes) -> Attributes:
    """Attributes by the names that handlers see."""
    found: Attributes = {}
    for key, value in attributes.items():
        namespace, _, name = key.rpartition(" ")
        found[f"r:{name}" if namespace.endswith("/relationships") else name] = value
    return found


def walk(stream: Readable, handler: Handler, depth: int) -> None:
    """Parse `stream` and call `handler`.

    Raises Refusal on anything that is not well formed, declares an entity (the only
    way to make a small document large or to point outside) or nests past `depth`.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    level = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal level
        level += 1
        if level > depth:
            raise malformed("xml_depth", f"Its XML nests deeper than {depth} levels.")
        handler.start(local_name(name), _localised(attributes) if attributes else attributes)

    def end(name: str) -> None:
        nonlocal level
        level -= 1
        handler.end(local_name(name))

    def entity(*_declaration: object) -> None:
        raise malformed("xml_entity", "Its XML declares entities, which are not accepted.")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.data
    parser.EntityDeclHandler = entity
    try:
        while data := stream.read(CHUNK):
            parser.Parse(data, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise malformed("xml", f"Its XML is not well formed: {error}.") from error
