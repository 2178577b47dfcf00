"""What an extraction answers, and the limits it works under."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from search import filetypes

MIB = 1024 * 1024

READERS_VERSION = 5
"""Raised with each release whose readers find more, or other things, in the same bytes."""


class Status(StrEnum):
    """How the extraction of one file ended."""

    OK = "ok"
    NO_TEXT = "no_text"
    """Readable, but holds no text: a scan, an image. Optical recognition could find some."""
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed"


class ExtractionUnavailable(Exception):
    """Nothing can be extracted on this machine; the message names the cause and the cure.

    An operator's fault (the sandbox cannot be started), never a file's.
    """


@dataclass(frozen=True, slots=True)
class Detail:
    """Why an extraction ended as it did: a stable code and an English sentence, or both empty."""

    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the file says about itself; empty where it says nothing.

    `about` is the subject and the keywords of a file without text; else they follow the text.
    """

    title: str = ""
    author: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The outcome for one file.

    `text` is what was found before the end, so it may be there with any status (a
    broken last page, a time-out): index it whenever it is not empty. `for_search` is
    what is only to be found, other readings of what is in `text`: no page shows it. `kind` is the
    file kind found in the content ("pdf", "docx", …, "" if unknown) and `mime` its
    media type. `language` is "fr", "en" or "" where the text does not tell.
    """

    status: Status
    text: str = ""
    language: str = ""
    mime: str = filetypes.UNKNOWN
    kind: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    detail: Detail = field(default_factory=Detail)
    seconds: float = 0.0
    for_search: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one extraction. All sizes in bytes.

    `memory_bytes` bounds the address space of the child, `seconds` the wall clock and
    the processor time; `text_bytes` the text kept (the rest is cut, detail code
    "truncated"); `file_bytes` the file handed to a parser. The zip bounds are those of
    OWASP ASVS 5.0 5.2.3 (entries and uncompressed size checked before unpacking).
    """

    memory_bytes: int = 1024 * MIB
    seconds: float = 60.0
    text_bytes: int = 20 * MIB
    file_bytes: int = 512 * MIB
    pages: int = 20_000
    zip_entries: int = 20_000
    zip_bytes: int = 2048 * MIB
    zip_ratio: int = 200
    xml_depth: int = 200
    nesting: int = 3
    attachments: int = 200
