"""Plain text: recognising and decoding it, and cleaning any extracted text.

No parser is involved, so this is safe outside the sandbox.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from directory.text import cleaned

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_CONTROLS = b"\t\n\r\f\x0b\x08\x1a\x1b"
_CONTROL_BYTES = bytes(set(range(0x20)) - set(_TEXT_CONTROLS)) + b"\x7f"
# Characters that carry nothing to read: controls, marks of direction, surrogates, private use
# (bullets of symbol fonts), noncharacters. What else nobody sees, `cleaned` takes away.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]"
)
# The controls of Latin-1 are in no text. What stands in their place was written in Windows-1252
# under the wrong name, as nearly all that calls itself Latin-1 (WHATWG Encoding).
_MISNAMED = re.compile("[\x80-\x9f]")
# What "surrogateescape" makes of bytes that are no UTF-8, and what they are in Windows-1252.
_STRAYS = re.compile("[\udc80-\udcff]")
_STRAY_BYTES = {
    0xDC00 + code: bytes((code,)).decode("cp1252", "replace") for code in range(128, 256)
}
# Of the 128 characters that code pages put in different places, those that French is written with.
_EXPECTED: Final = "éèêëàâçîïôùûœÉÈÊÀÂÇÎÔŒ‘’“”«»…–—€°"
# The pages of Windows, of DOS (850; French in 437 is the same) and of the Macintosh.
_PAGES: Final = {
    page: _EXPECTED.encode(page, "ignore") for page in ("cp1252", "cp850", "mac_roman")
}
_BLANK_LINES = re.compile(r"\n{3,}")
# A word that a soft hyphen breaks over two lines.
_BROKEN = re.compile(r"(?<=\w)\u00ad[ \t]*\n[ \t]*(?=\w)")


def looks_like_text(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a text in an encoding in use."""
    if any(head.startswith(bom) for bom, _ in _BOMS):
        return not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _wide(head[2:])
    if b"\x00" in head:
        return bool(_bare_utf16(head))
    strange = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return strange * 200 <= len(head)


def _wide(head: bytes) -> bool:
    """Whether bytes after a UTF-16 mark can be UTF-16: an MP3 frame starts with the same two."""
    units = len(head) // 2
    return units == 0 or head[: units * 2].count(b"\x00\x00") * 20 <= units


def _bare_utf16(head: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte of Western text is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 4 and odd > half * 0.6 and even < half * 0.02:
        return "utf-16-le"
    if half >= 4 and even > half * 0.6 and odd < half * 0.02:
        return "utf-16-be"
    return ""


def decode(data: bytes, *, cut: bool = False) -> str:
    """Text of `data`: by its byte order mark, else UTF-8, else by the likeliest code page.

    Never raises. In a text that is UTF-8 for the most part, a byte that is not is read in
    Windows-1252, and takes no other character with it. `cut` tells that `data` is a beginning,
    which may end in the middle of a character; where it is not told, what is there of the last
    one becomes U+FFFD, as all that no encoding explains.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, errors="replace")
    if bare := _bare_utf16(data[:4096]):
        return data.decode(bare, errors="replace")
    utf_8 = codecs.getincrementaldecoder("utf-8")
    try:
        return utf_8().decode(data, not cut)
    except UnicodeDecodeError:
        decoder = utf_8("surrogateescape")
        text = decoder.decode(data)
        unfinished = decoder.getstate()[0]
    strays = len(_STRAYS.findall(text))
    if _beyond_ascii(text) - strays > strays:
        return text.translate(_STRAY_BYTES) + ("\ufffd" if unfinished and not cut else "")
    return data.decode(code_page(data), errors="replace")


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def code_page(data: bytes) -> str:
    """The code page of eight bits in which `data` holds most of what French is written with.

    Windows-1252 where nothing speaks for another.
    """
    return max(_PAGES, key=lambda page: sum(map(data.count, _PAGES[page])))


def decode_as(data: bytes, encoding: str) -> str:
    """Text of `data` in the encoding a file declares; guessed where that is unknown or wrong."""
    try:
        return data.decode(encoding.strip().strip("\"'"))
    except (LookupError, UnicodeDecodeError, ValueError):
        return decode(data)


def _as_windows(found: re.Match[str]) -> str:
    return found.group().encode("latin-1").decode("cp1252", "ignore")


def clean(text: str) -> str:
    """Text fit for storing and indexing: composed, nothing that is not seen, few blank lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\x0b", "\n").replace("\x0c", "\n")
    text = _BROKEN.sub("", text)
    text = _INVISIBLE.sub("", cleaned(_MISNAMED.sub(_as_windows, text)))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip()
