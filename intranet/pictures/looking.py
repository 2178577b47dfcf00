"""Asking the confined child about a picture, and having it render one."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files import File
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from directory import journal
from search.extraction.sandbox import Outcome, Sandbox, SandboxUnavailable

log = logging.getLogger(__name__)

JOB = "intranet.pictures.job"
SECONDS = 120.0
"""Wall clock of one child: long, since only pictures wait for it, and a machine may be busy."""
LOOK_CPU_SECONDS = 5
RENDER_CPU_SECONDS = 3
PIXELS_A_CPU_SECOND = 4_000_000
"""Processor time of a look; of a rendering, and how many pixels have one second more.

See docs/decisions/0011-pictures-are-rendered-by-a-child.md for what honest pictures take.
"""
AT_ONCE = 2
"""Children of one process at a time: each may need some 16 bytes a pixel."""
PATIENCE = 45.0
"""Seconds that a child waits for its turn."""
MAX_BYTES = 32 * 1024 * 1024
_BYTES_A_PIXEL = 16  # four channels, of the picture and of up to three copies that are made of it
_FOOTING = 384 * 1024 * 1024  # what the programs themselves take of the address space
_sandbox = Sandbox(JOB)
_children = threading.BoundedSemaphore(AT_ONCE)

Step = tuple[str, tuple[object, ...], dict[str, object]]


class NotInside(RuntimeError):
    """A picture was to be decoded where others wait: in a transaction, or where a page is read."""


class PictureRefused(Exception):
    """A picture that is not taken. The message is for the reader."""


class TooManyPixels(PictureRefused):
    """It has more pixels than are decoded."""

    def __init__(self, pixels: int, limit: int) -> None:
        super().__init__(
            _(
                "This image has %(found)s megapixels; at most %(limit)s are accepted. Make it "
                "smaller, then upload it again."
            )
            % {
                "found": number_format(pixels / 1_000_000, 1 if pixels < 10 * limit else 0),
                "limit": number_format(limit // 1_000_000),
            }
        )


class Undecodable(PictureRefused):
    """It cannot be decoded, or not within the bounds of time and memory."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This image cannot be read: the file is damaged, or its format is not accepted. "
                "Save it again as PNG or JPEG, then upload it."
            )
        )


class TooCostly(PictureRefused):
    """Decoding it takes more processor time than pictures of its size do."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This image takes too long to decode. Save it again as an ordinary JPEG (not "
                "a progressive one) or make it smaller, then upload it."
            )
        )


class Resting(PictureRefused):
    """Nothing can be decoded at the moment, whatever the picture."""

    def __init__(self) -> None:
        super().__init__(_("Images cannot be checked at the moment. Nothing was saved; try again."))


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture is: `format` as Willow names it, its size in pixels as it is stored.

    `turned` where it is to be shown on its side; `alpha` where parts are transparent.
    """

    format: str
    width: int
    height: int
    turned: bool = False
    frames: int = 1
    alpha: bool = False

    @property
    def pixels(self) -> int:
        """How many are decoded, over all frames."""
        return self.width * self.height * self.frames


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made of a picture: Willow operations, the last saves; `result` is known."""

    steps: Sequence[Step]
    result: Picture


@dataclass(slots=True)
class _Memory:
    looks: dict[str, Picture | PictureRefused] = field(default_factory=dict)
    rendered: dict[str, bytes] = field(default_factory=dict)
    complete: bool = False
    last: tuple[bytes, str] = (b"", "")

    def key_of(self, content: bytes) -> str:
        """Return the hash of `content`, reckoned once for what is asked about several times."""
        if self.last[0] is not content:
            self.last = (content, hashlib.sha256(content).hexdigest())
        return self.last[1]


_memory: ContextVar[_Memory | None] = ContextVar("pictures_remembered", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Ask about the same bytes once, and render the same thing once, until the block is left."""
    if _memory.get() is not None:
        yield
        return
    token = _memory.set(_Memory())
    try:
        yield
    finally:
        _memory.reset(token)


def is_remembering() -> bool:
    """Tell whether something may have been prepared here."""
    return _memory.get() is not None


@contextmanager
def nothing_more() -> Iterator[None]:
    """Look at nothing and render nothing inside but what is remembered: NotInside is raised."""
    memory = _memory.get()
    assert memory is not None  # noqa: S101  (inside `remembering`)
    before, memory.complete = memory.complete, True
    try:
        yield
    finally:
        memory.complete = before


def content_of(file: File) -> bytes:
    """Return the bytes of `file`, which stays as open or closed as it was, at its beginning.

    One byte more than may be looked at tells that there are more.
    """
    closed = file.closed
    file.open()
    try:
        file.seek(0)
        return bytes(file.read(MAX_BYTES + 1))
    finally:
        if closed:
            file.close()
        else:
            file.seek(0)


