"""OpenDocument (ODF 1.3, and OpenOffice.org 1): text, sheet, presentation, drawing."""

from __future__ import annotations

from dataclasses import dataclass

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
_ASIDE = ("dc:subject", "keyword", "dc:description")
_META = ("dc:title", "initial-creator", "dc:creator", *_ASIDE)
OBJECTS = 50
LONGEST_PARAGRAPH = 1024 * 1024  # characters that wait for its end; of a longer one none is hidden
# What holds text: paragraphs, headings, and what is read instead of a picture.
_TEXTS = words("p h svg:title svg:desc")
# Elements of text by the family of their styles, which may hide them.
_FAMILIES = {"p": "paragraph", "h": "paragraph", "span": "text", "table": "table"}
# In OpenOffice.org 1, properties have no element of their own for each family.
_TABLE_PROPERTIES = words("table-properties properties")


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


class HiddenStyles(Handler):
    """The styles that hide text, by themselves or by the one above them, as they come."""

    def __init__(self) -> None:
        self._hidden: set[tuple[str, str]] = set()
        self._current = "", ""

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "style":
            family = attributes.get("family", "")
            self._current = family, attributes.get("name", "")
            if (family, attributes.get("parent-style-name", "")) in self._hidden:
                self._hidden.add(self._current)
        elif self._current[1] and "display" in attributes:
            if name == "text-properties":
                self._tell(attributes["display"] == "none")
            elif name in _TABLE_PROPERTIES and self._current[0] == "table":
                self._tell(attributes["display"] == "false")

    def _tell(self, hidden: bool) -> None:
        (self._hidden.add if hidden else self._hidden.discard)(self._current)

    def end(self, name: str, /) -> None:
        """See Handler."""
        if name == "style":
            self._current = "", ""

    def hide(self, name: str, attributes: Attributes) -> bool:
        """Whether an element is hidden, by its own word or its style."""
        style = _FAMILIES.get(name, ""), attributes.get("style-name", "")
        return (
            style in self._hidden
            or (attributes.get("display") == "none" and name != "text-properties")
            # A field, or a section by a condition, as it was when the file was saved.
            or (attributes.get("is-hidden") == "true" and name != "hidden-paragraph")
        )


@dataclass(slots=True)
class _Paragraph:
    """One that is open: where its text begins among what is kept back, and whether it is read."""

    start: int
    left_out: bool = False


class OdfText(Handler):
    """Text of paragraphs and headings; the cells of a row on one line.

    Left out: what is hidden by itself, by its section, by its style (a sheet) or by a field
    that stands in it, so that a paragraph is kept back until its end. `styles` are
    those of the document's other part. The objects that were met are told by their parts.
    With `only`, text is taken within these elements alone (the headers of styles.xml),
    less the paragraphs that print page numbers and the like.
    """

    def __init__(
        self,
        sink: Sink,
        only: frozenset[str] = frozenset(),
        styles: HiddenStyles | None = None,
    ) -> None:
        self._sink = sink
        self._only = only
        self._inside = 0
        self._skipped = 0
        self._paragraphs: list[_Paragraph] = []
        self._cells = 0
        self._kept: list[str] = []
        self._kept_length = 0
        self._marks: list[str] = []
        self.hidden_objects: set[str] = set()
        self.shown_objects: set[str] = set()
        self._styles = styles or HiddenStyles()

    def _wanted(self) -> bool:
        return not self._skipped and bool(self._paragraphs) and (not self._only or self._inside > 0)

    def start(self, name: str, attributes: Attributes, /) -> None:
        """See Handler."""
        # Dublin Core: creator and date of an annotation, or the file's own facts.
        self._styles.start(name, attributes)
        if name == "object":
            objects = self.hidden_objects if self._skipped else self.shown_objects
            objects.add(attributes.get("href", "").lstrip("#").removeprefix("./") + "/content.xml")
        if (
            self._skipped
            or name in _SKIPPED
            or name.startswith("dc:")
            or self._styles.hide(name, attributes)
        ):
            self._skipped += 1
            return
        if name in self._only or (self._only and attributes.get("class") in self._only):
            self._inside += 1
            self._marks.append(name)
        if name in _TEXTS:
            self._paragraphs.append(_Paragraph(len(self._kept)))
        elif name == "table-cell":
            self._cells += 1
        elif not self._wanted():
            return
        elif name in _PRINTED:
            self._paragraphs[-1].left_out |= bool(self._only)
        elif name == "hidden-paragraph":
            self._paragraphs[-1].left_out |= attributes.get("is-hidden") == "true"
        elif name == "s":
            count = attributes.get("c", "1")
            self._say(" " * min(int(count) if count.isdecimal() else 1, 100))
        elif name == "tab":
            self._say("\t")
        elif name in {"line-break", "annotation", "frame", "note-body"}:
            self._say("\n")

    def _say(self, text: str) -> None:
        self._kept.append(text)
        self._kept_length += len(text)
        if not self._paragraphs or self._kept_length > LONGEST_PARAGRAPH:
            self._sink.text("".join(self._kept))
            self._kept.clear()
            self._kept_length = 0
            for paragraph in self._paragraphs:
                paragraph.start = 0

    def end(self, name: str, /) -> None:
        """See Handler."""
        self._styles.end(name)
        if self._skipped:
            self._skipped -= 1
            return
        if name in _TEXTS:
            if self._wanted():
                self._say(" " if self._cells else "\n")
            paragraph = self._paragraphs.pop()
            if paragraph.left_out:
                del self._kept[paragraph.start :]
            self._say("")
        elif name == "table-cell":
            self._cells -= 1
            self._say("\t")
        elif name == "table-row" or (name in {"annotation", "note-body"} and self._wanted()):
            self._say("\n")
        if self._marks and name == self._marks[-1]:
            self._marks.pop()
            self._inside -= 1

    def data(self, text: str, /) -> None:
        """See Handler."""
        if self._wanted():
            self._say(text)


class OdfFacts(Handler):
    """Title, author, subject, keywords and comment from meta.xml (or the meta of a flat file)."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self._current = ""
        self._meta = 0

    def start(self, name: str, _attributes: Attributes, /) -> None:
        """See Handler."""
        if name == "meta":
            self._meta += 1
        if self._meta and name in _META:
            self._current = name
            if name == "keyword" and name in self.facts:
                self.facts[name] += ", "

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
        """Tell title and author."""
        author = self.facts.get("initial-creator") or self.facts.get("dc:creator", "")
        sink.describe(title=self.facts.get("dc:title", ""), author=author)

    def say_others(self, sink: Sink) -> None:
        """Add the others."""
        sink.aside(*(self.facts.get(name, "") for name in _ASIDE))


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
    facts = OdfFacts()
    if "meta.xml" in archive:
        read("meta.xml", facts)
        facts.describe(sink)
    styles = HiddenStyles()
    if "styles.xml" in archive:
        read("styles.xml", styles)
    text = OdfText(sink, styles=styles)
    read("content.xml", text)
    if "styles.xml" in archive:
        sink.text("\n")
        read("styles.xml", OdfText(sink, only=HEADERS))
    unseen = text.hidden_objects - text.shown_objects
    inner = [name for name in archive.names if name.endswith("/content.xml") and name not in unseen]
    for name in inner[:OBJECTS]:
        sink.text("\n")
        read(name, OdfText(sink))
    facts.say_others(sink)
