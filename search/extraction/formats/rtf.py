"""Rich Text Format 1.9: text of the document, its notes and comments, its properties.

Bytes are read in one pass; code pages follow \\ansicpg and the character set of the
font in use; \\uN stands for itself and swallows its \\ucN substitutes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from ..sink import Sink, Source, malformed

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\'(?P<hex>[0-9a-fA-F]{2})"
    rb"|\\(?P<symbol>[^a-zA-Z'])"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}\r\n\x00]+)"
    rb"|[\r\n\x00]+|\\'?",
    re.S,
)
# Destinations without text to read.
_HIDDEN = frozenset(
    b"colortbl stylesheet listtable listoverridetable pict objdata themedata datastore "
    b"colorschememapping latentstyles generator xmlnstbl rsidtbl fldinst nonshppict filetbl revtbl "
    b"bkmkstart bkmkend atnid atnref atndate atntime atnicn atnparent shprslt sp datafield "
    b"panose falt fontemb mmathPr wgrffmtfilter template keycode private pgptbl ud htmltag "
    b"mhtmltag txe xe tc tcn rxe background docvar factoidname oldcprops ftnsep ftnsepc ftncn "
    b"aftnsep aftnsepc aftncn passwordhash list leveltext "
    b"levelnumbers listname listpicture xmlattrname xmlattrvalue userprops info".split()
)
# Text that interrupts the document's, often in the middle of a word: kept for its end.
_NOTES = frozenset(b"annotation atnauthor footnote".split())
# Destinations that \* marks as ignorable, and that hold text all the same.
_SHOWN = frozenset(b"annotation shpinst shptxt atnauthor footnote listtext pntext do".split())
_FACTS = {
    b"title": "title",
    b"author": "author",
    b"subject": "subject",
    b"keywords": "keywords",
    b"category": "category",
    b"doccomm": "comment",
    b"sn": "property",
}
# The property of a drawing or picture that is read instead of it.
_ALTERNATIVE = "wzDescription"
_CHARACTERS = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n\n",
    b"page": "\n\n",
    b"row": "\n",
    b"nestrow": "\n",
    b"cell": "\t",
    b"nestcell": "\t",
    b"tab": "\t",
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"emspace": " ",
    b"enspace": " ",
    b"qmspace": " ",
    b"bullet": "\u2022",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n", b"\t": "\t"}
_CHARACTER_SETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_WORD_CODECS = {b"ansi": "cp1252", b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}
MAX_DEPTH = 10_000
BODY, SKIP, FONTS, FACT, NOTE = "body", "skip", "fonts", "fact", "note"


def _code_page(number: int) -> str:
    name = {10000: "mac_roman", 65001: "utf-8", 936: "gbk"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


@dataclass(frozen=True, slots=True)
class _Group:
    """What a group inherits and restores."""

    where: str = BODY
    hidden: bool = False
    deleted: bool = False
    fact: str = ""
    substitutes: int = 1
    font: int | None = None


class _Reader:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._group = _Group()
        self._stack: list[_Group] = []
        self._default = "cp1252"
        self._default_font: int | None = None
        self._fonts: dict[int, str] = {}
        self._font_in_table = 0
        self._bytes = bytearray()
        self._units: list[int] = []
        self._skip = 0
        self._facts: dict[str, str] = {}
        self._notes: list[str] = []
        self._starred = False
        self._over = False

    def read(self, data: bytes) -> None:
        position, end = 0, len(data)
        while position < end and not self._over:
            match = _TOKEN.match(data, position)
            if match is None:  # cannot be: every byte begins a token
                raise malformed("rtf", "Its text cannot be cut into tokens.")
            position = match.end()
            position += self._token(match)
        self._flush()
        self._sink.text("\n" + "".join(self._notes))
        facts = self._facts
        self._sink.describe(title=facts.get("title", ""), author=facts.get("author", ""))
        beside = ("subject", "keywords", "category", "comment")
        self._sink.aside(*(facts.get(name, "") for name in beside))

    def _token(self, match: re.Match[bytes]) -> int:
        """Handle one token; the number of raw bytes to pass over after it."""
        kind = match.lastgroup
        if kind == "text":
            self._text(match["text"])
        elif kind == "hex":
            self._text(bytes((int(match["hex"], 16),)))
        elif kind == "brace":
            self._brace(match["brace"])
        elif kind == "symbol":
            self._symbol(match["symbol"])
        elif kind in {"word", "number"}:
            number = match["number"]
            return self._word(match["word"], int(number) if number is not None else None)
        return 0

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._skip = 0
        self._starred = False
        if brace == b"{":
            if len(self._stack) >= MAX_DEPTH:
                raise malformed("rtf_depth", f"Its groups nest deeper than {MAX_DEPTH}.")
            self._stack.append(self._group)
        elif self._stack:
            outer = self._stack.pop()
            if self._group.where == NOTE != outer.where:
                self._notes.append("\n")
            self._group = outer
            self._over = not self._stack  # what follows the document's group is not part of it

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = True
        elif symbol in b"\\{}":
            self._text(symbol)
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])

    def _text(self, data: bytes) -> None:
        if self._skip:
            taken = min(self._skip, len(data))
            self._skip -= taken
            data = data[taken:]
        if data and self._group.where != SKIP:
            if self._units:
                self._flush()
            self._bytes += data

    def _say(self, text: str) -> None:
        if self._skip:
            self._skip -= 1
            return
        self._flush()
        self._emit(text)

    def _emit(self, text: str) -> None:
        group = self._group
        if (group.hidden or group.deleted) and group.where in {BODY, NOTE}:
            return  # taken out by its author, or not for every reader
        if group.where == BODY:
            self._sink.text(text)
        elif group.where == NOTE:
            self._notes.append(text)
        elif group.where == FACT and len(self._facts.get(group.fact, "")) < 1000:
            self._facts[group.fact] = self._facts.get(group.fact, "") + text

    def _flush(self) -> None:
        if self._units:
            data = b"".join(unit.to_bytes(2, "little") for unit in self._units)
            self._units.clear()
            self._emit(data.decode("utf-16-le", "replace"))
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            self._emit(data.decode(self._codec(), "replace"))

    def _codec(self) -> str:
        font = self._group.font if self._group.font is not None else self._default_font
        return self._fonts.get(font, self._default) if font is not None else self._default

    def _word(self, word: bytes, number: int | None) -> int:
        starred, self._starred = self._starred, False
        if word == b"bin":
            return max(0, number or 0)
        if word == b"u" and number is not None:
            self._unicode(number)
            return 0
        if self._skip and word not in {b"uc"}:
            # A substitute may be a control word; anything else ends the substitutes.
            self._skip -= 1
            if word in _CHARACTERS:
                return 0
        self._flush()
        group = self._group
        if starred and word not in _SHOWN and word not in _FACTS:
            self._group = replace(group, where=SKIP)
        elif group.where == FONTS:
            self._font_table(word, number)
        elif word in _CHARACTERS:
            self._emit(_CHARACTERS[word])
        elif word == b"sv" and self._in_info():
            if self._facts.pop("property", "") == _ALTERNATIVE:
                self._group = replace(group, where=NOTE, hidden=False)
        elif word in _FACTS and self._in_info():
            # Written twice where a reader may not know Unicode: the second one is better.
            self._facts.pop(_FACTS[word], None)
            self._group = replace(group, where=FACT, fact=_FACTS[word])
        elif word in _NOTES and group.where != SKIP:
            self._group = replace(group, where=NOTE)
        elif word in _HIDDEN:
            self._group = replace(group, where=SKIP)
        elif word == b"fonttbl":
            self._group = replace(group, where=FONTS)
        elif word == b"v":
            self._group = replace(group, hidden=number != 0)
        elif word == b"deleted":
            self._group = replace(group, deleted=number != 0)
        elif number is not None:
            self._state(word, number)
        elif word in _WORD_CODECS:
            self._default = _WORD_CODECS[word]
        elif word == b"plain":
            self._group = replace(group, font=None, hidden=False)
        elif word in {b"shptxt", b"header", b"footer"}:
            self._emit("\n")
        return 0

    def _in_info(self) -> bool:
        """Whether the group is in {\\info …} or {\\sp …}: the skipped ones that hold facts."""
        return self._group.where == SKIP

    def _state(self, word: bytes, number: int) -> None:
        if word == b"uc":
            self._group = replace(self._group, substitutes=min(max(number, 0), 100))
        elif word == b"f":
            self._group = replace(self._group, font=number)
        elif word == b"deff":
            self._default_font = number
        elif word == b"ansicpg":
            self._default = _code_page(number)

    def _font_table(self, word: bytes, number: int | None) -> None:
        self._bytes.clear()
        if number is None:
            return
        if word == b"f":
            self._font_in_table = number
        elif word == b"fcharset" and number in _CHARACTER_SETS and len(self._fonts) < 10_000:
            self._fonts[self._font_in_table] = _CHARACTER_SETS[number]
        elif word == b"cpg":
            self._fonts[self._font_in_table] = _code_page(number)

    def _unicode(self, number: int) -> None:
        if self._group.where in {BODY, FACT, NOTE}:
            if self._bytes:
                self._flush()
            self._units.append(number & 0xFFFF)
        self._skip = self._group.substitutes


def read_rtf(source: Source, sink: Sink) -> None:
    """Read the whole file."""
    rtf_text(source.read_all(source.limits.file_bytes), sink)


def rtf_text(data: bytes, sink: Sink) -> None:
    """Add the text of the RTF document `data`."""
    _Reader(sink).read(data)
