"""What a reader of a format is given (Source) and what it gives (Sink). Used in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from .results import Limits, Status

FLUSH = 64 * 1024
TEXT, FOR_SEARCH = b"T", b"S"
"""The letters of the frames that hold text."""
METADATA_LENGTH = 500


class Refusal(Exception):
    """The file cannot be read (further), and why: a status, a code and an English sentence."""

    def __init__(self, status: Status, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def malformed(code: str, message: str) -> Refusal:
    """Refusal of a file that breaks the rules of its format."""
    return Refusal(Status.MALFORMED, code, message)


def encrypted() -> Refusal:
    """Refusal of a file that opens with a password or a key only."""
    return Refusal(Status.ENCRYPTED, "encrypted", "The file is protected by encryption.")


class TextFull(Exception):
    """As much text as is kept has been found."""


class Sink:
    """Takes text and metadata as they are found and sends them on in frames."""

    def __init__(self, send: Callable[[bytes, bytes], None], limits: Limits) -> None:
        self._send = send
        self._left = limits.text_bytes
        self._pending: dict[bytes, list[str]] = {TEXT: [], FOR_SEARCH: []}
        self._length = 0
        self.has_text = False

    def text(self, text: str) -> None:
        """Add text as it comes, separators included. Raises TextFull past the limit."""
        if not text:
            return
        if not self.has_text and not text.isspace():
            self.has_text = True
        self._add(TEXT, text)

    def for_search(self, text: str) -> None:
        """Add, on a line of its own, another reading of what is in the text.

        It is found, and no part of the text. Raises TextFull past the limit, which is that of both.
        """
        if text:
            self._add(FOR_SEARCH, text + "\n")

    def _add(self, letter: bytes, text: str) -> None:
        self._pending[letter].append(text)
        self._length += len(text)
        if self._length >= FLUSH:
            self.flush()

    def line(self, text: str) -> None:
        """Add text on a line of its own."""
        if text:
            self.text(text)
            self.text("\n")

    def aside(self, *texts: str) -> None:
        """Add what the file says of itself (keywords, a subject), after its text.

        It makes no text of a file that has none, a scan: there it is told beside the title.
        """
        said = [text.strip() for text in texts if text.strip()]
        if not self.has_text:
            self.describe(about="; ".join(said))
        elif said:
            self.text("\n" + "\n".join(said) + "\n")

    def flush(self) -> None:
        """Send what is pending. Raises TextFull past the limit."""
        self._length = 0
        for letter, pieces in self._pending.items():
            data = "".join(pieces).encode("utf-8", "replace")
            pieces.clear()
            full = len(data) > self._left
            data = data[: self._left]
            self._left -= len(data)
            for start in range(0, len(data), FLUSH):
                self._send(letter, data[start : start + FLUSH])
            if full:
                raise TextFull

    def describe(self, **facts: str) -> None:
        """Tell what the file is or says of itself: kind, mime, title, author, about."""
        known = {
            name: " ".join(value.encode("utf-8", "replace").decode().split())[:METADATA_LENGTH]
            for name, value in facts.items()
            if value
        }
        if known:
            self._send(b"M", json.dumps(known).encode())

    def end(self, status: Status, code: str = "", message: str = "") -> None:
        """Send the verdict."""
        verdict = {"status": status, "code": code, "message": message[:METADATA_LENGTH]}
        self._send(b"E", json.dumps(verdict).encode())


class SilentSink(Sink):
    """Passes the text of an attachment on, and keeps what it says of itself back."""

    def __init__(self, outer: Sink) -> None:
        self._outer = outer
        self.has_text = False

    def text(self, text: str) -> None:
        """Add text to the enclosing file's."""
        self.has_text = self.has_text or bool(text.strip())
        self._outer.text(text)

    def for_search(self, text: str) -> None:
        """See Sink."""
        self._outer.for_search(text)

    def flush(self) -> None:
        """Leave it to the enclosing file."""

    def describe(self, **facts: str) -> None:
        """Ignore: title and kind are the enclosing file's."""


@dataclass(slots=True)
class Budget:
    """What is left for all nested files of one extraction together."""

    attachments: int
    unpacked: int


@dataclass(slots=True)
class Source:
    """An open file and the bounds of reading it."""

    stream: BinaryIO
    size: int
    name: str
    limits: Limits
    depth: int
    budget: Budget

    def read_all(self, most: int) -> bytes:
        """The content, at most `most` bytes of it."""
        self.stream.seek(0)
        return self.stream.read(min(most, self.size))  # a reader reserves what it is asked for
