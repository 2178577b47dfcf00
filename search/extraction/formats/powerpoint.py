"""PowerPoint 97 to 2003 (MS-PPT): the text atoms of slides, notes and comments."""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Iterator

import olefile

from ..dispatch import read_nested
from ..results import MIB
from ..sink import Sink, Source, encrypted
from .oleobjects import read_objects

_TEXT_CHARS, _TEXT_BYTES, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_MAIN_MASTER, _HANDOUT, _SLIDE_LIST, _HEADERS, _COMMENT = 0x03F8, 0x0FC9, 0x0FF0, 0x0FD9, 0x2EE0
_NOTES, _NOTES_ATOM, _TAG_DATA, _OLE_OBJECT = 0x03F0, 0x03F1, 0x138B, 0x1011
_ENCRYPTED_TOKEN = 0xF3D1C4DF
MAX_STREAM = 256 * MIB
MAX_DEPTH = 50
OBJECT_BYTES = 64 * MIB


def read_ppt(source: Source, ole: olefile.OleFileIO, sink: Sink) -> None:
    """Read the text in the order of the file, masters left out."""
    if ole.exists("EncryptedSummary") or ole.exists("EncryptedSummaryInfo"):
        raise encrypted()
    if ole.exists("Current User"):
        current: bytes = ole.openstream("Current User").read(64)
        if len(current) >= 16 and struct.unpack_from("<I", current, 12)[0] == _ENCRYPTED_TOKEN:
            raise encrypted()
    data: bytes = ole.openstream("PowerPoint Document").read(MAX_STREAM)
    said: set[str] = set()
    for text in _texts(data):
        # A file saved quickly keeps earlier states of its slides: the same text, once more.
        if text not in said:
            said.add(text)
            if text != "*":  # stands for a number or date that is put in when shown
                sink.line(text.replace("\r", "\n").replace("\x0b", "\n"))
    for packed in _objects(data):
        read_nested(source, sink, "", packed)
    read_objects(source, ole, sink)


def _is_template(data: bytes, position: int, kind: int, instance: int) -> bool:
    """Whether the container holds masters, whose text only advises those who write."""
    if kind == _NOTES and position + 12 <= len(data):
        # The master of the notes belongs to no slide: zero, or the highest bit (MS-PPT 2.5.7).
        first, slide = struct.unpack_from("<xxHxxxxI", data, position)
        return bool(first == _NOTES_ATOM and slide & 0x7FFFFFFF == 0)
    return kind in {_MAIN_MASTER, _HANDOUT} or (kind == _SLIDE_LIST and instance == 1)


def _objects(data: bytes) -> Iterator[bytes]:
    """Embedded files (MS-PPT 2.10.34), packed by zlib or as they are."""
    position = 0
    while position + 8 <= len(data):
        head, kind, length = struct.unpack_from("<HHI", data, position)
        position += 8
        if kind == _OLE_OBJECT:
            record = data[position : position + length]
            if head >> 4 == 1:
                with contextlib.suppress(zlib.error):  # a damaged one hides nothing else
                    yield zlib.decompressobj().decompress(record[4:], OBJECT_BYTES)
            else:
                yield record
        position += length


def _texts(data: bytes) -> Iterator[str]:
    # (end of the enclosing container, its type); records follow one another and nest.
    open_containers: list[tuple[int, int]] = []
    position = 0
    while position + 8 <= len(data):
        while open_containers and position >= open_containers[-1][0]:
            open_containers.pop()
        head, kind, length = struct.unpack_from("<HHI", data, position)
        position += 8
        end = position + length
        if head & 0x0F == 0x0F or kind == _TAG_DATA:
            template = _is_template(data, position, kind, head >> 4)
            if not template and len(open_containers) < MAX_DEPTH:
                open_containers.append((end, kind))
                continue
        elif kind == _TEXT_CHARS:
            yield data[position:end].decode("utf-16-le", "replace")
        elif kind == _TEXT_BYTES:
            # One byte a character, the high byte of UTF-16 being zero (MS-PPT 2.9.43).
            yield data[position:end].decode("latin-1")
        elif kind == _STRING and open_containers and open_containers[-1][1] in {_HEADERS, _COMMENT}:
            yield data[position:end].decode("utf-16-le", "replace")
        position = end
