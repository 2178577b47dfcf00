"""Asking the confined child about a picture, and having it render one."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files import File
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from directory import journal
from search.extraction.sandbox import Outcome, Sandbox, SandboxUnavailable

log = logging.getLogger(__name__)

JOB = "intranet.pictures.job"
SECONDS = 40.0
"""Wall clock and processor time of one look or one rendering."""
AT_ONCE = 2
"""Children of one process at a time: each may need some 16 bytes a pixel."""
PATIENCE = 45.0
"""Seconds that a rendering waits for its turn."""
MAX_BYTES = 32 * 1024 * 1024
_BYTES_A_PIXEL = 16  # four channels, of the picture and of up to three copies that are made of it
_FOOTING = 384 * 1024 * 1024  # what the programs themselves take of the address space
_sandbox = Sandbox(JOB)
_children = threading.BoundedSemaphore(AT_ONCE)
_turn = threading.Lock()

Step = tuple[str, tuple[Any, ...], dict[str, Any]]


class NotInside(RuntimeError):
    """A picture was to be decoded inside a transaction, which others wait for."""


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


@dataclass(slots=True)
class _Memory:
    looks: dict[str, Picture | PictureRefused] = field(default_factory=dict)
    rendered: dict[str, bytes] = field(default_factory=dict)


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


@contextmanager
def turn() -> Iterator[None]:
    """Render alone in this process: who waits finds what was rendered. Raises Resting."""
    if not _turn.acquire(timeout=PATIENCE):
        raise Resting
    try:
        yield
    finally:
        _turn.release()


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

    Raises TooManyPixels, Undecodable, Resting; NotInside in a transaction of the journal, where
    nothing is known of it yet: look before (see `preparing`).
    """
    key = hashlib.sha256(content).hexdigest()
    memory = _memory.get()
    known = memory.looks.get(key) if memory else None
    if known is None:
        try:
            known = _look(content)
        except PictureRefused as refused:
            known = refused
        if memory:
            memory.looks[key] = known
    if isinstance(known, PictureRefused):
        raise known
    return known


def render(content: bytes, steps: Sequence[Step], *, result: Picture) -> bytes:
    """Return what Willow makes of the picture by `steps`, the last of which saves it.

    `result` is what that is known to be. Raises as `look_at`.
    """
    key = hashlib.sha256(content).hexdigest() + json.dumps(steps)
    memory = _memory.get()
    if memory and key in memory.rendered:
        return memory.rendered[key]
    try:
        rendered = b"".join(_run("render", content, {"steps": steps}))
        if not rendered:
            raise Undecodable
    except PictureRefused as refused:
        if memory:
            memory.looks[hashlib.sha256(content).hexdigest()] = refused
        raise
    if memory:
        memory.rendered[key] = rendered
        memory.looks[hashlib.sha256(rendered).hexdigest()] = result
    return rendered


def _look(content: bytes) -> Picture:
    (told,) = _run("look", content, {}) or [b""]
    try:
        found = json.loads(told)
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


def _run(job: str, content: bytes, arguments: dict[str, Any]) -> list[bytes]:
    """Have a child do `job`; return the bodies of what it sent. The child is not trusted."""
    if journal.under_way():
        raise NotInside("Pictures are looked at before the transaction, never inside it.")
    if len(content) > MAX_BYTES:
        raise Undecodable
    if not _children.acquire(timeout=PATIENCE):
        raise Resting
    try:
        with os.fdopen(os.memfd_create("picture"), "w+b") as file:
            file.write(content)
            file.flush()
            file.seek(0)
            bodies: list[bytes] = []
            outcome = _sandbox.run(
                f"{JOB}:{job}",
                file.fileno(),
                arguments,
                memory_bytes=_FOOTING + _BYTES_A_PIXEL * settings.PICTURE_MAX_PIXELS,
                seconds=SECONDS,
                output_bytes=2 * MAX_BYTES,
                on_frame=lambda _letter, body: bodies.append(body),
            )
    except SandboxUnavailable as error:
        log.exception("pictures cannot be decoded safely here")
        raise Resting from error
    finally:
        _children.release()
    return _judge(job, outcome, bodies)


def _judge(job: str, outcome: Outcome, bodies: list[bytes]) -> list[bytes]:
    if outcome.end != "done" or not bodies:
        log.info("a picture could not be read: %s by %s", outcome, job)
        raise Undecodable
    return bodies
