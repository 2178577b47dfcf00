"""Documents saved as one XML file: flat OpenDocument, Word 2003 XML, flat OPC."""

from __future__ import annotations

from ..sink import Sink
from .odf import OdfText
from .word import WordText
from .xml import Handler


def handler_for(root: str, sink: Sink) -> Handler | None:
    """The handler for a document whose first element is `root` (local name), or None."""
    match root:
        case "wordDocument" | "package":
            sink.describe(kind="doc", mime="application/msword")
            return WordText(sink)
        case "document" | "document-content":
            sink.describe(kind="odt", mime="application/vnd.oasis.opendocument.text-flat-xml")
            return OdfText(sink)
    return None
