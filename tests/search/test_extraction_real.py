"""Extraction over the 388 real files of shared/data/files/tika: none does harm, words are found."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.extraction import Limits, Status, extract

from .extraction_files import shared_files

FILES = shared_files()
pytestmark = pytest.mark.skipif(
    FILES is None, reason="the test files (shared/data/files/tika beside the project) are not here"
)


@pytest.fixture(scope="module")
def results():
    files = sorted(FILES.iterdir())
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda path: extract(path, limits=Limits()), files)
        return dict(zip((path.name for path in files), found, strict=True))


def test_every_file_ends_in_a_considered_status(results):
    assert len(results) == 388
    bad = {
        name: str(found.detail)
        for name, found in results.items()
        if found.status in {Status.CRASHED, Status.TIMED_OUT, Status.TOO_LARGE, Status.EMPTY}
    }
    assert bad == {}


def test_no_reader_misses_a_module_or_a_right(results):
    """A child can open no file: whatever a parser imports late must have been loaded before."""
    assert [name for name, found in results.items() if "Error" in found.detail.message] == []


def test_most_files_yield_text(results):
    count = Counter(found.status for found in results.values())
    assert count[Status.OK] >= 330
    assert count[Status.NO_TEXT] <= 45
    assert count[Status.MALFORMED] <= 3


def test_only_ok_files_and_beginnings_have_text(results):
    for name, found in results.items():
        if found.status is Status.OK:
            assert found.text.strip(), name
        if found.status in {Status.NO_TEXT, Status.ENCRYPTED, Status.UNSUPPORTED}:
            assert found.text == "", name


def test_text_is_fit_to_store(results):
    for name, found in results.items():
        found.text.encode()
        assert "\x00" not in found.text + found.metadata.title + found.metadata.author, name


@pytest.mark.parametrize(
    ("name", "kind", "word"),
    [
        ("testPDF.pdf", "pdf", "metadata and structured text content"),
        ("testJournalParser.pdf", "pdf", "resonant gate transistor"),
        ("testAnnotations.pdf", "pdf", "Here is a comment"),
        ("testPDF_acroform3.pdf", "pdf", "TIKA-1226"),
        ("testPDF_childAttachments.pdf", "pdf", "tiny odds of winning"),
        ("testWORD_various.docx", "docx", "This is a footnote"),
        ("testComment.docx", "docx", "Here is a comment"),
        ("testWORD_text_box.docx", "docx", "text box"),
        ("testWORD_macros.docm", "docx", "quick brown fox"),
        ("testAltChunkHTML.docx", "docx", "emphasized word"),
        ("testEXCEL.xlsx", "xlsx", "Numbers and their Squares"),
        ("testEXCEL_headers_footers.xlsx", "xlsx", "John Smith50"),
        ("testComment.xlsx", "xlsx", "comment"),
        ("testEXCEL_macro.xlsm", "xlsx", "blank worksheet"),
        ("testEXCEL_various.xlsb", "xlsb", "This is a string"),
        ("testEXCEL.xls", "xls", "Sample Excel Worksheet"),
        ("testEXCEL.xlsb", "xlsb", "example spreadsheet"),  # calamine cannot read this one
        ("testComment.xls", "xls", "Here is a comment"),
        ("testEXCEL_textbox.xls", "xls", "autoshape text"),
        ("testEXCEL_embeddedPDF_windows.xls", "xls", "Content Analysis Toolkit"),
        ("testPPT_EmbeddedPDF.ppt", "ppt", "Content Analysis Toolkit"),
        ("testPDFFileEmbInAnnotation.pdf", "pdf", "This is"),
        ("testMasterFooter.odp", "odp", "Master footer is here"),
        ("testEXCEL_95.xls", "xls", "Foglio1"),
        ("testPPT_various.pptx", "pptx", "Row 2 Col 3"),
        ("testPPT_comment.pptx", "pptx", "tps deck"),
        ("testPPT_groups.ppt", "ppt", "Ungrouped text box"),
        ("testPPT_comment.ppt", "ppt", "tps deck"),
        ("testWORD.doc", "doc", "sample Microsoft Word Document"),
        ("testWORD6.doc", "doc", "quick brown fox"),
        ("testWORD_custom_props.doc", "doc", "My subject\nMy Keyword\nMy Comments"),
        ("testException1.doc", "doc", "Instructional"),  # its category
        ("testEXCEL_labels-govdocs-515858.xls", "xls", "Cabbage, Brassicas, Q56, phytosanitary"),
        ("testPPT_various.ppt", "ppt", "Keyword1 Keyword2"),
        ("test_recursive_embedded.doc", "doc", "embed_0"),
        ("testODFwithOOo3.odt", "odt", "simple footnote"),
        ("testFooter.odt", "odt", "Here is footer text"),
        ("testODT-TIKA-6000.odt", "odt", "Manuel d’utilisation de Koha"),
        ("testFooter.ods", "ods", "footer in the center area"),
        ("testODP_NPE.odp", "odp", "Health Care"),
        ("testRTFWindowsCodepage1250.rtf", "rtf", "ZAŻÓŁĆ GĘŚLĄ JAŹŃ"),
        ("testRTF-ms932.rtf", "rtf", "こんにちは"),
        ("testFontAfterBufferedText.rtf", "rtf", "Уважаемый клиент"),
        ("testRTFUnicodeGothic.rtf", "rtf", "𐌲𐌿𐍄𐌹𐍃𐌺"),
        ("testRTF_annotation_spacing.rtf", "rtf", "supercalifragilistic"),
        ("testRFC822_multipart_attachments.eml", "eml", "Test TXTA File"),
        ("testGroupWiseEml.eml", "eml", "ssssssssssssssssssssss"),
        ("complex.mbox", "mbox", "MapCompletionEvents"),
        ("test-outlook.msg", "msg", "attentes en matière de messagerie"),
        ("testMSG_att_doc.msg", "msg", "école (00E9)"),
        ("testMSG_forwarded.msg", "msg", "Original Body"),
    ],
)
def test_word_inside_is_found(results, name, kind, word):
    found = results[name]
    assert found.status is Status.OK
    assert found.kind == kind
    assert word in found.text


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("testWORD_protected_passtika.docx", Status.ENCRYPTED),
        ("testWORD_protected_passtika.doc", Status.ENCRYPTED),
        ("testEXCEL_protected_passtika.xlsx", Status.ENCRYPTED),
        ("testEXCEL_protected_passtika.xls", Status.ENCRYPTED),
        ("testPPT_protected_passtika.pptx", Status.ENCRYPTED),
        ("testPPT_protected_passtika.ppt", Status.ENCRYPTED),
        ("testODTEncrypted.odt", Status.ENCRYPTED),
        ("testUnicodePassword.pdf", Status.ENCRYPTED),
        ("testWORD_protected_drm.doc", Status.ENCRYPTED),
        ("testWORD_truncated.docx", Status.MALFORMED),
        ("testOCR.pdf", Status.NO_TEXT),
        ("testPDF_jpeg2000.pdf", Status.NO_TEXT),
        ("testWordPerfect_42.doc", Status.UNSUPPORTED),
        # Readable by anyone: the owner's password only forbids copying.
        ("testPDF_no_extract_no_accessibility_owner_empty.pdf", Status.OK),
        # Named .odt, and a text.
        ("testODTnotaZipFile.odt", Status.OK),
    ],
)
def test_status_of_special_files(results, name, status):
    assert results[name].status is status


@pytest.mark.parametrize(
    ("name", "title", "author"),
    [
        ("testPDF.pdf", "Apache Tika - Apache Tika", "Bertrand Delacrétaz"),
        ("testWORD.docx", "Sample Word Document", "Keith Bennett"),
        ("testODFwithOOo3.odt", "Apache Tika", "Bart Hanssens"),
        ("testEXCEL.xls", "Simple Excel document", "Keith Bennett"),
        ("testRTFJapanese.rtf", "ゾルゲと尾崎、淡々と最期", "VMazel"),
    ],
)
def test_metadata(results, name, title, author):
    metadata = results[name].metadata
    assert (metadata.title, metadata.author) == (title, author)


def test_language_is_told(results):
    assert results["testODT-TIKA-6000.odt"].language == "fr"
    assert results["testException1.doc"].language == "en"
    assert results["testRTFWord2010CzechCharacters.rtf"].language == ""
    assert results["testEXCEL_WORKBOOK_in_capitals.xls"].language == ""  # German
    assert results["testNPEOpenDocument.odt"].language == ""  # Spanish
