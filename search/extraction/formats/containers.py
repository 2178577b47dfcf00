"""Zip and OLE containers: which kind of document is inside, and its reader."""

from __future__ import annotations

from pathlib import PurePath

import olefile

from ..results import Status
from ..sink import Refusal, Sink, Source, encrypted, malformed
from . import (
    odf,
    olefacts,
    oleobjects,
    outlook,
    package,
    powerpoint,
    presentation,
    sheets,
    word,
    wordbinary,
)
from .archive import Archive

_OOXML = {
    "wordprocessingml": ("docx", word.read_docx),
    "ms-word": ("docx", word.read_docx),
    "presentationml": ("pptx", presentation.read_pptx),
    "ms-powerpoint": ("pptx", presentation.read_pptx),
    "spreadsheetml": ("xlsx", sheets.read_xlsx),
    "ms-excel.sheet.binary": ("xlsb", sheets.read_xlsb),
    "ms-excel": ("xlsx", sheets.read_xlsx),
}


def read_zip(source: Source, sink: Sink) -> None:
    """Read an OOXML or OpenDocument file; other archives are not opened."""
    archive = Archive(source)
    if "[Content_Types].xml" in archive:
        parts = package.Package(archive, source.limits)
        for mark, (kind, reader) in _OOXML.items():
            if mark in parts.mime:
                sink.describe(kind=kind, mime=parts.mime)
                reader(source, parts, sink)
                return
    elif "content.xml" in archive or "mimetype" in archive:
        mime = ""
        if "mimetype" in archive:
            mime = archive.read("mimetype", 200).decode("ascii", "replace").strip()
        if odf.is_odf(mime) or (not mime and "content.xml" in archive):
            kind = odf.kind_of(mime)
            sink.describe(kind=kind, mime=mime or "application/vnd.oasis.opendocument.text")
            odf.read_odf(source, archive, sink)
            return
        if mime:
            sink.describe(mime=mime)
    raise Refusal(Status.UNSUPPORTED, "archive", "Archives are not opened.")


def read_ole(source: Source, sink: Sink) -> None:
    """Read a Word, Excel, PowerPoint 97-2003 or Outlook file."""
    try:
        ole = olefile.OleFileIO(source.stream)
    except (OSError, ValueError, IndexError, TypeError) as error:
        raise malformed("ole", f"Its OLE structure cannot be read: {error}.") from error
    with ole:
        olefacts.describe(ole, sink)
        if ole.exists("EncryptedPackage") or ole.exists("\x09DRMContent"):
            _describe_by_name(source, sink)
            raise encrypted()
        if ole.exists("__properties_version1.0"):
            sink.describe(kind="msg", mime="application/vnd.ms-outlook")
            outlook.read_msg(source, ole, sink)
        elif ole.exists("WordDocument"):
            sink.describe(kind="doc", mime="application/msword")
            wordbinary.read_doc(source, ole, sink)
        elif ole.exists("Workbook") or ole.exists("Book"):
            sink.describe(kind="xls", mime="application/vnd.ms-excel")
            sheets.read_xls(source, ole, sink)
        elif ole.exists("PowerPoint Document"):
            sink.describe(kind="ppt", mime="application/vnd.ms-powerpoint")
            powerpoint.read_ppt(source, ole, sink)
        elif not oleobjects.read_objects(source, ole, sink):
            message = "An OLE file of a kind that is not read."
            raise Refusal(Status.UNSUPPORTED, "unsupported", message)
        olefacts.say_others(ole, sink)


def _describe_by_name(source: Source, sink: Sink) -> None:
    """An encrypted file shows nothing of its kind: its name is all there is."""
    suffix = PurePath(source.name).suffix.lower().lstrip(".")
    if suffix in {"docx", "xlsx", "xlsb", "pptx", "doc", "xls", "ppt"}:
        sink.describe(kind=suffix)
