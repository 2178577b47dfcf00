"""Outlook messages (MS-OXMSG): what a person reads, the attachments, the messages inside."""

from __future__ import annotations

import struct

import olefile

from .. import plain
from ..dispatch import read_nested
from ..results import MIB
from ..sink import SilentSink, Sink, Source
from .alternatives import unsaid
from .html import decode_html, html_said, html_text
from .rtf import rtf_text

_SUBJECT, _SENDER, _SENDER_MAIL, _TO, _CC = "0037", "0C1A", "5D01", "0E04", "0E03"
_BODY, _HTML, _RTF = "1000", "1013", "1009"
_FILE_NAME, _LONG_NAME, _DATA = "3704", "3707", "3701"
_MESSAGE_CODE_PAGE, _INTERNET_CODE_PAGE = 0x3FFD0003, 0x3FDE0003
MAX_STREAM = 64 * MIB
# Initial dictionary of compressed RTF (MS-OXRTFCP 2.1.2.1).
_RTF_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


class _Storage:
    """The properties under one storage of the file."""

    def __init__(self, ole: olefile.OleFileIO, path: list[str]) -> None:
        self._ole = ole
        self._path = path
        self._code_page = self._find_code_page()

    def stream(self, name: str) -> bytes:
        """Content of a stream under this storage; empty where there is none."""
        path = [*self._path, name]
        if not self._ole.exists(path) or self._ole.get_type(path) != olefile.STGTY_STREAM:
            return b""
        data: bytes = self._ole.openstream(path).read(MAX_STREAM)
        return data

    def _find_code_page(self) -> str:
        header = 8 if "__attach" in "".join(self._path[-1:]) else 32 if not self._path else 24
        data = self.stream("__properties_version1.0")[header:]
        found: dict[int, int] = {}
        for start in range(0, len(data) - 15, 16):
            tag, _flags, value = struct.unpack_from("<III", data, start)
            found[tag] = value
        for tag in (_MESSAGE_CODE_PAGE, _INTERNET_CODE_PAGE):
            if tag in found:
                return "utf-8" if found[tag] == 65001 else f"cp{found[tag]}"
        return ""

    def text(self, tag: str) -> str:
        """A string property, in whichever of its two types it is kept."""
        if data := self.stream(f"__substg1.0_{tag}001F"):
            return data.decode("utf-16-le", "replace").rstrip("\x00")
        data = self.stream(f"__substg1.0_{tag}001E")
        text = plain.decode_as(data, self._code_page) if self._code_page else plain.decode(data)
        return text.rstrip("\x00")

    def binary(self, tag: str) -> bytes:
        """A binary property."""
        return self.stream(f"__substg1.0_{tag}0102")

    def inner(self, prefix: str) -> list[list[str]]:
        """Storages directly under this one whose name begins with `prefix`, in order."""
        depth = len(self._path)
        found = [
            entry
            for entry in self._ole.listdir(streams=False, storages=True)
            if len(entry) == depth + 1
            and entry[:depth] == self._path
            and entry[depth].lower().startswith(prefix)
        ]
        return sorted(found)


def read_msg(source: Source, ole: olefile.OleFileIO, sink: Sink) -> None:
    """Read the message at the root of the file and everything in it."""
    _read_message(source, ole, [], sink, 0)


def _read_message(
    source: Source, ole: olefile.OleFileIO, path: list[str], sink: Sink, level: int
) -> None:
    message = _Storage(ole, path)
    subject, sender = message.text(_SUBJECT), message.text(_SENDER)
    sink.describe(title=subject, author=sender)
    people = (sender, message.text(_SENDER_MAIL), message.text(_TO), message.text(_CC))
    for value in (subject, *people):
        sink.line(value)
    sink.text("\n")
    body = message.text(_BODY)
    html = message.binary(_HTML) or message.text(_HTML).encode()
    if body.strip():
        sink.line(body)
        sink.line(unsaid(html_said(decode_html(html), sink), body))
    elif html:
        html_text(decode_html(html), SilentSink(sink))
    elif packed := message.binary(_RTF):
        rtf_text(unpack_rtf(packed), SilentSink(sink))
    for storage in message.inner("__attach_version1.0_")[: source.limits.attachments]:
        attachment = _Storage(ole, storage)
        name = attachment.text(_LONG_NAME) or attachment.text(_FILE_NAME)
        sink.text("\n")
        sink.line(name)
        read_nested(source, sink, name, attachment.binary(_DATA))
        embedded = [*storage, f"__substg1.0_{_DATA}000D"]
        if level < source.limits.nesting and ole.exists(embedded):
            _read_message(source, ole, embedded, SilentSink(sink), level + 1)


def unpack_rtf(data: bytes, most: int = MAX_STREAM) -> bytes:
    """Decompress the RTF of a message (MS-OXRTFCP); as far as it goes where it is cut."""
    if len(data) < 16:
        return b""
    _packed, size, method, _crc = struct.unpack_from("<IIII", data)
    if method == 0x414C454D:  # "MELA": kept as it is
        return data[16 : 16 + min(size, most)]
    window = bytearray(_RTF_DICTIONARY.ljust(4096, b"\x00"))
    write = len(_RTF_DICTIONARY)
    out = bytearray()
    position, size = 16, min(size, most)
    while position < len(data) and len(out) < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if len(out) >= size or position >= len(data):
                break
            if control >> bit & 1:
                if position + 1 >= len(data):
                    return bytes(out)
                token = data[position] << 8 | data[position + 1]
                position += 2
                offset, length = token >> 4, (token & 15) + 2
                if offset == write:
                    return bytes(out)
                for step in range(length):
                    value = window[(offset + step) % 4096]
                    out.append(value)
                    window[write] = value
                    write = (write + 1) % 4096
            else:
                out.append(data[position])
                window[write] = data[position]
                write = (write + 1) % 4096
                position += 1
    return bytes(out)
