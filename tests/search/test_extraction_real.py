"""Extraction over real files: none does harm, words are found.

Fifty are in the project; all 388 of shared/data/files/tika where they are beside it.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.extraction import Limits, Status, extract

from .extraction_files import SOME_REAL_FILES, shared_files

ALL = shared_files()
FILES = ALL or SOME_REAL_FILES
needs_all = pytest.mark.skipif(
    ALL is None, reason="the test files (shared/data/files/tika beside the project) are not here"
)


def here(name, *expected):
    """A case of the file `name`, left out where that is not at hand."""
    missing = not (FILES / name).is_file()
    return pytest.param(
        name, *expected, marks=pytest.mark.skipif(missing, reason=f"{name} is not here"), id=name
    )


@pytest.fixture(scope="module")
def results():
    files = sorted(FILES.iterdir())
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda path: extract(path, limits=Limits()), files)
        return dict(zip((path.name for path in files), found, strict=True))


def test_every_file_ends_in_a_considered_status(results):
    assert len(results) == (388 if ALL else 51)
    bad = {
        name: str(found.detail)
        for name, found in results.items()
        if found.status in {Status.CRASHED, Status.TIMED_OUT, Status.TOO_LARGE, Status.EMPTY}
    }
    assert bad == {}


def test_no_reader_misses_a_module_or_a_right(results):
    """A child can open no file: whatever a parser imports late must have been loaded before."""
    assert [name for name, found in results.items() if "Error" in found.detail.message] == []


@needs_all
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
        here("testPDF.pdf", "pdf", "metadata and structured text content"),
        here("testJournalParser.pdf", "pdf", "resonant gate transistor"),
        here("testAnnotations.pdf", "pdf", "Here is a comment"),
        here("testPDF_acroform3.pdf", "pdf", "TIKA-1226"),
        here("testPDF_childAttachments.pdf", "pdf", "tiny odds of winning"),
        here("testWORD_various.docx", "docx", "This is a footnote"),
        here("testComment.docx", "docx", "Here is a comment"),
        here("testWORD_text_box.docx", "docx", "text box"),
        here("testWORD_macros.docm", "docx", "quick brown fox"),
        here("testAltChunkHTML.docx", "docx", "emphasized word"),
        here("testEXCEL.xlsx", "xlsx", "Numbers and their Squares"),
        here("testEXCEL_headers_footers.xlsx", "xlsx", "John Smith50"),
        here("testComment.xlsx", "xlsx", "comment"),
        here("testEXCEL_macro.xlsm", "xlsx", "blank worksheet"),
        here("testEXCEL_various.xlsb", "xlsb", "This is a string"),
        here("testEXCEL.xls", "xls", "Sample Excel Worksheet"),
        here("testEXCEL.xlsb", "xlsb", "example spreadsheet"),  # calamine cannot read this one
        here("testComment.xls", "xls", "Here is a comment"),
        here("testEXCEL_textbox.xls", "xls", "autoshape text"),
        here("testEXCEL_embeddedPDF_windows.xls", "xls", "Content Analysis Toolkit"),
        here("testPPT_EmbeddedPDF.ppt", "ppt", "Content Analysis Toolkit"),
        here("testPDFFileEmbInAnnotation.pdf", "pdf", "This is"),
        here("testMasterFooter.odp", "odp", "Master footer is here"),
        here("testEXCEL_95.xls", "xls", "Foglio1"),
        here("testPPT_various.pptx", "pptx", "Row 2 Col 3"),
        here("testPPT_comment.pptx", "pptx", "tps deck"),
        here("testPPT_groups.ppt", "ppt", "Ungrouped text box"),
        here("testPPT_comment.ppt", "ppt", "tps deck"),
        here("testWORD.doc", "doc", "sample Microsoft Word Document"),
        here("testWORD6.doc", "doc", "quick brown fox"),
        here("testWORD_custom_props.doc", "doc", "My subject\nMy Keyword\nMy Comments"),
        here("testException1.doc", "doc", "Instructional"),  # its category
        here(
            "testEXCEL_labels-govdocs-515858.xls", "xls", "Cabbage, Brassicas, Q56, phytosanitary"
        ),
        here("testPPT_various.ppt", "ppt", "Keyword1 Keyword2"),
        here("test_recursive_embedded.doc", "doc", "embed_0"),
        here("testODFwithOOo3.odt", "odt", "simple footnote"),
        here("testFooter.odt", "odt", "Here is footer text"),
        here("testODT-TIKA-6000.odt", "odt", "Manuel d’utilisation de Koha"),
        here("testFooter.ods", "ods", "footer in the center area"),
        here("testODP_NPE.odp", "odp", "Health Care"),
        here("testRTFWindowsCodepage1250.rtf", "rtf", "ZAŻÓŁĆ GĘŚLĄ JAŹŃ"),
        here("testRTF-ms932.rtf", "rtf", "こんにちは"),
        here("testFontAfterBufferedText.rtf", "rtf", "Уважаемый клиент"),
        here("testRTFUnicodeGothic.rtf", "rtf", "𐌲𐌿𐍄𐌹𐍃𐌺"),
        here("testRTF_annotation_spacing.rtf", "rtf", "supercalifragilistic"),
        here("testRFC822_multipart_attachments.eml", "eml", "Test TXTA File"),
        here("testGroupWiseEml.eml", "eml", "ssssssssssssssssssssss"),
        here("complex.mbox", "mbox", "MapCompletionEvents"),
        here("test-outlook.msg", "msg", "attentes en matière de messagerie"),
        here("testMSG_att_doc.msg", "msg", "école (00E9)"),
        here("testMSG_forwarded.msg", "msg", "Original Body"),
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
        here("testWORD_protected_passtika.docx", Status.ENCRYPTED),
        here("testWORD_protected_passtika.doc", Status.ENCRYPTED),
        here("testEXCEL_protected_passtika.xlsx", Status.ENCRYPTED),
        here("testEXCEL_protected_passtika.xls", Status.ENCRYPTED),
        here("testPPT_protected_passtika.pptx", Status.ENCRYPTED),
        here("testPPT_protected_passtika.ppt", Status.ENCRYPTED),
        here("testODTEncrypted.odt", Status.ENCRYPTED),
        here("testUnicodePassword.pdf", Status.ENCRYPTED),
        here("testWORD_protected_drm.doc", Status.ENCRYPTED),
        here("testWORD_truncated.docx", Status.MALFORMED),
        here("testOCR.pdf", Status.NO_TEXT),
        here("testPDF_jpeg2000.pdf", Status.NO_TEXT),
        here("testWordPerfect_42.doc", Status.UNSUPPORTED),
        # Readable by anyone: the owner's password only forbids copying.
        here("testPDF_no_extract_no_accessibility_owner_empty.pdf", Status.OK),
        # Named .odt, and a text.
        here("testODTnotaZipFile.odt", Status.OK),
    ],
)
def test_status_of_special_files(results, name, status):
    assert results[name].status is status


@pytest.mark.parametrize(
    ("name", "title", "author"),
    [
        here("testPDF.pdf", "Apache Tika - Apache Tika", "Bertrand Delacrétaz"),
        here("testWORD.docx", "Sample Word Document", "Keith Bennett"),
        here("testODFwithOOo3.odt", "Apache Tika", "Bart Hanssens"),
        here("testEXCEL.xls", "Simple Excel document", "Keith Bennett"),
        here("testRTFJapanese.rtf", "ゾルゲと尾崎、淡々と最期", "VMazel"),
    ],
)
def test_metadata(results, name, title, author):
    metadata = results[name].metadata
    assert (metadata.title, metadata.author) == (title, author)


@needs_all
def test_language_is_told(results):
    assert results["testODT-TIKA-6000.odt"].language == "fr"
    assert results["testException1.doc"].language == "en"
    assert results["testRTFWord2010CzechCharacters.rtf"].language == ""
    assert results["testEXCEL_WORKBOOK_in_capitals.xls"].language == ""  # German
    assert results["testNPEOpenDocument.odt"].language == ""  # Spanish
