"""Office Open XML packages (ECMA-376 part 2): parts, their types and relations."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Iterator
from urllib.parse import unquote

from ..dispatch import read_nested
from ..results import MIB, Limits
from ..sink import Refusal, Sink, Source, malformed
from .archive import DAMAGE, Archive
from .xml import Attributes, Handler, walk

_MAIN = re.compile(r"\.main(\+xml)?$")
_DOCUMENT_TYPES = re.compile(
    r"(wordprocessingml|presentationml|spreadsheetml|ms-word|ms-powerpoint|ms-excel)"
)
_TOLD = ("dc:title", "dc:creator")
_ASIDE = ("dc:subject", "keywords", "category", "dc:description")
EMBEDDED_BYTES = 64 * MIB


class _Types(Handler):
    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.extensions: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes, /) -> None:
        if name == "Override":
            part = attributes.get("PartName", "").lstrip("/")
            self.parts[unquote(part)] = attributes.get("ContentType", "")
        elif name == "Default":
            extension = attributes.get("Extension", "").lower()
            self.extensions[extension] = attributes.get("ContentType", "")


class _Relations(Handler):
    def __init__(self, base: str) -> None:
        self.targets: dict[str, str] = {}
        self._base = base

    def start(self, name: str, attributes: Attributes, /) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target = unquote(attributes.get("Target", ""))
        path = target if target.startswith("/") else posixpath.join(self._base, target)
        self.targets[attributes.get("Id", "")] = posixpath.normpath(path).lstrip("/")


class _Core(Handler):
    """docProps/core.xml: Dublin Core, and what Office keeps beside it."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self._current = ""

    def start(self, name: str, _attributes: Attributes, /) -> None:
        self._current = name if name in _TOLD or name in _ASIDE else ""

    def end(self, _name: str, /) -> None:
        self._current = ""

    def data(self, text: str, /) -> None:
        if self._current:
            self.facts[self._current] = self.facts.get(self._current, "") + text


class Package:
    """The parts of one file. `mime` is the media type of the document, from its main part."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self.archive = archive
        self._depth = limits.xml_depth
        types = _Types()
        self.walk("[Content_Types].xml", types)
        self.types: dict[str, str] = {}
        for name in archive.names:
            extension = name.rpartition(".")[2].lower()
            self.types[name.lstrip("/")] = types.extensions.get(extension, "")
        lower = {name.lower(): name for name in self.types}
        for name, kind in types.parts.items():
            if name.lower() in lower:
                self.types[lower[name.lower()]] = kind
        main, self.mime = self._find_main()
        self.main = main

    def _find_main(self) -> tuple[str, str]:
        by_relation = self.relations("", "_rels/.rels").values()
        candidates = [part for part in by_relation if part in self.types]
        for part in [*candidates, *self.types]:
            kind = self.types[part]
            if _MAIN.search(kind) and _DOCUMENT_TYPES.search(kind):
                return part, _MAIN.sub("", kind)
        return "", ""

    def walk(self, part: str, handler: Handler) -> None:
        """Parse a part. Raises Refusal where it is missing or not well formed."""
        with self.archive.open(part) as stream:
            try:
                walk(stream, handler, self._depth)
            except DAMAGE as error:
                raise malformed("zip_member", f"Its part {part} is damaged: {error}.") from error

    def relations(self, base: str, part: str) -> dict[str, str]:
        """Internal targets by id, from the relations part; none where there is none."""
        found = _Relations(base)
        if part in self.archive:
            self.walk(part, found)
        return found.targets

    def relations_of(self, part: str) -> dict[str, str]:
        """Internal targets of `part` by id."""
        folder, name = posixpath.split(part)
        return self.relations(folder, f"{folder}/_rels/{name}.rels")

    def parts(self, *endings: str) -> list[str]:
        """Parts whose type ends in one of `endings`, in their natural order (2 before 10)."""
        found = [part for part, kind in self.types.items() if kind.endswith(endings)]
        return sorted(found, key=natural)

    def describe(self, sink: Sink) -> None:
        """Tell title and author."""
        facts = self._facts()
        title, author = (facts.get(name, "") for name in _TOLD)
        sink.describe(title=title, author=author)

    def say_properties(self, sink: Sink) -> None:
        """Add subject, keywords, category and comment."""
        facts = self._facts()
        sink.aside(*(facts.get(name, "") for name in _ASIDE))

    def _facts(self) -> dict[str, str]:
        """Properties by name; those that cannot be read say nothing."""
        core = _Core()
        for part in self.parts("core-properties+xml")[:1]:
            try:
                self.walk(part, core)
            except Refusal:
                return {}
        return core.facts

    def each(self, parts: list[str], handler: Handler, sink: Sink) -> Iterator[str]:
        """Walk the parts one by one, each on new lines.

        One broken part does not hide the others: it is raised after the last.
        """
        broken: Refusal | None = None
        for part in parts:
            sink.text("\n")
            try:
                self.walk(part, handler)
            except Refusal as refusal:
                broken = broken or refusal
            yield part
        if broken:
            raise broken

    def read_embedded(
        self, source: Source, sink: Sink, unseen: Container[str] = frozenset()
    ) -> None:
        """Read the documents inside the document but the `unseen`, within the budget."""
        for name in sorted(self.archive.names, key=natural):
            if name.lstrip("/").lower() in unseen:
                continue
            if "/embeddings/" in name.lower() and self.archive.size(name) <= EMBEDDED_BYTES:
                read_nested(source, sink, name, self.archive.read(name))


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key under which slide2 comes before slide10."""
    pieces = re.split(r"(\d+)", name)
    return [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in pieces]
