"""The readers, one module per family; importing this package registers them all."""

from __future__ import annotations

from .. import detection, dispatch
from . import containers, html, images, mail, pdf, rtf, text

dispatch.READERS.update(
    {
        detection.TEXT: text.read_text,
        detection.XML: text.read_xml,
        detection.HTML: html.read_html,
        detection.RTF: rtf.read_rtf,
        detection.PDF: pdf.read_pdf,
        detection.MAIL: mail.read_mail,
        detection.MBOX: mail.read_mbox,
        detection.IMAGE: images.read_image,
        detection.ZIP: containers.read_zip,
        detection.OLE: containers.read_ole,
    }
)
