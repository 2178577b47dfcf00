"""How each kind of file looks: its icon, its colour and its name."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from search.filetypes import Kind, kind_of


@dataclass(frozen=True, slots=True)
class Look:
    """`icon` names a drawing of the sprite, `kind` the CSS class `kind-…`, `label` says it."""

    icon: str
    kind: str
    label: str | Promise


FOLDER = Look("folder", "folder", _("Folder"))
_LOOKS: dict[Kind, Look] = {
    kind: Look(icon, kind.value, label)
    for kind, icon, label in (
        (Kind.PDF, "file-text", _("PDF")),
        (Kind.TEXT, "file-text", _("Text")),
        (Kind.SHEET, "file-spreadsheet", _("Spreadsheet")),
        (Kind.SLIDES, "presentation", _("Presentation")),
        (Kind.IMAGE, "image", _("Image")),
        (Kind.VIDEO, "video", _("Video")),
        (Kind.SOUND, "music", _("Sound")),
        (Kind.MAIL, "mail", _("Message")),
        (Kind.ARCHIVE, "file-archive", _("Archive")),
        (Kind.CODE, "file-code", _("Data or code")),
        (Kind.PLAIN, "file", _("File")),
    )
}


def look_of(name: str, mime: str = "") -> Look:
    """Return the look of a file, by the end of its `name`, else by its media type."""
    return _LOOKS[kind_of(name, mime)]
