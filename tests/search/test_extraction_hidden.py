"""What the author of a workbook hides is not found: hidden sheets and what lies on them."""

from __future__ import annotations

import io
import struct

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment

from search.extraction import Status

from .extraction_files import APPLICATION, DRAWING, OFFICE, RELATIONS, odf, shared_files, xlsx
from .workbook_files import record, xls, xlsb, xlsb_record

ODS = "application/vnd.oasis.opendocument.spreadsheet"
HIDDEN_TABLE = (
    '<a:automatic-styles xmlns:a="a" xmlns:style="s" xmlns:t="t">'
    '<style:style style:name="ta1" style:family="table"><{0} t:display="true"/></style:style>'
    '<style:style style:name="ta2" style:family="table"><{0} t:display="false"/></style:style>'
    "</a:automatic-styles>"
)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheet_of_an_xlsx_is_left_out_with_all_on_it(read, state):
    book = Workbook()
    for sheet, word in ((book.active, "pélican"), (book.create_sheet(), "gazelle")):
        sheet.title = f"onglet {word}"
        sheet["A1"] = f"cellule {word}"
        sheet["A2"] = 421 if word == "pélican" else 422
        sheet["A2"].number_format = "00000"
        sheet["A1"].comment = Comment(f"note {word}", "auteur")
        sheet.oddHeader.center.text = f"en-tête {word}"
        chart = BarChart()
        chart.title = f"graphique {word}"
        chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=2))
        sheet.add_chart(chart, "C3")
    book.worksheets[1].sheet_state = state
    saved = io.BytesIO()
    book.save(saved)
    found = read(saved.getvalue())
    assert found.status is Status.OK
    for where in ("onglet", "cellule", "note", "en-tête", "graphique"):
        assert f"{where} pélican" in found.text
    assert found.for_search == "00421"
    assert "gazelle" not in found.text
    assert "422" not in found.text


def test_hidden_sheet_of_an_xlsx_that_calamine_cannot_read(read):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = "".join(f"<si><t>{word}</t></si>" for word in ("pélican", "gazelle"))
    hidden = f'<worksheet xmlns="{space}"><sheetData><row><c t="s"><v>1</v></c></row></sheetData>'
    book = (
        f'<workbook xmlns="{space}" xmlns:r="{OFFICE}"><sheets><sheet name="A" r:id="rId1"/>'
        '<sheet name="B" state="hidden" r:id="rId9"/></sheets></workbook>'
    )
    content = xlsx(
        [["pélican"]],
        workbook=book,
        extra={
            "xl/sharedStrings.xml": f'<sst xmlns="{space}">{strings}</sst>',
            "xl/worksheets/sheet2.xml": hidden + "</worksheet>",
            "xl/worksheets/_rels/sheet2.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
            f'<Relationship Id="a" Type="{OFFICE}/comments" Target="../comments1.xml"/>'
            "</Relationships>",
            "xl/comments1.xml": "<comments><comment><text><t>lynx</t></text></comment></comments>",
        },
        others=[
            ("xl/worksheets/sheet2.xml", APPLICATION + "spreadsheetml.worksheet+xml"),
            ("xl/comments1.xml", APPLICATION + "spreadsheetml.comments+xml"),
        ],
    )
    assert read(content).text.split() == ["pélican"]


def test_hidden_sheets_of_a_vast_xlsx(read):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cell = '<row><c t="inlineStr"><is><t>gazelle</t></is></c></row>'
    content = xlsx(
        [["pélican"]],
        far_corner="coin",
        workbook=f'<workbook xmlns="{space}" xmlns:r="{OFFICE}"><sheets><sheet name="A" '
        'r:id="rId1"/><sheet name="B" state="hidden" r:id="rId3"/></sheets></workbook>',
        extra={
            "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{space}"><sheetData>{cell}'
            "</sheetData></worksheet>",
        },
        others=[("xl/worksheets/sheet2.xml", APPLICATION + "spreadsheetml.worksheet+xml")],
    )
    assert read(content).text.split() == ["pélican", "coin"]


def test_where_it_cannot_be_told_what_a_hidden_sheet_leads_to(read):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = xlsx(
        [["pélican"]],
        workbook=f'<workbook xmlns="{space}" xmlns:r="{OFFICE}"><sheets><sheet name="A" '
        'r:id="rId1"/><sheet name="B" state="hidden" r:id="rId2"/></sheets></workbook>',
        extra={
            "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{space}"/>',
            "xl/worksheets/_rels/sheet2.xml.rels": "<Relationships",
            "xl/comments1.xml": "<comments><comment><text><t>gazelle</t></text></comment>"
            "</comments>",
        },
        others=[
            ("xl/worksheets/sheet2.xml", APPLICATION + "spreadsheetml.worksheet+xml"),
            ("xl/comments1.xml", APPLICATION + "spreadsheetml.comments+xml"),
        ],
    )
    found = read(content)
    assert (found.status, found.text.split()) == (Status.MALFORMED, ["pélican"])


