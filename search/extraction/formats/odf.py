"""OpenDocument (ODF 1.3, and OpenOffice.org 1): text, sheet, presentation, drawing."""

from __future__ import annotations

from ..sink import Sink, Source, encrypted, malformed
from ..words import words
from .archive import DAMAGE, Archive
from .xml import Attributes, Handler, walk

_KINDS = {
    "text": "odt",
    "spreadsheet": "ods",
    "presentation": "odp",
    "graphics": "odg",
    "writer": "odt",
    "calc": "ods",
    "impress": "odp",
    "draw": "odg",
}
_PREFIXES = ("application/vnd.oasis.opendocument.", "application/vnd.sun.xml.")
# In a header these stand for what is only known in print; a line with one says nothing else.
_PRINTED = words("sheet-name page-number page-count date time file-name")
_SKIPPED = words(
    "tracked-changes scripts forms sequence-decls ruby-text binary-data initial-creator generator"
)
OBJECTS = 50


def is_odf(mime: str) -> bool:
    """Whether the `mimetype` member names an OpenDocument type."""
    return mime.startswith(_PREFIXES)


def kind_of(mime: str) -> str:
    """File kind of an OpenDocument type, templates and masters included."""
    for prefix in _PREFIXES:
        rest = mime.removeprefix(prefix)
        if rest != mime:
            return _KINDS.get(rest.partition("-")[0].partition(".")[0], "odf")
    return "odt"


class OdfText(Handler):
    """Text of paragraphs and headings; the cells of a row on one line.

    With `only`, text is taken within these elements alone (the headers of styles.xml),
    less the paragraphs that print page numbers and the like.
    """

    def __init__(self, sink: Sink, only: frozenset[str] = frozenset()) -> None:
        self._sink = sink
        self._only = only
        self._inside = 0
        self._skipped = 0
        self._paragraphs = 0
        self._cells = 0
        self._line: list[str] = []
        self._printed = False
        self._marks: list[str] = []

    def _wanted(self) -> bool:
        return not self._skipped and self._paragraphs > 0 and (not self._only or self._inside > 0)

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        # Dublin Core: creator and date of an annotation, or the file's own facts.
        if self._skipped or name in _SKIPPED or name.startswith("dc:"):
            self._skipped += 1
            return
        if name in self._only or (self._only and attributes.get("class") in self._only):
            self._inside += 1
            self._marks.append(name)
        if name in {"p", "h"}:
            self._paragraphs += 1
        elif name == "table-cell":
            self._cells += 1
        elif not self._wanted():
            return
        elif name in _PRINTED:
            self._printed = True
        elif name == "s":
            count = attributes.get("c", "1")
            self._say(" " * min(int(count) if count.isdecimal() else 1, 100))
        elif name == "tab":
            self._say("\t")
        elif name in {"line-break", "annotation", "frame", "title", "desc", "note-body"}:
            self._say("\n")

    def _say(self, text: str) -> None:
        if self._only:
            self._line.append(text)
        else:
            self._sink.text(text)

    def end(self, name: str, /) -> None:
        """See Handler."""
        if self._skipped:
            self._skipped -= 1
            return
        if name in {"p", "h"}:
            if self._wanted():
                self._say(" " if self._cells else "\n")
                if self._only:
                    self._sink.text("" if self._printed else "".join(self._line))
                    self._line.clear()
                    self._printed = False
            self._paragraphs -= 1
        elif name == "table-cell":
            self._cells -= 1
            self._sink.text("\t")
        elif name == "table-row":
            self._sink.text("\n")
        elif name in {"annotation", "title", "desc", "note-body"} and self._wanted():
            self._say("\n")
        if self._marks and name == self._marks[-1]:
            self._marks.pop()
            self._inside -= 1

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._wanted():
            self._say(text)


class OdfFacts(Handler):
    """Title and author from meta.xml (or the meta of a flat file)."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self._current = ""
        self._meta = 0

    def start(self, name: str, _attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "meta":
            self._meta += 1
        if self._meta and name in {"dc:title", "initial-creator", "dc:creator"}:
            self._current = name

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name == "meta":
            self._meta -= 1
        self._current = ""

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._current:
            self.facts[self._current] = self.facts.get(self._current, "") + text

    def describe(self, sink: Sink) -> None:
        """Tell them."""
        author = self.facts.get("initial-creator") or self.facts.get("dc:creator", "")
        sink.describe(title=self.facts.get("dc:title", ""), author=author)


class _Manifest(Handler):
    encrypted = False

    def start(self, name: str, _attributes: Attributes, /) -> None:
        if name == "encryption-data":
            self.encrypted = True


HEADERS = words("header footer header-left footer-left header-first footer-first")


def read_odf(source: Source, archive: Archive, sink: Sink) -> None:
    """Read content, headers and footers, and the objects embedded in the file."""
    depth = source.limits.xml_depth

    def read(name: str, handler: Handler) -> None:
        with archive.open(name) as stream:
            try:
                walk(stream, handler, depth)
            except DAMAGE as error:
                raise malformed("zip_member", f"Its part {name} is damaged: {error}.") from error

    manifest = _Manifest()
    if "META-INF/manifest.xml" in archive:
        read("META-INF/manifest.xml", manifest)
    if manifest.encrypted:
        raise encrypted()
    if "meta.xml" in archive:
        facts = OdfFacts()
        read("meta.xml", facts)
        facts.describe(sink)
    read("content.xml", OdfText(sink))
    if "styles.xml" in archive:
        sink.text("\n")
        read("styles.xml", OdfText(sink, only=HEADERS))
    inner = [name for name in archive.names if name.endswith("/content.xml")]
    for name in inner[:OBJECTS]:
        sink.text("\n")
        read(name, OdfText(sink))
