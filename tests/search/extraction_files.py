"""Where the real test files are, and small documents made on the spot."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
APPLICATION = "application/vnd.openxmlformats-officedocument."


SOME_REAL_FILES = Path(__file__).resolve().parents[1] / "files" / "tika"
"""Fifty small ones of them, which are in the project."""


def shared_files() -> Path | None:
    """The folder of 388 real files beside the project, where it is there."""
    for folder in Path(__file__).resolve().parents:
        found = folder / "shared" / "data" / "files" / "tika"
        if found.is_dir():
            return found
    return None


def archive(members, *, compression=zipfile.ZIP_DEFLATED):
    """A zip file of {name: text or bytes}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def ooxml(main, main_type, members, others=()):
    """A package with its content types and root relation; `others` are (part, type)."""
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{kind}"/>'
        for part, kind in [(main, main_type), *others]
    )
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{CONTENT_TYPES}">'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>',
            **members,
        }
    )


def docx(body="", *, variant="wordprocessingml.document.main+xml", extra=None, others=()):
    """A Word document around `body` (WordprocessingML)."""
    return ooxml(
        "word/document.xml",
        variant if variant.startswith("application/") else APPLICATION + variant,
        {
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body>'
            "</w:document>",
            **(extra or {}),
        },
        others,
    )


def paragraph(text):
    """A paragraph of WordprocessingML."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pptx(slides, notes=()):
    """A presentation; `slides` and `notes` are texts. Slides are listed in reverse order."""
    members, others = {}, []
    ids = relations = ""
    for number, text in enumerate(slides, 1):
        part = f"ppt/slides/slide{number}.xml"
        members[part] = _shape("p:sld", text)
        others.append((part, APPLICATION + "presentationml.slide+xml"))
        relations += (
            f'<Relationship Id="rId{number}" Type="{OFFICE}/slide" '
            f'Target="slides/slide{number}.xml"/>'
        )
        ids = f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' + ids
    for number, text in enumerate(notes, 1):
        part = f"ppt/notesSlides/notesSlide{number}.xml"
        members[part] = _shape("p:notes", text)
        others.append((part, APPLICATION + "presentationml.notesSlide+xml"))
        members[f"ppt/slides/_rels/slide{number}.xml.rels"] = (
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
            f'Type="{OFFICE}/notesSlide" Target="../notesSlides/notesSlide{number}.xml"/>'
            "</Relationships>"
        )
    members["ppt/presentation.xml"] = (
        f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{OFFICE}"><p:sldIdLst>{ids}</p:sldIdLst>'
        "</p:presentation>"
    )
    members["ppt/_rels/presentation.xml.rels"] = (
        f'<Relationships xmlns="{RELATIONS}">{relations}</Relationships>'
    )
    main_type = APPLICATION + "presentationml.presentation.main+xml"
    return ooxml("ppt/presentation.xml", main_type, members, others)


def _shape(element, text):
    return (
        f'<{element} xmlns:p="{SLIDES}" xmlns:a="{DRAWING}"><p:cSld><p:spTree><p:sp><p:txBody>'
        f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></{element}>"
    )


def odf(body, *, mime="application/vnd.oasis.opendocument.text", extra=None, styles=""):
    """An OpenDocument file around `body`, after its automatic `styles`."""
    content = (
        f'<office:document-content xmlns:office="{ODF}office:1.0" xmlns:text="{ODF}text:1.0" '
        f'xmlns:table="{ODF}table:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{styles}<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return archive({"mimetype": mime, "content.xml": content, **(extra or {})})


def pdf(pages, *, title="", facts=""):
    """A PDF whose pages show the given lines of Windows-1252; `facts` are more of its /Info."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    for index, text in enumerate(pages):
        shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        shown = shown.replace("\n", ") Tj T* (")
        stream = f"BT /F1 12 Tf 14 TL 50 700 Td ({shown}) Tj ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * index} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append(f"<< /Title ({title}) {facts} >>")
    return _pdf_file(objects, f"/Root 1 0 R /Info {len(objects)} 0 R")


def _pdf_file(objects, trailer):
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1"))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    for offset in offsets:
        out.write(f"{offset:010d} 00000 n \n".encode())
    out.write(
        f"trailer << /Size {len(objects) + 1} {trailer} >>\nstartxref\n{start}\n%%EOF".encode()
    )
    return out.getvalue()


def xlsx(rows, *, formats=(), header="", far_corner="", workbook="", extra=None, others=()):
    """A workbook of one sheet with shared strings; `far_corner` goes into its very last cell.

    Numbers of the n-th row have the n-th of `formats`, a number or the code of a format.
    """
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = []
    lines = ""
    for number, row in enumerate(rows, 1):
        cells = ""
        for column, value in enumerate(row):
            place = f"{chr(ord('A') + column)}{number}"
            if isinstance(value, str):
                strings.append(value)
                cells += f'<c r="{place}" t="s"><v>{len(strings) - 1}</v></c>'
            else:
                style = f' s="{number}"' if number <= len(formats) else ""
                cells += f'<c r="{place}"{style}><v>{value}</v></c>'
        lines += f'<row r="{number}">{cells}</row>'
    dimension = "A1:C3"
    if far_corner:
        dimension = "A1:XFD1048576"
        lines += (
            '<row r="1048576"><c r="XFD1048576" t="inlineStr">'
            f"<is><t>{far_corner}</t></is></c></row>"
        )
    items = "".join(f"<si><t>{text}</t><rPh><t>ruby</t></rPh></si>" for text in strings)
    members = {
        "xl/workbook.xml": workbook
        or f'<workbook xmlns="{space}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Feuille 1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
        f'Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{space}">{items}</sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><dimension ref="{dimension}"/>'
        f"<sheetData>{lines}</sheetData><headerFooter><oddHeader>{header}</oddHeader>"
        "</headerFooter></worksheet>",
        **(extra or {}),
    }
    parts = [
        ("xl/worksheets/sheet1.xml", APPLICATION + "spreadsheetml.worksheet+xml"),
        ("xl/sharedStrings.xml", APPLICATION + "spreadsheetml.sharedStrings+xml"),
        *others,
    ]
    if formats:
        parts.append(("xl/styles.xml", APPLICATION + "spreadsheetml.styles+xml"))
        members["xl/styles.xml"] = _number_formats(formats, space)
    main_type = APPLICATION + "spreadsheetml.sheet.main+xml"
    return ooxml("xl/workbook.xml", main_type, members, parts)


def _number_formats(formats, space):
    codes = {164 + at: code for at, code in enumerate(formats) if isinstance(code, str)}
    listed = "".join(
        f"<numFmt numFmtId='{at}' formatCode={quoteattr(code)}/>" for at, code in codes.items()
    )
    numbers = [code if isinstance(code, int) else 164 + at for at, code in enumerate(formats)]
    used = "".join(f"<xf numFmtId='{number}'/>" for number in [0, *numbers])
    return (
        f"<styleSheet xmlns='{space}'><numFmts>{listed}</numFmts><cellStyleXfs>"
        f"<xf numFmtId='9'/></cellStyleXfs><cellXfs>{used}</cellXfs></styleSheet>"
    )
