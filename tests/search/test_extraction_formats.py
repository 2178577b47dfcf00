"""Each format, on documents made here: what is read, what is left out, and in which order."""

from __future__ import annotations

import pytest

from search.extraction import Status

from .extraction_files import (
    APPLICATION,
    DRAWING,
    WORD,
    archive,
    docx,
    ooxml,
    paragraph,
    pdf,
    pptx,
    xlsx,
)


def test_docx_body_tables_and_breaks(read):
    body = (
        paragraph("Délibération")
        + "<w:tbl><w:tr><w:tc>"
        + paragraph("Budget")
        + "</w:tc><w:tc>"
        + paragraph("12 000")
        + "</w:tc></w:tr></w:tbl>"
        + "<w:p><w:r><w:t>avant</w:t><w:br/><w:t>après</w:t><w:tab/><w:t>fin</w:t></w:r></w:p>"
    )
    found = read(docx(body))
    assert found.status is Status.OK
    assert found.text == "Délibération\nBudget \t12 000\navant\naprès\tfin"


def test_docx_leaves_out_codes_deletions_and_duplicates(read):
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr>"
        "<w:r><w:instrText>HYPERLINK secret</w:instrText></w:r>"
        "<w:del><w:r><w:delText>supprimé</w:delText></w:r></w:del>"
        "<w:r><w:t>visible</w:t></w:r>"
        '<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice><w:t> une fois</w:t></mc:Choice>'
        "<mc:Fallback><w:t> deux fois</w:t></mc:Fallback></mc:AlternateContent></w:p>"
    )
    assert read(docx(body)).text == "visible une fois"


def test_docx_headers_notes_and_comments(read):
    parts = {
        "header": "en-tête",
        "footer": "pied",
        "footnotes": "renvoi",
        "endnotes": "fin",
        "comments": "remarque",
    }
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    extra = {
        f"word/{part}1.xml": f"<w:x {space}>{paragraph(text)}</w:x>" for part, text in parts.items()
    }
    others = [(f"word/{part}1.xml", f"{APPLICATION}wordprocessingml.{part}+xml") for part in parts]
    text = read(docx(paragraph("corps"), extra=extra, others=others)).text
    assert text.startswith("corps")
    assert all(word in text for word in parts.values())


CORE = (
    '<cp:coreProperties xmlns:cp="urn:cp" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Arrêté\n n° 12</dc:title><dc:creator>Alizée Rosamond</dc:creator>"
    "<dc:subject>voirie</dc:subject><cp:keywords>enrobé, trottoir</cp:keywords>"
    "<cp:category>travaux</cp:category><dc:description>relu en mairie</dc:description>"
    "</cp:coreProperties>"
)
PROPERTIES = "application/vnd.openxmlformats-package.core-properties+xml"
WITH_CORE = {"extra": {"docProps/core.xml": CORE}, "others": [("docProps/core.xml", PROPERTIES)]}


def test_docx_properties(read):
    found = read(docx(paragraph("x"), **WITH_CORE))
    assert (found.metadata.title, found.metadata.author) == ("Arrêté n° 12", "Alizée Rosamond")
    assert found.text == "x\n\nvoirie\nenrobé, trottoir\ntravaux\nrelu en mairie"


def test_properties_of_sheets_are_read_and_are_no_text_of_them(read):
    assert "enrobé, trottoir\ntravaux" in read(xlsx([["cellule"]], **WITH_CORE)).text
    empty = read(docx("", **WITH_CORE))
    assert empty.status is Status.NO_TEXT
    assert "enrobé, trottoir; travaux" in empty.metadata.about


STYLES = f"""<w:styles xmlns:w="{WORD}">
<w:style w:type="character" w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Fils"><w:basedOn w:val="Secret"/></w:style>
<w:style w:type="character" w:styleId="Clair"><w:basedOn w:val="Secret"/>
<w:rPr><w:vanish w:val="0"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Rond"><w:basedOn w:val="Rond"/></w:style></w:styles>"""


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def test_docx_leaves_out_what_is_hidden_or_deleted(read):
    body = (
        f"<w:p><w:pPr><w:pStyle w:val='Rond'/><w:rPr><w:vanish/></w:rPr></w:pPr>{run('a')}"
        f"{run('un', '<w:vanish/>')}{run('b', '<w:vanish w:val=&quot;false&quot;/>')}"
        f"{run('deux', '<w:rStyle w:val=&quot;Secret&quot;/>')}"
        f"{run('trois', '<w:rStyle w:val=&quot;Fils&quot;/>')}"
        f"{run('c', '<w:rStyle w:val=&quot;Clair&quot;/>')}"
        f"{run('d', '<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>')}"
        f"<w:del>{run('quatre')}<w:r><w:tab/></w:r></w:del></w:p>"
        f"<w:p><w:pPr><w:pStyle w:val='Secret'/></w:pPr>{run('cinq')}</w:p>{paragraph('e')}"
    ).replace("&quot;", '"')
    styles = ("word/styles.xml", APPLICATION + "wordprocessingml.styles+xml")
    found = read(docx(body, extra={styles[0]: STYLES}, others=[styles]))
    assert found.text.split() == ["abcd", "e"]


