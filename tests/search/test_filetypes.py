"""Kinds of files by their names: one table, whatever machine and Python it is read on."""

from __future__ import annotations

import mimetypes
import re

import pytest
from django.conf import settings
from django.utils.safestring import mark_safe

from config.files_look import look_of
from documents.serving import _INLINE
from search import filetypes
from search.extraction.detection import HEAD, detect
from search.filetypes import Kind, kind_of, mime_of


@pytest.mark.parametrize(
    ("name", "mime", "kind"),
    [
        ("Budget.XLSX", "", Kind.SHEET),
        ("délibération.pdf", "text/html", Kind.PDF),
        ("sans extension", "application/pdf", Kind.PDF),
        ("sans extension", "application/vnd.oasis.opendocument.text-template", Kind.TEXT),
        (".pdf", "", Kind.PLAIN),
        ("photo", "image/x-any", Kind.IMAGE),
        ("archive.tar.gz", "", Kind.ARCHIVE),
        ("journal.log", "", Kind.TEXT),
        ("inconnu.xyz", filetypes.UNKNOWN, Kind.PLAIN),
        ("trace.gpx", filetypes.UNKNOWN, Kind.CODE),
        ("", "", Kind.PLAIN),
        ("a.", "", Kind.PLAIN),
        (mark_safe("Budget.xlsx"), "", Kind.SHEET),  # as templates hand names on
    ],
)
def test_what_a_file_is_taken_for(name, mime, kind):
    assert kind_of(name, mime) is kind


def test_the_machine_has_no_say_in_media_types(monkeypatch):
    mimetypes.init()
    monkeypatch.setattr(mimetypes, "guess_type", lambda *_: ("text/html", None))
    assert mime_of("photo.avif") == "image/avif"
    assert mime_of("x.c") == "text/plain"  # of Python's own table
    assert mime_of("x.of-nobody") == mime_of("x") == filetypes.UNKNOWN


def test_no_ending_stands_twice():
    text = (settings.ROOT / "search" / "filetypes.py").read_text()
    endings = re.findall(r'"(\.[a-z0-9]+)": ', text)
    assert len(endings) > 90
    assert len(endings) == len(set(endings))


def test_every_kind_has_a_look_of_its_own():
    looks = {kind: look_of("x", next(iter(_mimes(kind)), "")) for kind in Kind}
    assert all(look.kind == kind.value for kind, look in looks.items())
    assert len({str(look.label) for look in looks.values()}) == len(Kind)


def _mimes(kind):
    types = filetypes._TYPES.get(kind, {})
    return [mime for mime in types.values() if kind_of("x", mime) is kind]


def test_what_is_shown_is_a_pdf_or_a_picture():
    assert set(_INLINE) == filetypes.PICTURES | {"application/pdf"}


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.md", "a.json", "a.ics", "a.vcf"])
def test_a_text_has_the_type_of_its_name(name):
    assert detect(b"nom;valeur\nun;deux\n"[:HEAD], name).mime == mime_of(name)


@pytest.mark.parametrize("name", ["a.html", "a.py", "a.docx", "a"])
def test_a_text_that_is_called_something_else_is_text(name):
    assert detect(b"nom;valeur\nun;deux\n", name).mime == "text/plain"
