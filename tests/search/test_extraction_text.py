"""Plain text, detection, language and cleaning: the parts that need no child process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from directory.text import cleaned
from search.extraction import (
    ExtractionUnavailable,
    Limits,
    Status,
    extract,
    guess_language,
    protections,
)
from search.extraction.detection import detect
from search.extraction.plain import clean, decode, decode_as, looks_like_text
from search.extraction.sandbox import Sandbox
from search.extraction.sandbox.client import ROOT

from .extraction_files import docx, paragraph

FRENCH = (
    "Le maire convoque les conseillers à la séance du budget, qui est publique et dans la salle."
)
ENGLISH = (
    "The mayor invites the members of the council to a public meeting that is held in the hall."
)


@pytest.fixture
def read(tmp_path):
    def read(content, stored="note.txt", **kwargs):
        path = tmp_path / stored
        path.write_bytes(content)
        return extract(path, limits=Limits(), **kwargs)

    return read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_in_use(read, encoding):
    text = "Délibération n° 7 : l’œuvre coûte 12 €" + " et voilà" * 20
    found = read(text.encode(encoding))
    assert (found.status, found.text) == (Status.OK, text)


def test_a_text_cut_within_its_last_character_keeps_the_others(read):
    text = "Été à la mairie délibération "
    assert read(f"{text}é".encode()[:-1]).text == f"{text}\ufffd"
    assert read(f"{text}€".encode()[:-1]).text == f"{text}\ufffd"
    assert read("fermé l'été".encode("cp1252")).text == "fermé l'été"


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n  "])
def test_a_word_that_a_soft_hyphen_breaks_over_two_lines_is_one(read, end):
    assert read(f"le terri\u00ad{end}toire\u00ad\n\nfin".encode()).text == "le territoire\n\nfin"


def test_text_needs_no_child(read):
    """No parser, no process: thousands of notes are imported at once."""
    dead = Sandbox("no_such_module")
    assert read(FRENCH.encode(), sandbox=dead).language == "fr"
    with pytest.raises(ExtractionUnavailable, match="no_such_module"):
        read(docx(paragraph("x")), sandbox=dead)


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.txt", "text/plain"),
        ("a.md", "text/markdown"),
        ("a.CSV", "text/csv"),
        ("a.pdf", "text/plain"),
        ("a", "text/plain"),
    ],
)
def test_text_is_told_from_its_content(read, name, mime):
    found = read(b"nom;service\nRen\xc3\xa9;Voirie\n", name)
    assert (found.status, found.kind, found.mime) == (Status.OK, "text", mime)


def test_lying_names_and_types_do_no_harm(read):
    found = read(docx(paragraph("vrai")), "image.png", mime="image/png")
    assert (found.status, found.kind, found.text) == (Status.OK, "docx", "vrai")


def test_name_as_uploaded_counts_over_the_path(read):
    assert read(b"a,b", "0f3c9a", name="liste.csv").mime == "text/csv"


def test_empty_and_blank_files(read):
    assert read(b"").status is Status.EMPTY
    assert read(b" \r\n\t\n").status is Status.EMPTY


def test_binary_of_no_known_kind(read):
    found = read(bytes(range(256)) * 20, "film.mp4", mime="video/mp4")
    assert (found.status, found.mime, found.text) == (Status.UNSUPPORTED, "video/mp4", "")
    assert str(found.detail).startswith("unsupported: ")


def test_what_is_no_ordinary_file(tmp_path):
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    keeper = os.open(fifo, os.O_RDWR)
    try:
        assert extract(fifo, limits=Limits()).detail.code == "not_a_file"
    finally:
        os.close(keeper)
    with pytest.raises(FileNotFoundError):
        extract(tmp_path / "missing", limits=Limits())


def test_limits_come_from_the_settings(tmp_path, settings):
    settings.EXTRACTION_SECONDS = 0
    path = tmp_path / "a.html"
    path.write_bytes(b"<!doctype html><p>" + b"mot " * 2_000_000)
    assert extract(path).status is Status.TIMED_OUT
    settings.EXTRACTION_SECONDS = 20
    assert extract(path).status is Status.OK
    settings.EXTRACTION_MEMORY_BYTES = 1024 * 1024
    assert extract(path).detail.code == "memory"


def test_package_needs_no_django():
    code = (
        "import sys, search.extraction.job, search.extraction.sandbox.helper\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"%PDF-1.7", "", "pdf"),
        (b"junk before\n%PDF-1.7", "", "pdf"),
        (b"{\\rtf1", "", "rtf"),
        (b"PK\x03\x04", "", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "ole"),
        (b"  <!DOCTYPE html>", "", "html"),
        (b"<!-- c --><html>", "", "html"),
        (b"<?xml version='1.0'?><html xmlns='x'>", "", "html"),
        (b"<?xml version='1.0'?><a/>", "", "xml"),
        (b"<p>fragment</p>", "a.html", "html"),
        (b"<p>fragment</p>", "a.txt", "text"),
        (b"Received: x\nMessage-ID: <a>\nSubject: s\n\n", "", "eml"),
        (b"From: a\nTo: b\nSubject: s\nDate: d\n\n", "", "eml"),
        (b"Subject: s\n\n", "a.eml", "eml"),
        (b"Subject: mon titre\nune suite sans en-t\xc3\xaate\n", "a.txt", "text"),
        (b"From a@b Mon Jun 01 10:00:00 2026\nSubject: s\n\n", "", "mbox"),
        (b"From here on it is text\n", "", "text"),
        (b"BM is how this text begins", "", "text"),
        (b"BM\x46\x00\x00\x00\x00\x00", "", "image"),
        (b"\xff\xfbID3 music" + bytes(50), "", ""),
        (b"\x00\x00\x00\x18ftypheic", "", "image"),
        (b"\x00\x00\x00\x18ftypmp42", "", ""),
    ],
)
def test_detection(head, name, kind):
    assert detect(head, name).kind == kind


def test_looks_like_text():
    assert looks_like_text("été".encode("cp1252"))
    assert looks_like_text(b"\x1b[31mred\x1b[0m")
    assert not looks_like_text(b"\x01\x02\x03\x04")
    assert not looks_like_text(b"abc\x00def")


def test_decoding_never_fails():
    assert decode(b"caf\xc3", cut=True) == "caf"  # in the middle of a character
    assert decode(b"caf\xe9") == "café"
    assert decode(b"\x81\xff") == "\ufffdÿ"
    assert decode_as("é".encode("cp1252"), "no-such-charset") == "é"
    assert decode_as("é".encode("cp1252"), "utf-8") == "é"
    assert decode_as(b"x", "a\x00b") == "x"


CSV = "Référence;Libellé\n2031-12;Étude géotechnique réalisée à l’école\n"


@pytest.mark.parametrize("encoding", ["cp850", "cp437", "mac_roman", "cp1252"])
def test_a_text_is_read_by_the_code_page_that_makes_words_of_it(read, encoding):
    text = CSV.replace("’", "'").replace("É", "E")  # 437 has no such capital
    assert read(text.encode(encoding), "liste.csv").text == text.strip()
    dashes = "The council \u2014 in “plenary” \u2013 met\u2026 and it’s over"
    assert decode(dashes.encode("cp1252")) == dashes


def test_one_bad_byte_costs_no_more_than_itself(read):
    data = CSV.encode() + "café\n".encode("cp1252") + CSV.encode()
    assert read(data, "liste.csv").text == CSV + "café\n" + CSV.strip()
    assert decode_as(CSV.encode() + b"\x81", "utf-8") == CSV + "\ufffd"
    assert decode(CSV.encode() + b"\xc3", cut=True) == CSV


def test_windows_under_the_name_of_latin_1_keeps_its_characters():
    data = "l’œuvre coûte 12 € – “voilà”…".encode("cp1252")
    assert clean(data.decode("latin-1")) == "l’œuvre coûte 12 € – “voilà”…"


def test_a_text_is_cleaned_as_at_every_other_door():
    raw = "muni\u00adcipa\u00adlité ter\u200britoire E\u0301tat \u2060fin\ufeff"
    assert clean(raw) == cleaned(raw) == "municipalité territoire État fin"


def test_cleaning():
    assert clean("a\x00b\u00adc\u200bd\ud800\uf0b7") == "abcd"
    assert clean(" \r\na  \r\n\r\n\r\n\r\nb\x0cc\x0b") == "a\n\nb\nc"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (FRENCH, "fr"),
        (FRENCH.upper(), "fr"),
        (ENGLISH, "en"),
        ("", ""),
        ("Rosamond Bellegarde Toussaint Alizée 12/03/2026", ""),
        (FRENCH + " " + ENGLISH, ""),
        ("Der Bürgermeister und die Mitglieder sind nicht mit dem Plan für die Stadt", ""),
        ("El alcalde y los miembros del consejo que no están en la sala por el momento", ""),
    ],
)
def test_language_guess(text, language):
    assert guess_language(text) == language


def test_command_shows_what_is_read(tmp_path):
    path = tmp_path / "note.docx"
    path.write_bytes(docx(paragraph("à indexer")))
    done = subprocess.run(
        [sys.executable, "-m", "search.extraction", str(path), str(tmp_path / "missing")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"== {path}: ok, docx" in done.stdout
    assert "\nà indexer\n" in done.stdout
    assert "missing: No such file" in done.stderr


def test_protections_are_told():
    assert set(protections()) <= {"namespace", "filter"}
    assert protections()
