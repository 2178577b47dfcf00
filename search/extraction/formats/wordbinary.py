"""Word 6 to 2003 (MS-DOC): the text through the piece table, notes and comments included."""

from __future__ import annotations

import re
import struct

import olefile

from ..results import MIB
from ..sink import Refusal, Sink, Source, encrypted, malformed
from .oleobjects import read_objects

_ENCRYPTED, _TABLE_1, _COMPLEX = 0x0100, 0x0200, 0x0004
_WORD_97, _EARLIER = 0xA5EC, {0xA5DC, 0xA5DB, 0xA5E7}
MAX_STREAM = 256 * MIB
# MS-DOC 2.4.1 and 2.8.25: characters that stand for something else than themselves.
_SPECIAL = {
    0x01: None,
    0x02: None,
    0x05: None,
    0x08: None,
    0x07: "\t",
    0x0B: "\n",
    0x0C: "\n",
    0x0D: "\n",
    0x0E: "\n",
    0x1E: "-",
    0x1F: None,
    0xA0: " ",
}
_FIELD_CODE = re.compile("\x13[^\x13\x14\x15]{0,2000}\x14")


def read_doc(source: Source, ole: olefile.OleFileIO, sink: Sink) -> None:
    """Read all the text of the file in the order in which Word keeps it, then what it embeds."""
    _read_text(ole, [], sink)
    for path in ole.listdir()[: source.limits.zip_entries]:
        if len(path) > 1 and path[-1] == "WordDocument":
            sink.text("\n")
            try:
                _read_text(ole, path[:-1], sink)
            except Refusal:
                continue  # an embedded document that cannot be read hides nothing else
    read_objects(source, ole, sink)


def _read_text(ole: olefile.OleFileIO, storage: list[str], sink: Sink) -> None:
    main: bytes = ole.openstream([*storage, "WordDocument"]).read(MAX_STREAM)
    if len(main) < 0x40:
        raise malformed("doc", "Its header is cut short.")
    magic: int = struct.unpack_from("<H", main)[0]
    flags: int = struct.unpack_from("<H", main, 0x0A)[0]
    if magic != _WORD_97 and magic not in _EARLIER:
        raise malformed("doc", "Its header is not Word's.")
    if flags & _ENCRYPTED:
        raise encrypted()
    if magic in _EARLIER:
        text = _old_text(main, flags)
    else:
        name = "1Table" if flags & _TABLE_1 else "0Table"
        if not ole.exists([*storage, name]):
            name = "0Table" if name == "1Table" else "1Table"
        if not ole.exists([*storage, name]):
            raise malformed("doc", "Its table stream is missing.")
        table: bytes = ole.openstream([*storage, name]).read(MAX_STREAM)
        if len(main) < 0x1AA:
            raise malformed("doc", "Its header is cut short.")
        start, length = struct.unpack_from("<II", main, 0x01A2)
        text = _pieces(main, table[start : start + length], wide=True)
    sink.text(readable(text))


def readable(text: str) -> str:
    """Word's text without field codes and with its special characters replaced."""
    for _level in range(5):  # fields nest; each pass takes the innermost codes
        text, count = _FIELD_CODE.subn("", text)
        if not count:
            break
    return text.translate(_SPECIAL).replace("\x13", " ").replace("\x14", " ").replace("\x15", "")


def _pieces(main: bytes, clx: bytes, *, wide: bool) -> str:
    """The text in the order of the piece table (MS-DOC 2.4.1)."""
    position = 0
    while position < len(clx) and clx[position] == 0x01:
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    if position + 5 > len(clx) or clx[position] != 0x02:
        raise malformed("doc", "Its piece table is missing.")
    length = struct.unpack_from("<I", clx, position + 1)[0]
    plc = clx[position + 5 : position + 5 + length]
    count = (len(plc) - 4) // 12
    if count < 1:
        raise malformed("doc", "Its piece table is empty.")
    bounds = struct.unpack_from(f"<{count + 1}I", plc)
    found: list[str] = []
    total = 0
    for index in range(count):
        size = bounds[index + 1] - bounds[index]
        start = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * index + 2)[0]
        total += size
        # Pieces may be shared, never longer together than the file allows.
        if size < 0 or total > 4 * len(main):
            raise malformed("doc", "Its piece table contradicts itself.")
        if wide and not start & 0x40000000:
            found.append(main[start : start + 2 * size].decode("utf-16-le", "replace"))
        else:
            start = (start & 0x3FFFFFFF) // 2 if wide else start
            found.append(main[start : start + size].decode("cp1252", "replace"))
    return "".join(found)


def _old_text(main: bytes, flags: int) -> str:
    """Word 6 and 95: one run of bytes, or pieces of it after a quick save."""
    first, last = struct.unpack_from("<II", main, 0x18)
    if flags & _COMPLEX and len(main) >= 0x168:
        start, length = struct.unpack_from("<II", main, 0x160)
        return _pieces(main, main[start : start + length], wide=False)
    if not first < last <= len(main):
        raise malformed("doc", "Its header names text that is not there.")
    return main[first:last].decode("cp1252", "replace")
