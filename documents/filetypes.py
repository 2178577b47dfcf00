"""Kinds of files, told by their names: for icons, for filters and for what may be shown inline."""

from __future__ import annotations

import mimetypes

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from documents import names

UNKNOWN = "application/octet-stream"

# What the standard library does not know, or knows differently from one system to the next.
_MIMES = {
    ".avif": "image/avif",
    ".csv": "text/csv",
    ".docm": "application/vnd.ms-word.document.macroEnabled.12",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".md": "text/markdown",
    ".msg": "application/vnd.ms-outlook",
    ".odg": "application/vnd.oasis.opendocument.graphics",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rtf": "application/rtf",
    ".webp": "image/webp",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".7z": "application/x-7z-compressed",
}
_types = mimetypes.MimeTypes(filenames=())

FAMILIES: dict[str, tuple[str | Promise, frozenset[str]]] = {
    "pdf": (_("PDF"), frozenset({".pdf"})),
    "text": (
        _("Text document"),
        frozenset({".doc", ".docm", ".docx", ".dot", ".dotx", ".odt", ".ott", ".rtf", ".pages"}),
    ),
    "sheet": (
        _("Spreadsheet"),
        frozenset({".csv", ".fods", ".numbers", ".ods", ".ots", ".xls", ".xlsm", ".xlsx"}),
    ),
    "slides": (
        _("Presentation"),
        frozenset({".key", ".odp", ".otp", ".pps", ".ppsx", ".ppt", ".pptx"}),
    ),
    "image": (
        _("Image"),
        frozenset(
            {".avif", ".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".odg", ".png", ".svg", ".tif"}
            | {".tiff", ".webp"}
        ),
    ),
    "mail": (_("E-mail"), frozenset({".eml", ".mbox", ".msg"})),
    "plain": (
        _("Plain text"),
        frozenset({".htm", ".html", ".json", ".log", ".md", ".txt", ".xml", ".yaml", ".yml"}),
    ),
    "archive": (
        _("Archive"),
        frozenset({".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip"}),
    ),
    "audio": (_("Sound"), frozenset({".aac", ".flac", ".m4a", ".mp3", ".ogg", ".wav"})),
    "video": (_("Video"), frozenset({".avi", ".mkv", ".mov", ".mp4", ".mpeg", ".webm"})),
    "other": (_("File"), frozenset()),
}
_family_of = {
    ending: family for family, (_label, endings) in FAMILIES.items() for ending in endings
}


def mime_of(name: str) -> str:
    """Return the media type that the extension of `name` stands for."""
    ending = names.split(name)[1].lower()
    return _MIMES.get(ending) or _types.guess_type(f"x{ending}")[0] or UNKNOWN


def family_of(name: str) -> str:
    """Return the family of the file: a key of `FAMILIES`."""
    return _family_of.get(names.split(name)[1].lower(), "other")


def label_of(family: str) -> str:
    """Return what a family is called in the active language."""
    return str(FAMILIES[family][0])
