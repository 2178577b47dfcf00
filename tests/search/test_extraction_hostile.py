"""Files made to do harm, and limits lowered until they bite: each ends in a status."""

from __future__ import annotations

import dataclasses
import io
import os
import random
import signal
import struct
import threading
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from search.extraction import Limits, Status, extract
from search.extraction.results import MIB
from search.extraction.sandbox import Sandbox
from search.extraction.service import JOB_MODULE

from .extraction_files import archive, docx, paragraph, pdf, shared_files

PROBES = "tests.search.extraction_probes"
LIMITS = Limits(memory_bytes=512 * MIB, seconds=120)


@pytest.fixture(scope="module")
def sandbox():
    box = Sandbox(JOB_MODULE)
    yield box
    box.close()


@pytest.fixture
def read(tmp_path, sandbox):
    def read(content, name="file", **limits):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return extract(path, limits=dataclasses.replace(LIMITS, **limits), sandbox=sandbox)

    return read


def ended(found):
    return found.status, found.detail.code


def test_zip_bomb_is_refused_before_it_is_unpacked(read):
    body = paragraph("x") + " " * (64 * MIB)
    found = read(docx(body))
    assert ended(found) == (Status.TOO_LARGE, "zip_ratio")


def test_zip_that_unpacks_to_too_much(read):
    content = docx(paragraph("x"), extra={"word/media/a.bin": os.urandom(2 * MIB)})
    assert ended(read(content, zip_bytes=MIB)) == (Status.TOO_LARGE, "zip_bytes")


def test_zip_with_too_many_parts(read):
    content = docx(paragraph("x"), extra={f"a/{n}": "" for n in range(60)})
    assert ended(read(content, zip_entries=50)) == (Status.TOO_LARGE, "zip_entries")
    assert read(content, zip_entries=100).status is Status.OK


def test_zip_whose_directory_lies_about_a_size(read):
    """A member that unpacks to more than it declares is cut there, and found out."""
    content = bytearray(docx(paragraph("mot " * 100_000)))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        size = packed.getinfo("word/document.xml").file_size
    lied = bytes(content).replace(struct.pack("<I", size), struct.pack("<I", 500))
    found = read(lied)
    assert found.status is Status.MALFORMED
    assert len(found.text) < 1000


ENTITIES = (
    "<?xml version='1.0'?><!DOCTYPE w:document [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1 if n else str()};' * 10}'>" for n in range(10))
    + "]><w:document xmlns:w='urn:w'><w:t>&a9;</w:t></w:document>"
)
OUTSIDE = (
    "<?xml version='1.0'?><!DOCTYPE w:document [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    "<w:document xmlns:w='urn:w'><w:body><w:p><w:t>&x;</w:t></w:p></w:body></w:document>"
)


@pytest.mark.parametrize("bomb", [ENTITIES, OUTSIDE])
def test_xml_entities_are_refused(read, bomb):
    for content in (
        docx("", extra={"word/document.xml": bomb}),
        archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": bomb}),
        bomb,
    ):
        found = read(content)
        assert ended(found) == (Status.MALFORMED, "xml_entity")
        assert "root:" not in found.text


def test_deep_xml_is_refused(read):
    deep = "<w:p>" * 5000 + "</w:p>" * 5000
    assert ended(read(docx(deep))) == (Status.MALFORMED, "xml_depth")


def test_page_count_that_lies(read):
    content = pdf(["un"]).replace(b"/Count 1", b"/Count 2000000000")
    assert read(content).status in {Status.OK, Status.MALFORMED, Status.TOO_LARGE}


def test_pages_past_the_limit_are_left(read):
    found = read(pdf([f"page {n}" for n in range(30)]), pages=10)
    assert ended(found) == (Status.OK, "pages")
    assert "page 9" in found.text
    assert "page 10" not in found.text


def test_pdf_that_refers_to_itself(read):
    content = pdf(["un"]).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")
    assert read(content).status in {Status.MALFORMED, Status.NO_TEXT}