def test_rows_and_cells_of_docx_whose_deletion_is_tracked_are_left_out(read):
    def cell(text, properties=""):
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    body = (
        f"<w:tbl><w:tr><w:trPr><w:del w:id='5'/></w:trPr>{cell('a')}{cell('b')}</w:tr>"
        f"<w:tr><w:trPr><w:ins w:id='6'/></w:trPr>{cell('c')}{cell('d', '<w:cellDel/>')}"
        f"{cell('e')}</w:tr></w:tbl>{paragraph('f')}{paragraph('g')}"
    )
    assert read(docx(body)).text == "c \te\nf\ng"


def test_alternative_texts_of_pictures_are_read(read):
    picture = (
        '<w:r><w:drawing><x:docPr name="Image 3" descr="plan du port" title="carte"/></w:drawing>'
        "</w:r>"
    )
    legacy = '<w:r><w:pict><x:shape alt="blason"/></w:pict></w:r>'
    word = read(docx(f'<w:p xmlns:x="urn:x">{picture}{legacy}</w:p>')).text
    assert word.split() == ["carte", "plan", "du", "port", "blason"]
    shape = (
        '</a:t></a:r></a:p><p:cNvPr name="Image 3" descr="graphique des recettes"/><a:p><a:r><a:t>'
    )
    slide = read(pptx(["titre" + shape])).text
    assert "graphique des recettes" in slide
    assert "Image" not in word + slide


@pytest.mark.parametrize(
    "variant",
    [
        "wordprocessingml.template.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    ],
)
def test_docx_variants(read, variant):
    found = read(docx(paragraph("modèle"), variant=variant))
    assert (found.kind, found.text) == ("docx", "modèle")
    assert found.mime.startswith("application/vnd.")
    assert "main" not in found.mime


def test_docx_embedded_document_is_read(read):
    inner = docx(paragraph("annexe"))
    found = read(docx(paragraph("principal"), extra={"word/embeddings/inner.docx": inner}))
    assert found.text.split() == ["principal", "annexe"]


def test_broken_header_does_not_hide_the_body(read):
    header = ("word/header1.xml", APPLICATION + "wordprocessingml.header+xml")
    found = read(docx(paragraph("corps"), extra={header[0]: "<w:x"}, others=[header]))
    assert found.status is Status.MALFORMED
    assert found.text == "corps"


def test_pptx_order_notes_and_slide_numbers(read):
    found = read(pptx(["première", "seconde"], notes=["note de la première"]))
    assert found.kind == "pptx"
    assert found.text.split("\n\n") == ["seconde", "première", "note de la première"]


def test_pptx_slide_number_field_is_left_out(read):
    text = "titre</a:t></a:r><a:fld type='slidenum'><a:t>‹N°›</a:t></a:fld><a:r><a:t>"
    assert read(pptx([text])).text == "titre"


def test_xlsx_cells_comments_shapes_and_headers(read):
    drawing = f'<x xmlns:a="{DRAWING}"><a:p><a:r><a:t>forme</a:t></a:r></a:p></x>'
    found = read(
        xlsx(
            [["Service", "Crédits"], ["Écoles", 1250.5], ["Voirie", 300]],
            header='&amp;L&amp;"Arial,Gras"Projet &amp;P',
            extra={
                "xl/comments1.xml": "<comments><commentList><comment><text><t>vérifier</t></text>"
                "</comment></commentList></comments>",
                "xl/drawings/drawing1.xml": drawing,
            },
            others=[
                ("xl/comments1.xml", APPLICATION + "spreadsheetml.comments+xml"),
                ("xl/drawings/drawing1.xml", APPLICATION + "drawing+xml"),
            ],
        )
    )
    assert found.kind == "xlsx"
    assert "Feuille 1\nService\tCrédits\nÉcoles\t1250.5\nVoirie\t300" in found.text
    assert "vérifier" in found.text
    assert "forme" in found.text
    assert "Projet" in found.text
    assert "Arial" not in found.text


def test_sheet_with_far_corners_is_read_without_unrolling(read):
    found = read(xlsx([["coin"]], far_corner="opposé"))
    assert found.status is Status.OK
    assert found.text.split() == ["coin", "opposé"]


def test_sheet_that_cannot_be_read_gives_its_words(read):
    content = xlsx([["indemnité", "régie"]], workbook="<nothing/>")
    found = read(content)
    assert found.status is Status.OK
    assert found.text.split() == ["indemnité", "régie"]


def test_html_shows_what_a_person_reads(read):
    page = (
        "<!DOCTYPE html><html><head><title>Marchés publics</title>"
        '<meta name="author" content="Mairie"><style>p{color:red}</style>'
        "<script>var cache = 1 < 2;</script></head><body><h1>Avis&nbsp;n&deg;&#160;7</h1>"
        "<p>Réponse <b>avant</b> midi<br>merci<table><tr><td>a<td>b</table><img alt='plan'>"
        "<template>jamais</template></body></html>"
    )
    found = read(page)
    assert (found.kind, found.metadata.title, found.metadata.author) == (
        "html",
        "Marchés publics",
        "Mairie",
    )
    for word in ("Avis\u00a0n°\u00a07", "Réponse avant midi\nmerci", "a\tb", "plan"):
        assert word in found.text
    for word in ("color", "cache", "jamais"):
        assert word not in found.text


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "cp1251"),
        ('<meta charset="utf-8">', "utf-8"),
        ("", "utf-8"),
        ("", "utf-16"),
    ],
)
def test_html_encodings(read, head, encoding):
    word = "Привет" if encoding == "cp1251" else "œuvre d’été"
    page = f"<!doctype html><html><head>{head}</head><body>{word}</body></html>"
    assert read(page.encode(encoding)).text == word


