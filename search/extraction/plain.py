"""Plain text: recognising and decoding it, and cleaning any extracted text.

No parser is involved, so this is safe outside the sandbox.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_CONTROLS = b"\t\n\r\f\x0b\x08\x1a\x1b"
_CONTROL_BYTES = bytes(set(range(0x20)) - set(_TEXT_CONTROLS)) + b"\x7f"
# Characters that carry nothing to read: controls, soft hyphens, zero width, surrogates, private
# use (bullets of symbol fonts), noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u2060"
    "\ud800-\udfff\ue000-\uf8ff\ufeff\ufffe\uffff]"
)
_BLANK_LINES = re.compile(r"\n{3,}")


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
    """Text of `data`: by its byte order mark, else UTF-8, else Windows-1252. Never raises.

    `cut` tells that `data` is a beginning, which may end in the middle of a character.
    What no encoding explains becomes U+FFFD.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data.decode(name, errors="replace")
    if bare := _bare_utf16(data[:4096]):
        return data.decode(bare, errors="replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, not cut)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def decode_as(data: bytes, encoding: str) -> str:
    """Text of `data` in the encoding a file declares; guessed where that is unknown or wrong."""
    try:
        return data.decode(encoding.strip().strip("\"'"))
    except (LookupError, UnicodeDecodeError, ValueError):
        return decode(data)


def clean(text: str) -> str:
    """Text fit for storing and indexing: no control or invisible character, few blank lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\x0b", "\n").replace("\x0c", "\n").replace("\x85", "\n")
    text = _INVISIBLE.sub("", text)
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip()