def look_at(content: bytes) -> Picture:
    """Return what the picture of these bytes is; nothing of it is decoded.

    Raises TooManyPixels, Undecodable, TooCostly, Resting; NotInside in a transaction of the
    journal and under `nothing_more`, where nothing is known of it yet (see `preparing`).
    """
    memory = _memory.get() or _Memory()
    key = memory.key_of(content)
    known = memory.looks.get(key)
    if known is None:
        try:
            known = _look(content)
        except PictureRefused as refused:
            known = refused
        memory.looks[key] = known
    if isinstance(known, PictureRefused):
        raise known
    return known


def render(content: bytes, plans: Sequence[Plan]) -> list[bytes]:
    """Return what Willow makes of the picture by each of `plans`; it is decoded once for all.

    Raises as `look_at`.
    """
    with remembering():
        memory = _memory.get()
        assert memory is not None  # noqa: S101
        picture, key = look_at(content), memory.key_of(content)
        keys = [key + json.dumps(plan.steps) for plan in plans]
        wanted = dict(zip(keys, plans, strict=True))
        missing = {key: plan for key, plan in wanted.items() if key not in memory.rendered}
        if missing:
            try:
                made = _render(content, picture, list(missing.values()))
            except PictureRefused as refused:
                memory.looks[key] = refused
                raise
            for (key, plan), rendered in zip(missing.items(), made, strict=True):
                memory.rendered[key] = rendered
                memory.looks[hashlib.sha256(rendered).hexdigest()] = plan.result
        return [memory.rendered[key] for key in keys]


def _render(content: bytes, picture: Picture, plans: Sequence[Plan]) -> list[bytes]:
    steps = [plan.steps for plan in plans]
    cpu_seconds = RENDER_CPU_SECONDS + picture.pixels // PIXELS_A_CPU_SECOND
    made, pieces = [], []
    for letter, body in _run("render", content, {"plans": steps}, cpu_seconds):
        pieces.append(body)
        if letter == b"E":
            made.append(b"".join(pieces))
            pieces = []
    if len(made) != len(plans) or not all(made):
        raise Undecodable
    return made


def _look(content: bytes) -> Picture:
    told = _run("look", content, {}, LOOK_CPU_SECONDS)
    try:
        found = json.loads(told[0][1])
        picture = Picture(
            format=str(found["format"]),
            width=int(found["width"]),
            height=int(found["height"]),
            turned=bool(found["turned"]),
            frames=max(1, int(found["frames"])),
            alpha=bool(found["alpha"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Undecodable from error
    if picture.width < 1 or picture.height < 1:
        raise Undecodable
    if picture.pixels > settings.PICTURE_MAX_PIXELS:
        raise TooManyPixels(picture.pixels, settings.PICTURE_MAX_PIXELS)
    return picture


def _run(
    job: str, content: bytes, arguments: dict[str, object], cpu_seconds: int
) -> list[tuple[bytes, bytes]]:
    """Have a child do `job`; return what it sent, each with its letter. It is not trusted."""
    memory = _memory.get()
    if journal.under_way() or (memory is not None and memory.complete):
        raise NotInside("Pictures are looked at before the transaction, and before a page is read.")
    if len(content) > MAX_BYTES:
        raise Undecodable
    if not _children.acquire(timeout=PATIENCE):
        raise Resting
    try:
        with os.fdopen(os.memfd_create("picture"), "w+b") as file:
            file.write(content)
            file.flush()
            file.seek(0)
            sent: list[tuple[bytes, bytes]] = []
            outcome = _sandbox.run(
                f"{JOB}:{job}",
                file.fileno(),
                arguments,
                memory_bytes=_FOOTING + _BYTES_A_PIXEL * settings.PICTURE_MAX_PIXELS,
                seconds=SECONDS,
                cpu_seconds=cpu_seconds,
                output_bytes=2 * MAX_BYTES,
                on_frame=lambda letter, body: sent.append((letter, body)),
            )
    except SandboxUnavailable as error:
        log.exception("pictures cannot be decoded safely here")
        raise Resting from error
    finally:
        _children.release()
    return _judge(job, outcome, sent)


def _judge(
    job: str, outcome: Outcome, sent: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    if outcome.end == "done" and sent:
        return sent
    log.info("a picture could not be read: %s by %s", outcome, job)
    if outcome.end != "timed_out":
        raise Undecodable
    # A machine that is busy is no fault of the picture.
    raise TooCostly if outcome.signal == signal.SIGXCPU else Resting
