"""HTML by the standard library's tolerant parser: what a person would read on the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from .. import plain
from ..sink import SilentSink, Sink, Source
from ..words import words

_HIDDEN = {"script", "style", "template", "noscript", "svg", "object", "iframe"}
_BLOCKS = words(
    "address article aside blockquote br dd details div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tr ul "
    "option title"
)
_CELLS = {"td", "th"}
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.I)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_.-]{1,40})")


class _Page(HTMLParser):
    def __init__(self, sink: Sink) -> None:
        super().__init__(convert_charrefs=True)
        self._sink = sink
        self._hidden: list[str] = []
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            if len(self._hidden) < 100:
                self._hidden.append(tag)
            return
        if tag == "body":
            self._hidden.clear()  # nothing hidden reaches over the head's end
        if tag in _BLOCKS:
            self._sink.text("\n")
        elif tag in _CELLS:
            self._sink.text("\t")
        if tag == "title" and not self._hidden:
            self._title = []
        elif tag == "meta":
            facts = {name: value or "" for name, value in attrs}
            if facts.get("name", "").lower() == "author":
                self._sink.describe(author=facts.get("content", ""))
        elif tag == "img" and not self._hidden:
            self._sink.text(next((f" {value} " for name, value in attrs if name == "alt"), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _HIDDEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag in _BLOCKS:
            self._sink.text("\n")
        if tag == "title" and self._title is not None:
            self._sink.describe(title="".join(self._title))
            self._title = None

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._title is not None and len(self._title) < 100:
            self._title.append(data)
        self._sink.text(data)


def html_text(text: str, sink: Sink) -> None:
    """Add what a person reads of the HTML `text`."""
    page = _Page(sink)
    page.feed(text)
    page.close()


class _Collected(SilentSink):
    """Keeps the text that it is told, for whoever has to look at it first."""

    def __init__(self, outer: Sink) -> None:
        super().__init__(outer)
        self.pieces: list[str] = []

    def text(self, text: str) -> None:
        """See Sink; nothing reaches the enclosing file."""
        self.pieces.append(text)


def html_said(text: str, outer: Sink) -> str:
    """Return what a person reads of the HTML `text`; `outer` is the sink of what holds it."""
    page = _Collected(outer)
    html_text(text, page)
    return "".join(page.pieces)


def decode_html(data: bytes, charset: str = "") -> str:
    """Text of an HTML file: by its mark, the `charset` it came with, or the one it declares."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return plain.decode(data)
    if not charset:
        head = data[:4096]
        found = _XML_ENCODING.search(head) or _CHARSET.search(head)
        charset = found[1].decode() if found else ""
        if charset.lower().startswith("utf-16"):  # it could not have been read so far
            charset = ""
        if charset.lower() in {"iso-8859-1", "latin1", "us-ascii", "ascii"}:
            charset = "cp1252"  # WHATWG Encoding: these labels mean Windows-1252
    return plain.decode_as(data, charset) if charset else plain.decode(data)


def read_html(source: Source, sink: Sink) -> None:
    """Read a page."""
    html_text(decode_html(source.read_all(4 * source.limits.text_bytes)), sink)
