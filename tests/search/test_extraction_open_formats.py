"""OpenDocument and RTF: what is read of each."""

from __future__ import annotations

import pytest

from search.extraction import Status
from search.extraction.formats.odf import LONGEST_PARAGRAPH

from .extraction_files import (
    ODF,
    odf,
)


def test_odt_paragraphs_spaces_tables_and_deletions(read):
    body = (
        "<text:tracked-changes><text:p>supprimé</text:p></text:tracked-changes>"
        '<text:h>Titre</text:h><text:p>deux<text:s text:c="3"/>mots<text:tab/>fin'
        "<text:line-break/>suite</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
        "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert read(odf(body)).text == "Titre\ndeux   mots\tfin\nsuite\na \tb"


def test_odf_annotation_facts_and_headers(read):
    body = (
        "<text:p>phrase<office:annotation><dc:creator>Nom</dc:creator>"
        "<text:p>remarque</text:p></office:annotation> entière</text:p>"
    )
    styles = (
        '<s xmlns:style="urn:s" xmlns:text="urn:t"><text:p>non</text:p><style:header>'
        "<text:p>Ville</text:p><text:p>Page <text:page-number>1</text:page-number></text:p>"
        "</style:header></s>"
    )
    meta = (
        '<o xmlns:office="urn:o" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="urn:m">'
        "<office:meta><dc:title>Compte rendu</dc:title><m:initial-creator>Joachim"
        "</m:initial-creator></office:meta></o>"
    )
    found = read(odf(body, extra={"styles.xml": styles, "meta.xml": meta}))
    assert found.text.split() == ["phrase", "remarque", "entière", "Ville"]
    assert (found.metadata.title, found.metadata.author) == ("Compte rendu", "Joachim")


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation-template", "odp"),
        ("application/vnd.oasis.opendocument.text-master", "odt"),
        ("application/vnd.sun.xml.writer", "odt"),
    ],
)
def test_odf_kinds(read, mime, kind):
    found = read(odf("<text:p>mot</text:p>", mime=mime))
    assert (found.kind, found.mime, found.text) == (kind, mime, "mot")


def test_encrypted_odf(read):
    manifest = "<m:manifest xmlns:m='urn:m'><m:encryption-data/></m:manifest>"
    found = read(odf("<text:p>x</text:p>", extra={"META-INF/manifest.xml": manifest}))
    assert found.status is Status.ENCRYPTED


def test_rtf_unicode_code_pages_and_substitutes(read):
    text = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}"
        r"{\*\generator Secret;}{\info{\title Arr\'eat\'e9}{\author Ren\u233?e}}"
        r"{\stylesheet{\s1 Titre;}}\f0 caf\'e9 \u8364?uro \uc2\u19968ab!\uc1 "
        r"{\f1\'cf\'f0\'e8}\par \u-10187?\u-8754? {\pict\bin4 }}}}}fin"
        r"\tab\{accolade\}\~ici\line suite}apr\'e8s"
    )
    found = read(text.encode("latin-1"))
    assert found.kind == "rtf"
    assert found.text == "café €uro 一!При\n\U0001d5ce fin\t{accolade}\u00a0ici\nsuite"
    assert (found.metadata.title, found.metadata.author) == ("Arrêté", "Renée")


def test_rtf_notes_come_last(read):
    text = (
        r"{\rtf1 inter{\*\annotation remarque}communal{\footnote renvoi} fin\par "
        r"{\trowd a\cell b\cell\row}}"
    )
    assert read(text).text == "intercommunal fin\na\tb\n\nremarque\nrenvoi"


def test_rtf_leaves_out_what_is_hidden_or_deleted(read):
    text = (
        r"{\rtf1\ansi a{\v cach\'e9}b\v cach\u233?\v0 c{\deleted supprim\'e9 \plain aussi}d"
        r"\v cach\'e9\plain e{\footnote f{\v g}}}"
    )
    assert read(text).text == "abcde\nf"


