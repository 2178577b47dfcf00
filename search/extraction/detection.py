"""What a file is, told by its first bytes. The name only breaks ties between texts.

Zip and OLE containers hold many kinds; which one is told in the sandbox, since looking
further is already parsing (formats/containers.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from search import filetypes

from . import plain

HEAD = 16 * 1024

TEXT, HTML, XML, RTF, PDF, MAIL, MBOX, IMAGE, ZIP, OLE, BIFF, UNKNOWN = (
    "text",
    "html",
    "xml",
    "rtf",
    "pdf",
    "eml",
    "mbox",
    "image",
    "zip",
    "ole",
    "xls-old",
    "",
)


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file and its media type."""

    kind: str
    mime: str


_UNKNOWN = FileType(UNKNOWN, filetypes.UNKNOWN)
_MAGIC: tuple[tuple[bytes, FileType], ...] = (
    (b"{\\rtf", FileType(RTF, "application/rtf")),
    (b"PK\x03\x04", FileType(ZIP, "application/zip")),
    (b"PK\x05\x06", FileType(ZIP, "application/zip")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileType(OLE, "application/x-ole-storage")),
    (b"\x89PNG\r\n\x1a\n", FileType(IMAGE, "image/png")),
    (b"\xff\xd8\xff", FileType(IMAGE, "image/jpeg")),
    (b"GIF87a", FileType(IMAGE, "image/gif")),
    (b"GIF89a", FileType(IMAGE, "image/gif")),
    (b"II*\x00", FileType(IMAGE, "image/tiff")),
    (b"MM\x00*", FileType(IMAGE, "image/tiff")),
    (b"BM", FileType(IMAGE, "image/bmp")),
    (b"\x09\x00\x04\x00", FileType(BIFF, "application/vnd.ms-excel")),
    (b"\x09\x02\x06\x00", FileType(BIFF, "application/vnd.ms-excel")),
    (b"\x09\x04\x06\x00", FileType(BIFF, "application/vnd.ms-excel")),
    (b"\x1f\x8b", FileType(UNKNOWN, "application/gzip")),
    (b"7z\xbc\xaf\x27\x1c", FileType(UNKNOWN, "application/x-7z-compressed")),
    (b"Rar!\x1a\x07", FileType(UNKNOWN, "application/vnd.rar")),
    (b"%!PS", FileType(UNKNOWN, "application/postscript")),
    (b"\xffWPC", FileType(UNKNOWN, "application/vnd.wordperfect")),
    (b"MZ", FileType(UNKNOWN, "application/vnd.microsoft.portable-executable")),
    (b"\x7fELF", FileType(UNKNOWN, "application/x-elf")),
)
# Texts that have a type of their own; what any other text is called says nothing of it.
_TEXTS = frozenset({".csv", ".tsv", ".md", ".markdown", ".json", ".ics", ".vcf"})
_HTML_START = re.compile(rb"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_HTML_INSIDE = re.compile(rb"<(?:html|body|table|div|p|span|h1)\b[^>]*>", re.I)
# The line before each message of a mailbox: an address and a date as asctime writes it (RFC 4155).
_ENVELOPE = re.compile(
    rb"From [^\r\n]{1,300}? (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d"
    rb"[^\r\n]*\r?\n"
)
_MAIL_NAMES = (
    b"return-path|received|from|to|cc|subject|date|message-id|mime-version|reply-to|sender|"
    b"delivered-to|dkim-signature|content-type|x-[a-z0-9-]+|arc-[a-z-]+"
)
_MAIL_HEADER = re.compile(rb"^(" + _MAIL_NAMES + rb")[ \t]*:", re.I)
_ANY_HEADER = re.compile(rb"^[\x21-\x39\x3b-\x7e]{1,76}[ \t]*:")
_STRONG = {b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to"}


def detect(head: bytes, name: str = "") -> FileType:
    """Type of a file from its first bytes (HEAD of them); `name` distinguishes kinds of text."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, found in _MAGIC:
        if start.startswith(magic) and (magic != b"BM" or not plain.looks_like_text(head)):
            return found
    if b"%PDF-" in head[:1024]:
        return FileType(PDF, "application/pdf")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType(IMAGE, "image/webp")
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"avif"}:
        return FileType(IMAGE, "image/heif")
    if not plain.looks_like_text(head):
        return _UNKNOWN
    return _text_type(head, start, filetypes.ending_of(name))


def _text_type(head: bytes, start: bytes, suffix: str) -> FileType:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = plain.decode(head, cut=True).encode().lstrip()
    if start.startswith(b"<?xml"):
        if re.search(rb"<html[\s>]", start[:2048], re.I):
            return FileType(HTML, "application/xhtml+xml")
        return FileType(XML, "application/xml")
    if _HTML_START.match(start):
        return FileType(HTML, "text/html")
    if start.startswith(b"<") and suffix in {".htm", ".html", ".xhtml"}:
        return FileType(HTML, "text/html")
    if suffix in {".htm", ".html"} and _HTML_INSIDE.search(head):
        return FileType(HTML, "text/html")
    if suffix in {".xml", ".svg", ".fodt", ".fods", ".fodp"} and start.startswith(b"<"):
        return FileType(XML, "application/xml")
    if _ENVELOPE.match(start):
        return FileType(MBOX, "application/mbox")
    if _is_mail(start, sure=suffix in {".eml", ".mht", ".mhtml"}):
        return FileType(MAIL, "message/rfc822")
    return FileType(TEXT, filetypes.mime_of(f"x{suffix}") if suffix in _TEXTS else "text/plain")


def _is_mail(start: bytes, *, sure: bool) -> bool:
    """Whether the text begins with a mail header: known fields, and nothing else before a blank."""
    known: set[bytes] = set()
    for line in start[:HEAD].splitlines()[:200]:
        if not line.strip():
            break
        if line[:1] in b" \t>":
            if not known:
                return False
            continue
        if match := _MAIL_HEADER.match(line):
            known.add(match[1].lower())
        elif not _ANY_HEADER.match(line):
            break
    strong = known & _STRONG
    return len(known) >= (1 if sure else 3) and (sure or bool(strong) or len(known) >= 4)