def test_pdf_stream_bomb(read):
    """A page whose content unpacks to hundreds of times its size."""
    packed = zlib.compress(b"(a) Tj " * (80 * MIB // 7), 9)
    content = pdf(["X"])
    start = content.index(b"5 0 obj")
    stream = b"5 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        len(packed),
        packed,
    )
    bomb = content[:start] + stream + b"trailer << /Root 1 0 R >>\n%%EOF"
    found = read(bomb, memory_bytes=256 * MIB, seconds=3)
    assert found.status in {
        Status.TIMED_OUT,
        Status.TOO_LARGE,
        Status.CRASHED,
        Status.NO_TEXT,
        Status.OK,
    }


class _Endless(Sandbox):
    """Runs, in the place of the reader of the format, one that sends a word and never ends."""

    def run(self, job, *rest, **limits):
        return super().run(f"{PROBES}:spin", *rest, **limits)


def test_slow_file_is_stopped(tmp_path):
    """However fast the machine, and with time enough for the first word however slow it is."""
    path = tmp_path / "file"
    path.write_bytes(docx(paragraph("mot")))
    box = _Endless(PROBES)
    try:
        found = extract(path, limits=dataclasses.replace(LIMITS, seconds=5), sandbox=box)
    finally:
        box.close()
    assert ended(found) == (Status.TIMED_OUT, "time")
    assert found.text == "first word"


def test_memory_is_bounded(read):
    words = " ".join(f"mot{n}" for n in range(3_000_000))
    page = "<!doctype html><html><body>" + words
    assert read(page, text_bytes=100 * MIB).status is Status.OK
    found = read(page, text_bytes=100 * MIB, memory_bytes=120 * MIB)
    assert ended(found) == (Status.TOO_LARGE, "memory")


def test_text_is_cut_at_the_limit(read):
    page = "<!doctype html><html><body>" + "<p>é mot</p>" * 20_000
    found = read(page, text_bytes=10_000)
    assert ended(found) == (Status.OK, "truncated")
    assert 5000 < len(found.text.encode()) <= 10_000


def test_plain_text_is_cut_at_the_limit(read):
    found = read("é" * 20_000, text_bytes=10_001)
    assert ended(found) == (Status.OK, "truncated")
    assert found.text == "é" * 5000


def test_large_file_is_not_handed_to_a_parser(read):
    found = read(pdf(["x" * 5000]), file_bytes=4000)
    assert ended(found) == (Status.TOO_LARGE, "file_size")
    assert found.kind == "pdf"


def test_rtf_of_endless_groups(read):
    assert ended(read("{\\rtf1" + "{" * 100_000)) == (Status.MALFORMED, "rtf_depth")


def test_many_attachments_are_counted(read):
    parts = "".join(
        f"--A\nContent-Disposition: attachment; filename=n{n}.txt\n\ncontenu-{n}\n"
        for n in range(50)
    )
    mail = (
        "From: a@b\nSubject: s\nMessage-ID: <1@b>\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/mixed; boundary=A\n\n{parts}--A--\n"
    )
    found = read(mail, attachments=10)
    assert "contenu-9" in found.text
    assert "contenu-10" not in found.text
    assert "n49.txt" in found.text


def test_quine_like_nesting_ends(read):
    content = docx(paragraph("fond"))
    for level in range(10):
        content = docx(paragraph(f"niveau{level}"), extra={"word/embeddings/x.docx": content})
    found = read(content)
    assert found.status is Status.OK
    assert "niveau9" in found.text
    assert "fond" not in found.text


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.4 garbage" + bytes(1000),
        b"PK\x03\x04" + b"x" * 500,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        b"{\\rtf1 \\",
        b"{\\rtf1 \\'z \\u99999999 \\bin99999 x",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000,
        b"<!doctype html><" * 10,
        b"<?xml version='1.0'?><a",
    ],
)
def test_broken_files_end_in_a_status(read, content):
    found = read(content)
    assert found.status in {Status.MALFORMED, Status.NO_TEXT, Status.OK, Status.UNSUPPORTED}


@pytest.mark.parametrize("seed", range(4))
def test_damaged_real_files_do_no_harm(read, seed):
    """Real files with random bytes changed and cut short: a small fuzz, the same every time."""
    folder = shared_files()
    if folder is None:
        pytest.skip("the test files (shared/data/files/tika beside the project) are not here")
    chance = random.Random(seed)
    files = chance.sample(sorted(folder.iterdir()), 40)
    for path in files:
        data = bytearray(path.read_bytes()[:300_000])
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        found = read(bytes(data) or b"x", path.name, seconds=10)
        assert found.status in set(Status), path.name
        assert "Error" not in found.detail.message or found.status is Status.MALFORMED
        assert not any(
            name in found.detail.message for name in ("ImportError", "PermissionError", "NameError")
        ), (path.name, found.detail)


def _kill_a_child_of(parent):
    """SIGKILL the first child found; whether there was one."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    return bool(children)


def test_crash_of_one_file_leaves_the_next_alone(read, sandbox):
    """A reader killed in the middle by the kernel is that file's misfortune only."""
    slow = "<!doctype html><html><body>" + "<div><p>mot</p></div>" * 400_000
    helper = sandbox.helper_pid
    results = []
    thread = threading.Thread(target=lambda: results.append(read(slow)))
    thread.start()
    deadline = time.monotonic() + 120
    while not _kill_a_child_of(helper) and time.monotonic() < deadline:
        time.sleep(0.01)
    thread.join(120)
    assert ended(results[0]) == (Status.CRASHED, "crash")
    assert read(docx(paragraph("suite"))).text == "suite"