def test_rtf_properties_and_alternative_texts_are_found(read):
    text = (
        r"{\rtf1\ansi{\info{\title T}{\subject voirie}{\keywords enrob\'e9}{\category travaux}}"
        r"corps{\pict{\*\picprop{\sp{\sn wzName}{\sv Image 3}}{\sp{\sn wzDescription}{\sv plan"
        r" du port}}}00ff}}"
    )
    found = read(text)
    assert (found.metadata.title, found.text) == (
        "T",
        "corps\nplan du port\n\nvoirie\nenrobé\ntravaux",
    )


def test_odf_properties_alternative_texts_and_what_is_hidden(read):
    styles = (
        f'<o:automatic-styles xmlns:o="{ODF}office:1.0" xmlns:s="{ODF}style:1.0" '
        f'xmlns:text="{ODF}text:1.0"><s:style s:name="T1" s:family="text">'
        '<s:text-properties text:display="none"/></s:style>'
        '<s:style s:name="T2" s:family="text" s:parent-style-name="Secret"/></o:automatic-styles>'
    )
    body = (
        f'<d:frame xmlns:d="urn:d" xmlns:svg="{ODF}svg-compatible:1.0">'
        "<svg:title>blason</svg:title><svg:desc>une tour</svg:desc></d:frame>"
        '<text:p text:style-name="T1">vu<text:span text:style-name="T1">caché</text:span>e'
        '<text:span text:style-name="T2">celé</text:span></text:p>'
        '<text:section text:display="none"><text:p>masqué</text:p></text:section>'
    )
    meta = (
        '<o xmlns:m="urn:m" xmlns:dc="http://purl.org/dc/elements/1.1/"><m:meta>'
        "<dc:title>T</dc:title><dc:subject>voirie</dc:subject><m:keyword>enrobé</m:keyword>"
        "<m:keyword>trottoir</m:keyword></m:meta></o>"
    )
    common = (
        f'<o:styles xmlns:o="{ODF}office:1.0" xmlns:s="{ODF}style:1.0" xmlns:text="{ODF}text:1.0">'
        '<s:style s:name="Secret" s:family="text"><s:text-properties text:display="none"/>'
        "</s:style></o:styles>"
    )
    content = odf(body, extra={"meta.xml": meta, "styles.xml": common}, styles=styles)
    found = read(content)
    assert found.metadata.title == "T"
    assert found.text.split("\n") == ["blason", "une tour", "vue", "", "voirie", "enrobé, trottoir"]


def test_odf_fields_leave_out_what_they_hid_when_it_was_saved(read):
    """A field hides its text, a section what is in it, another field all of its paragraph."""
    field = "text:hidden-text text:condition='c' text:string-value='celé'"
    body = (
        f"<text:p>avant <{field} text:is-hidden='true'>celé</text:hidden-text>"
        f"<{field} text:is-hidden='false'>montré</text:hidden-text></text:p>"
        "<text:p>tu<text:hidden-paragraph text:condition='c' text:is-hidden='true'/> et tu"
        "<text:note><text:note-body><text:p>tu</text:p></text:note-body></text:note></text:p>"
        "<text:p>lu <text:hidden-paragraph text:is-hidden='false'/>aussi</text:p>"
        "<text:section text:display='condition' text:is-hidden='true'><text:p>tu</text:p>"
        "</text:section>"
        "<text:p>dehors<text:note><text:note-body><text:p>tu"
        "<text:hidden-paragraph text:is-hidden='true'/></text:p></text:note-body></text:note>"
        "</text:p>"
        "<text:p>après</text:p>"
    )
    assert read(odf(body)).text.split() == ["avant", "montré", "lu", "aussi", "dehors", "après"]


def test_a_paragraph_of_odf_that_never_ends_is_not_kept_in_memory(read):
    body = "<text:p>" + "mot " * (LONGEST_PARAGRAPH // 3) + "fin</text:p><text:p>après</text:p>"
    found = read(odf(body)).text
    assert found.startswith("mot mot")
    assert found.endswith("mot fin\naprès")
