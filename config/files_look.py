"""How each kind of file looks: its icon, its colour and its name."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Look:
    """`icon` names a drawing of the sprite, `kind` the CSS class `kind-…`, `label` says it."""

    icon: str
    kind: str
    label: str | Promise


FOLDER = Look("folder", "folder", _("Folder"))
PLAIN = Look("file", "plain", _("File"))
_PDF = Look("file-text", "pdf", _("PDF"))
_TEXT = Look("file-text", "text", _("Text"))
_SHEET = Look("file-spreadsheet", "sheet", _("Spreadsheet"))
_SLIDES = Look("presentation", "slides", _("Presentation"))
_IMAGE = Look("image", "image", _("Image"))
_VIDEO = Look("video", "video", _("Video"))
_SOUND = Look("music", "sound", _("Sound"))
_MAIL = Look("mail", "mail", _("Message"))
_ARCHIVE = Look("file-archive", "archive", _("Archive"))
_CODE = Look("file-code", "code", _("Data or code"))

_BY_SUFFIX: dict[str, Look] = {
    suffix: look
    for look, suffixes in (
        (_PDF, "pdf"),
        (_TEXT, "doc docx docm dot dotx odt ott rtf txt md tex pages wpd epub"),
        (_SHEET, "xls xlsx xlsm xlsb xlt ods ots csv tsv numbers"),
        (_SLIDES, "ppt pptx pptm pps ppsx odp otp key"),
        (_IMAGE, "png jpg jpeg gif webp avif heic tif tiff bmp svg odg psd ai dwg dxf"),
        (_VIDEO, "mp4 m4v mov avi mkv webm mpg mpeg wmv"),
        (_SOUND, "mp3 m4a wav ogg oga opus flac aac wma"),
        (_MAIL, "eml msg mbox ics vcf"),
        (_ARCHIVE, "zip 7z rar tar gz tgz bz2 xz zst"),
        (_CODE, "html htm xml json yml yaml css js py sh sql geojson gpx kml"),
    )
    for suffix in suffixes.split()
}
_BY_MIME: tuple[tuple[str, Look], ...] = (
    ("application/pdf", _PDF),
    ("image/", _IMAGE),
    ("video/", _VIDEO),
    ("audio/", _SOUND),
    ("message/", _MAIL),
    ("application/vnd.oasis.opendocument.spreadsheet", _SHEET),
    ("application/vnd.oasis.opendocument.presentation", _SLIDES),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml", _SHEET),
    ("application/vnd.openxmlformats-officedocument.presentationml", _SLIDES),
    ("application/vnd.oasis.opendocument.text", _TEXT),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml", _TEXT),
    ("application/msword", _TEXT),
    ("text/html", _CODE),
    ("text/", _TEXT),
)


def look_of(name: str, mime: str = "") -> Look:
    """Return the look of a file, by the end of its `name`, else by its media type."""
    stem, _dot, suffix = name.rpartition(".")
    by_name = _BY_SUFFIX.get(suffix.lower()) if stem else None
    if by_name is not None:
        return by_name
    return next((look for start, look in _BY_MIME if mime.startswith(start)), PLAIN)
