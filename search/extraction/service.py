"""`extract`: the one way from a file to its text."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import stat
import time
from pathlib import Path

from search import filetypes

from . import detection, plain
from .language import guess_language
from .results import Detail, Extraction, ExtractionUnavailable, Limits, Metadata, Status
from .sandbox import Outcome, Sandbox, SandboxUnavailable
from .sink import FOR_SEARCH, TEXT

JOB_MODULE = "search.extraction.job"
_sandbox = Sandbox(JOB_MODULE)
# Beside the text, a child sends its facts and the heads of its frames.
_OUTPUT_SLACK = 1024 * 1024

_UNKNOWN = {"title": "", "author": "", "about": ""}
_ENDS = {
    "timed_out": (Status.TIMED_OUT, "time", "Reading it takes longer than is allowed."),
    "out_of_memory": (Status.TOO_LARGE, "memory", "Reading it needs more memory than is allowed."),
    "flooded": (Status.TOO_LARGE, "output", "It yields more than is accepted."),
    "failed": (Status.CRASHED, "crash", "The reader of this format failed."),
    "done": (Status.CRASHED, "crash", "The reader of this format ended without an answer."),
    "lost": (Status.CRASHED, "helper", "The extraction helper died twice over this file."),
}


def default_limits() -> Limits:
    """Limits from the Django settings EXTRACTION_MEMORY_BYTES and EXTRACTION_SECONDS, if any."""
    from django.conf import settings

    limits = Limits()
    if not settings.configured and not os.environ.get("DJANGO_SETTINGS_MODULE"):
        return limits
    return dataclasses.replace(
        limits,
        memory_bytes=getattr(settings, "EXTRACTION_MEMORY_BYTES", limits.memory_bytes),
        seconds=float(getattr(settings, "EXTRACTION_SECONDS", limits.seconds)),
    )


def protections() -> list[str]:
    """What confines the child processes here: "namespace", "filter", or both.

    Starts the helper. Raises ExtractionUnavailable, with the cure, where nothing does.
    """
    try:
        return _sandbox.means
    except SandboxUnavailable as error:
        raise ExtractionUnavailable(str(error)) from error


def extract(
    path: Path,
    *,
    name: str = "",
    mime: str = "",
    limits: Limits | None = None,
    sandbox: Sandbox | None = None,
) -> Extraction:
    """Read the text of the file at `path`.

    `name` and `mime` (as the sender claimed them) are hints only: the content decides,
    and a wrong extension does no harm. `limits` default to the settings. Plain text is
    decoded here; everything else is read in a confined child process of its own.

    Never raises for what is in the file. Raises OSError where the file cannot be
    opened, and ExtractionUnavailable where no child can be confined on this machine.
    """
    started = time.monotonic()
    limits = limits or default_limits()
    with path.open("rb", buffering=0) as file:
        found = _extract(file, name or path.name, mime, limits, sandbox or _sandbox)
    return dataclasses.replace(found, seconds=time.monotonic() - started)


def _extract(file: io.FileIO, name: str, mime: str, limits: Limits, sandbox: Sandbox) -> Extraction:
    info = os.fstat(file.fileno())
    if not stat.S_ISREG(info.st_mode):
        return _ended(Status.UNSUPPORTED, "not_a_file", "Only ordinary files are read.")
    if info.st_size == 0:
        return _ended(Status.EMPTY, "empty", "The file is empty.")
    head = _read(file, detection.HEAD)
    found = detection.detect(head, name)
    if found.kind == detection.TEXT:
        return _plain(file, head, info.st_size, found.mime, limits)
    if found.kind == detection.UNKNOWN:
        told = f"Files of type {found.mime} are not read."
        ended = _ended(Status.UNSUPPORTED, "unsupported", told)
        return dataclasses.replace(ended, mime=_claimed(mime, found.mime))
    if info.st_size > limits.file_bytes:
        told = f"It has {info.st_size} bytes; at most {limits.file_bytes} are read."
        ended = _ended(Status.TOO_LARGE, "file_size", told)
        return dataclasses.replace(ended, kind=found.kind, mime=found.mime)
    return _confined(file, name, found, limits, sandbox)


def _claimed(claim: str, found: str) -> str:
    """The claimed media type where the content tells nothing: it may still say "video/mp4"."""
    if found != filetypes.UNKNOWN or "/" not in claim or len(claim) > 200:
        return found
    return claim


def _ended(status: Status, code: str, message: str) -> Extraction:
    return Extraction(status, detail=Detail(code, message))


def _read(file: io.FileIO, size: int) -> bytes:
    """Up to `size` bytes from where the file stands; fewer only at its end."""
    pieces = []
    while size > 0 and (piece := file.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _plain(file: io.FileIO, head: bytes, size: int, mime: str, limits: Limits) -> Extraction:
    data = head + _read(file, limits.text_bytes - len(head))
    text = plain.clean(plain.decode(data[: limits.text_bytes], cut=size > limits.text_bytes))
    detail = Detail()
    if size > limits.text_bytes:
        detail = Detail("truncated", "Only the beginning of the text was kept.")
    if not text:
        detail = Detail("empty", "The file holds blanks only.")
    return Extraction(
        Status.OK if text else Status.EMPTY,
        text,
        guess_language(text),
        mime,
        detection.TEXT,
        Metadata(),
        detail,
    )


class _Collector:
    """Gathers the frames of one child. They come from an untrusted process."""

    def __init__(self, found: detection.FileType) -> None:
        self.texts: dict[bytes, list[bytes]] = {TEXT: [], FOR_SEARCH: []}
        self.facts = {"kind": found.kind, "mime": found.mime, **_UNKNOWN}
        self.verdict: dict[str, object] | None = None

    def frame(self, letter: bytes, body: bytes) -> None:
        if letter in self.texts:
            self.texts[letter].append(body)
        elif letter in {b"M", b"E"}:
            try:
                told = json.loads(body)
            except ValueError:
                return
            if not isinstance(told, dict):
                return
            if letter == b"E":
                self.verdict = told
                return
            for key in self.facts.keys() & told.keys():
                self.facts[key] = str(told[key])[:500]

    def text(self, letter: bytes) -> str:
        """What came in the frames of `letter`, fit for storing."""
        return plain.clean(b"".join(self.texts[letter]).decode("utf-8", "replace"))


def _confined(
    file: io.FileIO, name: str, found: detection.FileType, limits: Limits, sandbox: Sandbox
) -> Extraction:
    collector = _Collector(found)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        outcome = sandbox.run(
            f"{JOB_MODULE}:read",
            file.fileno(),
            {"name": name[-255:], "limits": dataclasses.asdict(limits)},
            memory_bytes=limits.memory_bytes,
            seconds=limits.seconds,
            output_bytes=limits.text_bytes + limits.text_bytes // 64 + _OUTPUT_SLACK,
            on_frame=collector.frame,
        )
    except SandboxUnavailable as error:
        raise ExtractionUnavailable(str(error)) from error
    status, detail = _judge(outcome, collector)
    text = collector.text(TEXT)
    facts = collector.facts
    return Extraction(
        Status.NO_TEXT if status is Status.OK and not text else status,
        text,
        guess_language(text),
        facts["mime"],
        facts["kind"],
        Metadata(**{name: plain.clean(facts[name]) for name in _UNKNOWN}),
        detail,
        for_search=collector.text(FOR_SEARCH),
    )


def _judge(outcome: Outcome, collector: _Collector) -> tuple[Status, Detail]:
    if outcome.end == "killed":
        message = f"The reader of this format was ended by signal {outcome.signal}."
        return Status.CRASHED, Detail("crash", message)
    if outcome.end == "done" and collector.verdict:
        told = collector.verdict
        try:
            status = Status(str(told.get("status")))
        except ValueError:
            return Status.CRASHED, Detail("crash", "The reader's answer cannot be understood.")
        return status, Detail(str(told.get("code", ""))[:50], str(told.get("message", ""))[:500])
    status, code, message = _ENDS[outcome.end]
    return status, Detail(code, message)