def _on_a_sheet(word, storage):
    """Records of a header, a comment and an object, as one cell."""
    text = b"\0" + word.encode("latin-1")
    shape = struct.pack("<10xHHxxxxxx", len(word), 0)
    formula = struct.pack("<HHH", 9, 12, 6) + bytes(6) + struct.pack("<I", storage)
    return [
        record(0x14, struct.pack("<HB", len(word), 0) + word.encode("latin-1"))
        + record(0x01B6, shape)
        + record(0x3C, text)
        + record(0x5D, struct.pack("<HH", 0x15, 18) + bytes(18) + formula)
    ]


@pytest.mark.parametrize("state", [1, 2])
def test_hidden_sheet_of_an_xls_is_left_out_with_all_on_it(read, state):
    package = bytes(4) + b"objet " * 800
    content = xls(
        [
            ("onglet gazelle", state, [["cellule gazelle"], [422], _on_a_sheet("gazelle", 0xAB)]),
            ("onglet pélican", 0, [["cellule pélican"], [421], _on_a_sheet("pélican", 0xAC)]),
        ],
        formats=["0", "00000"],
        objects={
            "MBD000000AB/\x01Ole10Native": package.replace(b"objet", b"lynx"),
            "MBD000000AC/\x01Ole10Native": package,
        },
    )
    found = read(content)
    assert found.status is Status.OK
    assert found.text.count("pélican") == 4
    assert found.for_search == "00421"
    assert "objet" in found.text
    assert not {"gazelle", "422", "lynx"} & {*found.text.split()}


def test_hidden_sheet_of_excel_95(read):
    sheets = [("A", 0, [["pélican"]]), ("B", 1, [["gazelle"]])]
    assert read(xls(sheets, version=0x0500)).text.split() == ["A", "pélican"]


@pytest.mark.parametrize("state", [1, 2])
@pytest.mark.parametrize("broken", [b"", xlsb_record(156, struct.pack("<II", 0, 9) + b"\1\0\0\0x")])
def test_hidden_sheet_of_an_xlsb_is_left_out_with_all_on_it(read, state, broken):
    # Calamine cannot read the second of the two.
    shape = f'<x xmlns:a="{DRAWING}"><a:p><a:r><a:t>forme %s</a:t></a:r></a:p></x>'
    extra, others = {}, []
    for number, word in ((1, "gazelle"), (2, "pélican")):
        inner = f"xl/embeddings/Feuille{number}.xlsx"
        extra[inner] = xlsx([[f"incorporée {word}"]])
        others.append((inner, APPLICATION + "spreadsheetml.sheet"))
        extra[f"xl/drawings/drawing{number}.xml"] = shape % word
        extra[f"xl/worksheets/_rels/sheet{number}.bin.rels"] = (
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Type="{OFFICE}/drawing" '
            f'Target="../drawings/drawing{number}.xml"/><Relationship Id="rId2" '
            f'Type="{OFFICE}/package" Target="../embeddings/Feuille{number}.xlsx"/></Relationships>'
        )
        others.append((f"xl/drawings/drawing{number}.xml", APPLICATION + "drawing+xml"))
    sheets = [("B", state, [["cellule gazelle"], [422]]), ("A", 0, [["cellule pélican"], [421]])]
    content = xlsb(sheets, formats=["0", "00000"], listed=broken, extra=extra, others=others)
    found = read(content)
    assert found.status is Status.OK
    for word in ("cellule pélican", "forme pélican", "incorporée pélican"):
        assert word in found.text
    assert found.for_search == "00421"
    assert "gazelle" not in found.text
    assert "422" not in found.text


@pytest.mark.parametrize("element", ["style:table-properties", "style:properties"])
def test_hidden_sheet_of_an_ods_is_left_out_with_all_on_it(read, element):
    table = (
        '<table:table table:style-name="{}"><table:table-row><table:table-cell><text:p>{}</text:p>'
        '<d:object xmlns:d="d" xmlns:x="x" x:href="./Object {}"/></table:table-cell>'
        "</table:table-row></table:table>"
    )
    body = table.format("ta1", "pélican", 1) + table.format("ta2", "gazelle", 2)
    inner = '<o xmlns:text="t"><text:p>{}</text:p></o>'
    objects = {"Object 1/content.xml": "graphique", "Object 2/content.xml": "lynx"}
    content = odf(
        body,
        mime=ODS,
        styles=HIDDEN_TABLE.format(element),
        extra={part: inner.format(word) for part, word in objects.items()},
    )
    found = read(content)
    assert found.kind == "ods"
    assert found.text.split() == ["pélican", "graphique"]


@pytest.mark.skipif(shared_files() is None, reason="the real files are not here")
def test_hidden_sheets_of_a_real_file(read):
    found = read((shared_files() / "testEXCEL_extra_metadata.xls").read_bytes())
    assert "protected-sheet" in found.text
    assert "hidden sheet" not in found.text
    assert "very" not in found.text
