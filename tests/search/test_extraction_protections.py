"""What holds a child where the kernel grants less: one of the two means, or nothing is read.

A system call filter over the whole test process takes away what a container or a
hardened kernel would.
"""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from search.extraction.sandbox.client import ROOT

from .extraction_files import docx, paragraph

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="the filters of this test are written for x86_64"
)

UNSHARE, PRCTL, SECCOMP, SET_SECCOMP = 272, 157, 317, 22

PRELUDE = f"""
import ctypes, struct, sys
from pathlib import Path

def take_away(*, namespaces, filters):
    line = lambda code, value, yes=0, no=0: struct.pack("=HBBI", code, yes, no, value)
    refuse, allow, load = line(6, 0x50001), line(6, 0x7FFF0000), 0x20
    code = [line(load, 0)]
    if namespaces:
        code += [line(0x15, {UNSHARE}, no=1), refuse]
    if filters:
        code += [line(0x15, {SECCOMP}, no=1), refuse]
        code += [line(0x15, {PRCTL}, no=3), line(load, 16), line(0x15, {SET_SECCOMP}, no=1), refuse]
    code = b"".join(code + [allow])
    buffer = ctypes.create_string_buffer(code, len(code))
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    program = Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    assert libc.prctl({SET_SECCOMP}, 2, ctypes.byref(program), 0, 0) == 0, ctypes.get_errno()

from search.extraction import ExtractionUnavailable, Limits, extract, protections
from search.extraction.sandbox import Sandbox

def show(path):
    try:
        print(protections(), extract(Path(path), limits=Limits()).text)
    except ExtractionUnavailable as error:
        print("unavailable:", error)
    box = Sandbox("tests.search.extraction_probes")
    with open(path, "rb") as file:
        box.run("tests.search.extraction_probes:connect", file.fileno(),
                {{"host": "192.0.2.1", "port": 9}}, memory_bytes=1 << 30, seconds=120,
                output_bytes=1 << 20, on_frame=lambda _l, body: print(body.decode()))
"""


def run(tmp_path, code):
    path = tmp_path / "note.docx"
    path.write_bytes(docx(paragraph("protégé")))
    done = subprocess.run(
        [sys.executable, "-c", f"{PRELUDE}\n{code}\nshow({str(path)!r})"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.splitlines(), done.stderr


def test_filter_alone(tmp_path):
    said, errors = run(tmp_path, "take_away(namespaces=True, filters=False)")
    assert said == ["['filter'] protégé", '"PermissionError"'], errors


def test_namespace_alone(tmp_path):
    said, errors = run(tmp_path, "take_away(namespaces=False, filters=True)")
    if said and said[0].startswith("unavailable"):
        pytest.skip("no user namespaces here to be left with")
    assert said == ["['namespace'] protégé", '"OSError"'], errors


def test_neither_means_that_nothing_is_read(tmp_path):
    said, _errors = run(tmp_path, "take_away(namespaces=True, filters=True)")
    assert len(said) == 1
    assert said[0].startswith("unavailable: Files cannot be read safely here")
    assert "user.max_user_namespaces" in said[0]
