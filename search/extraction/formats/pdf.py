"""PDF by PDFium (pypdfium2): text of the pages, annotations, form fields, attached files."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterator
from functools import partial

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ..dispatch import read_nested
from ..results import Status
from ..sink import Refusal, Sink, Source, encrypted, malformed
from . import lines
from .xml import Attributes, Handler, walk

_ERROR_PASSWORD, _ERROR_SECURITY = 4, 5
_NOTES = {
    raw.FPDF_ANNOT_TEXT,
    raw.FPDF_ANNOT_FREETEXT,
    raw.FPDF_ANNOT_HIGHLIGHT,
    raw.FPDF_ANNOT_UNDERLINE,
    raw.FPDF_ANNOT_SQUIGGLY,
    raw.FPDF_ANNOT_STRIKEOUT,
    raw.FPDF_ANNOT_STAMP,
    raw.FPDF_ANNOT_SQUARE,
    raw.FPDF_ANNOT_CIRCLE,
    raw.FPDF_ANNOT_CARET,
    raw.FPDF_ANNOT_INK,
    raw.FPDF_ANNOT_POPUP,
}
ATTACHMENT_BYTES = 64 * 1024 * 1024
ANNOTATIONS = 5000


def read_pdf(source: Source, sink: Sink) -> None:
    """Read all pages up to the limit; a page that cannot be read is passed over."""
    try:
        document = pdfium.PdfDocument(source.stream)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in {_ERROR_PASSWORD, _ERROR_SECURITY}:
            raise encrypted() from error
        raise malformed("pdf", f"Not a readable PDF: {error}.") from error
    sink.describe(
        title=document.get_metadata_value("Title"),
        author=document.get_metadata_value("Author"),
    )
    _read_xfa(document, source, sink)
    count = len(document)
    failed = 0
    for number in range(min(count, source.limits.pages)):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            failed += 1
            continue
        try:
            _read_page(page, source, sink)
        finally:
            page.close()
    _read_attachments(document, source, sink)
    sink.aside(*map(document.get_metadata_value, ("Subject", "Keywords")))
    if count > source.limits.pages:
        sink.flush()
        message = f"Only the first {source.limits.pages} of {count} pages were read."
        raise Refusal(Status.OK if sink.has_text else Status.TOO_LARGE, "pages", message)
    if failed == count and not sink.has_text:
        raise malformed("pdf_pages", f"None of its {count} pages can be read.")


class _Xfa(Handler):
    """What a dynamic form says: its captions and what was filled in."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._scripts = 0

    def start(self, name: str, _attributes: Attributes, /) -> None:
        if name in {"script", "pattern", "picture", "image", "message"}:
            self._scripts += 1

    def end(self, name: str, /) -> None:
        if name in {"script", "pattern", "picture", "image", "message"}:
            self._scripts -= 1
        elif not self._scripts:
            self._sink.text("\n")

    def data(self, text: str, /) -> None:
        if not self._scripts:
            self._sink.text(text.strip() and text)


def _read_xfa(document: pdfium.PdfDocument, source: Source, sink: Sink) -> None:
    """Read the XML of an XFA form: its pages show only that another program is needed."""
    for index in range(min(raw.FPDF_GetXFAPacketCount(document), 100)):
        length = raw.FPDF_GetXFAPacketName(document, index, None, 0)
        name = ctypes.create_string_buffer(max(length, 1))
        raw.FPDF_GetXFAPacketName(document, index, name, length)
        if name.value not in {b"template", b"datasets"}:
            continue
        size = ctypes.c_ulong()
        raw.FPDF_GetXFAPacketContent(document, index, None, 0, size)
        if not 0 < size.value <= ATTACHMENT_BYTES:
            continue
        content = ctypes.create_string_buffer(size.value)
        raw.FPDF_GetXFAPacketContent(document, index, content, size.value, size)
        try:
            walk(io.BytesIO(content.raw), _Xfa(sink), source.limits.xml_depth)
        except Refusal:
            continue  # the pages are still there


def _read_page(page: pdfium.PdfPage, source: Source, sink: Sink) -> None:
    textpage = page.get_textpage()
    try:
        text: str = textpage.get_text_range()
    finally:
        textpage.close()
    text, otherwise = lines.join_broken(lines.compose_accents(text))
    sink.text(text)
    sink.text("\n")
    sink.for_search(otherwise)
    sink.text("\n")
    for note in _annotations(page):
        sink.line(note)
    for name, data in _pinned_files(page):
        sink.line(name)
        read_nested(source, sink, name, data)


def _annotations(page: pdfium.PdfPage) -> Iterator[str]:
    """What people wrote on the page and into its fields."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind in _NOTES:
                yield _string(annotation, b"Contents")
            elif kind == raw.FPDF_ANNOT_WIDGET:
                yield _string(annotation, b"V")
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _pinned_files(page: pdfium.PdfPage) -> Iterator[tuple[str, bytes]]:
    """Files attached to a place on the page, with their names."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_FILEATTACHMENT:
                continue
            if handle := raw.FPDFAnnot_GetFileAttachment(annotation):
                yield _attached(partial(pdfium.PdfAttachment, handle, page.pdf))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _attached(find: Callable[[], pdfium.PdfAttachment]) -> tuple[str, bytes]:
    """Name and content of an attachment; empty where it is listed but not there, or huge."""
    name = ""
    try:
        attachment = find()
        name = attachment.get_name()
        data = bytes(attachment.get_data())
    except pdfium.PdfiumError:
        return name, b""
    return name, data if len(data) <= ATTACHMENT_BYTES else b""


def _string(annotation: object, key: bytes) -> str:
    length = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFAnnot_GetStringValue(
        annotation, key, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), length
    )
    return buffer.raw[: length - 2].decode("utf-16-le", errors="replace")


def _read_attachments(document: pdfium.PdfDocument, source: Source, sink: Sink) -> None:
    for index in range(min(document.count_attachments(), source.budget.attachments)):
        name, data = _attached(partial(document.get_attachment, index))
        sink.line(name)
        read_nested(source, sink, name, data)