def test_pdf_pages_and_title(read):
    found = read(pdf(["Premi\xe8re page", "(Seconde) page"], title="Budget"))
    assert found.status is Status.OK
    assert (found.kind, found.mime) == ("pdf", "application/pdf")
    assert found.text == "Première page\n\n(Seconde) page"
    assert found.metadata.title == "Budget"


def test_pdf_words_broken_at_the_end_of_a_line_are_read_both_ways(read):
    page = "le proc\xe8s-\nverbal des mar-\nch\xe9s de Saint-\nMartin, VICE-\nPR\xc9SIDENT"
    found = read(pdf([page]))
    assert found.text == "le procèsverbal des marchés de Saint-Martin, VICEPRÉSIDENT"
    assert found.for_search == "procès-verbal mar-chés VICE-PRÉSIDENT"


def test_pdf_accents_of_tex_are_put_onto_their_letters(read):
    tex = "d\xb4elib\xb4eration d'int\xb4er\x88et, l`a o`u na\xa8if gar\xb8con `a l'\xb4ecole"
    expected = "délibération d'intérêt, là où naïf garçon à l'école"
    assert read(pdf([tex])).text == expected
    typed = "l\xb4eau, l\xb4accord d\xe9lib\xe9r\xe9 et l\xe9gal de `abc`"
    assert read(pdf([typed])).text == "l´eau, l´accord délibéré et légal de `abc`"


def test_pdf_keywords_are_found_and_a_scan_stays_one(read):
    facts = "/Subject (Urbanisme) /Keywords (zonage, littoral)"
    assert read(pdf(["texte"], facts=facts)).text == "texte\n\nUrbanisme\nzonage, littoral"
    scan = read(pdf([""], facts=facts))
    assert (scan.status, scan.text) == (Status.NO_TEXT, "")
    assert scan.metadata.about == "Urbanisme; zonage, littoral"


def test_pdf_without_text(read):
    found = read(pdf([""]))
    assert (found.status, found.detail.code) == (Status.NO_TEXT, "no_text")


@pytest.mark.parametrize(
    ("content", "word", "kind"),
    [
        ("<?xml version='1.0'?><racine><a>un</a><b>deux</b></racine>", "un deux", "xml"),
        (
            "<?xml version='1.0'?><office:document xmlns:office='urn:o' xmlns:text='urn:t'>"
            "<office:body><text:p>plat</text:p></office:body></office:document>",
            "plat",
            "odt",
        ),
        (
            "<?xml version='1.0'?><w:wordDocument xmlns:w='urn:w'><w:body><w:p><w:r><w:t>2003"
            "</w:t></w:r></w:p></w:body></w:wordDocument>",
            "2003",
            "doc",
        ),
    ],
)
def test_single_xml_files(read, content, word, kind):
    found = read(content)
    assert (found.text, found.kind) == (word, kind)


def test_other_archives_and_images_are_told_apart(read):
    assert read(archive({"a.txt": "x"})).status is Status.UNSUPPORTED
    image = read(b"\x89PNG\r\n\x1a\n" + bytes(100), "scan.png")
    assert (image.status, image.kind, image.mime) == (Status.NO_TEXT, "image", "image/png")


def test_package_of_an_unknown_kind_is_unsupported(read):
    found = read(ooxml("x/main.xml", "application/vnd.unknown.main+xml", {"x/main.xml": "<x/>"}))
    assert found.status is Status.UNSUPPORTED
