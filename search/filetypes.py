"""Kinds of files by the ends of their names: each with its media type and its kind, once.

What a file is called decides what it looks like and as what it is sent; what is in it decides
how it is read (`search.extraction.detection`). No Django in here: the sandbox knows these too.
"""

from __future__ import annotations

import mimetypes
from enum import StrEnum
from typing import Final

UNKNOWN: Final = "application/octet-stream"


class Kind(StrEnum):
    """What a reader takes a file for. `PLAIN` is any file."""

    PDF = "pdf"
    TEXT = "text"
    SHEET = "sheet"
    SLIDES = "slides"
    IMAGE = "image"
    VIDEO = "video"
    SOUND = "sound"
    MAIL = "mail"
    ARCHIVE = "archive"
    CODE = "code"
    PLAIN = "plain"


_MS, _OPEN = "application/vnd.ms-", "application/vnd.oasis.opendocument."
_OFFICE = "application/vnd.openxmlformats-officedocument."
# The standard library knows some of these, or other ones, from one version to the next.
_TYPES: Final[dict[Kind, dict[str, str]]] = {
    Kind.PDF: {".pdf": "application/pdf"},
    Kind.TEXT: {
        ".doc": "application/msword",
        ".docm": f"{_MS}word.document.macroEnabled.12",
        ".docx": f"{_OFFICE}wordprocessingml.document",
        ".dot": "application/msword",
        ".dotx": f"{_OFFICE}wordprocessingml.template",
        ".epub": "application/epub+zip",
        ".log": "text/plain",
        ".markdown": "text/markdown",
        ".md": "text/markdown",
        ".odt": f"{_OPEN}text",
        ".ott": f"{_OPEN}text-template",
        ".pages": "application/vnd.apple.pages",
        ".rtf": "application/rtf",
        ".tex": "application/x-tex",
        ".txt": "text/plain",
        ".wpd": "application/vnd.wordperfect",
    },
    Kind.SHEET: {
        ".csv": "text/csv",
        ".fods": f"{_OPEN}spreadsheet",
        ".numbers": "application/vnd.apple.numbers",
        ".ods": f"{_OPEN}spreadsheet",
        ".ots": f"{_OPEN}spreadsheet-template",
        ".tsv": "text/tab-separated-values",
        ".xls": f"{_MS}excel",
        ".xlsb": f"{_MS}excel.sheet.binary.macroEnabled.12",
        ".xlsm": f"{_MS}excel.sheet.macroEnabled.12",
        ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
        ".xlt": f"{_MS}excel",
    },
    Kind.SLIDES: {
        ".key": "application/vnd.apple.keynote",
        ".odp": f"{_OPEN}presentation",
        ".otp": f"{_OPEN}presentation-template",
        ".pps": f"{_MS}powerpoint",
        ".ppsx": f"{_OFFICE}presentationml.slideshow",
        ".ppt": f"{_MS}powerpoint",
        ".pptm": f"{_MS}powerpoint.presentation.macroEnabled.12",
        ".pptx": f"{_OFFICE}presentationml.presentation",
    },
    Kind.IMAGE: {
        ".ai": "application/postscript",
        ".avif": "image/avif",
        ".bmp": "image/bmp",
        ".dwg": "image/vnd.dwg",
        ".dxf": "image/vnd.dxf",
        ".gif": "image/gif",
        ".heic": "image/heic",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".odg": f"{_OPEN}graphics",
        ".png": "image/png",
        ".psd": "image/vnd.adobe.photoshop",
        ".svg": "image/svg+xml",
        ".tif": "image/tiff",
        ".tiff": "image/tiff",
        ".webp": "image/webp",
    },
    Kind.VIDEO: {
        ".avi": "video/x-msvideo",
        ".m4v": "video/x-m4v",
        ".mkv": "video/x-matroska",
        ".mov": "video/quicktime",
        ".mp4": "video/mp4",
        ".mpeg": "video/mpeg",
        ".mpg": "video/mpeg",
        ".webm": "video/webm",
        ".wmv": "video/x-ms-wmv",
    },
    Kind.SOUND: {
        ".aac": "audio/aac",
        ".flac": "audio/flac",
        ".m4a": "audio/mp4",
        ".mp3": "audio/mpeg",
        ".oga": "audio/ogg",
        ".ogg": "audio/ogg",
        ".opus": "audio/opus",
        ".wav": "audio/x-wav",
        ".wma": "audio/x-ms-wma",
    },
    Kind.MAIL: {
        ".eml": "message/rfc822",
        ".ics": "text/calendar",
        ".mbox": "application/mbox",
        ".msg": f"{_MS}outlook",
        ".vcf": "text/vcard",
    },
    Kind.ARCHIVE: {
        ".7z": "application/x-7z-compressed",
        ".bz2": "application/x-bzip2",
        ".gz": "application/gzip",
        ".rar": "application/vnd.rar",
        ".tar": "application/x-tar",
        ".tgz": "application/gzip",
        ".xz": "application/x-xz",
        ".zip": "application/zip",
        ".zst": "application/zstd",
    },
    Kind.CODE: {
        ".css": "text/css",
        ".geojson": "application/geo+json",
        ".gpx": UNKNOWN,  # its own type is one of XML, which a browser may take for a page
        ".htm": "text/html",
        ".html": "text/html",
        ".js": "application/javascript",
        ".json": "application/json",
        ".kml": UNKNOWN,
        ".py": "text/x-python",
        ".sh": "application/x-sh",
        ".sql": "application/sql",
        ".xml": "text/xml",
        ".yaml": "application/yaml",
        ".yml": "application/yaml",
    },
}
_BY_ENDING: Final = {
    ending: (kind, mime) for kind, types in _TYPES.items() for ending, mime in types.items()
}
_BY_MIME: Final = {mime: kind for kind, mime in _BY_ENDING.values() if mime != UNKNOWN}
# Where neither the end of the name nor the whole media type says more.
_BY_FAMILY: Final = {
    "image": Kind.IMAGE,
    "video": Kind.VIDEO,
    "audio": Kind.SOUND,
    "message": Kind.MAIL,
    "text": Kind.TEXT,
}
_others = mimetypes.MimeTypes(filenames=())  # of this Python, whatever the machine adds

PICTURES: Final = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})
"""The media types of pictures that a browser shows without running anything."""


def ending_of(name: str) -> str:
    """Return the end of `name` in small letters: ".pdf". A leading dot begins none."""
    stem, _dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if stem and ending else ""


def mime_of(name: str) -> str:
    """Return the media type that the end of `name` stands for."""
    ending = ending_of(name)
    if ending in _BY_ENDING:
        return _BY_ENDING[ending][1]
    return _others.guess_type(f"x{ending}")[0] or UNKNOWN


def kind_of(name: str, mime: str = "") -> Kind:
    """Return what the file is taken for, by the end of its `name`, else by its media type."""
    ending = ending_of(name)
    if ending in _BY_ENDING:
        return _BY_ENDING[ending][0]
    return _BY_MIME.get(mime) or _BY_FAMILY.get(mime.partition("/")[0], Kind.PLAIN)
