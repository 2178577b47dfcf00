"""The heads of the parts of a form with files, whatever bytes stand in them.

Django decodes each line of a head as UTF-8 and passes over one that is none: with the line that
names a file the file itself is gone, and nobody is told. Here bytes that are no UTF-8 go through
it as characters that no name has, and come out as they were sent. So do those that are written
as "%E9" in a value that says in which encoding it is, and are none of that: Django puts a mark.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, Final

from django.http import multipartparser
from django.http.multipartparser import MultiPartParserError
from django.utils.http import parse_header_parameters

_END: Final = b"\r\n\r\n"
_MARK: Final = "\ufffd"
# Private characters that stand for the bytes 0x80 to 0xFF, and the halves of surrogates for these.
_STANDS_FOR: Final = 0x10FE00
_BACK: Final = {_STANDS_FOR + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}
_HANDLER: Final = "marigot_private"
_LONGEST: Final = 4  # bytes in UTF-8 of such a character

_read_by_django = multipartparser.parse_boundary_stream  # type: ignore[attr-defined]


def _private(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    # Those of UTF-8 are 0x80 and more; of others it is enough that they are no text.
    return "".join(chr(_STANDS_FOR + (byte | 0x80)) for byte in bad), error.end


def _read(stream: Any, most: int) -> tuple[str, Mapping[str, Any], Any]:
    """Read the head of a part as Django does, bytes that are no UTF-8 too.

    Raises MultiPartParserError where its name cannot be read at all.
    """
    begun = stream.read(most)
    head, end, rest = begun.partition(_END)
    damaged = bool(end) and not _is_utf_8(head)
    if damaged:
        stream.unget(head.decode(errors=_HANDLER).encode() + end + rest)
        kind, found, stream = _read_by_django(stream, _LONGEST * most)
    else:
        stream.unget(begun)
        kind, found, stream = _read_by_django(stream, most)
    if damaged or b"*" in head:
        found = {name: (said, _as_sent(given)) for name, (said, given) in found.items()}
    if end and "content-disposition" not in found and b"content-disposition" in head.lower():
        raise MultiPartParserError("The head of a part cannot be read.")
    return kind, found, stream


def _parameters(line: str) -> tuple[str, dict[str, str]]:
    """Return what Django reads of a line, without its marks for what is none of an encoding.

    Raises ValueError where the line cannot be read.
    """
    kind, given = parse_header_parameters(line)
    if any(_MARK in value for value in given.values()):
        message = Message()
        message["content-type"] = line
        for name, value in message.get_params([])[1:]:
            if isinstance(value, tuple):
                given[name] = collapse_rfc2231_value(value, errors=_HANDLER)
    return kind, given


def _is_utf_8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_sent(given: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        name: value.decode().translate(_BACK).encode(errors="surrogateescape")
        for name, value in given.items()
    }


def install() -> None:
    """Have Django read the heads of parts by this; it has no other door to it."""
    codecs.register_error(_HANDLER, _private)
    multipartparser.parse_boundary_stream = _read  # type: ignore[attr-defined]
    multipartparser.parse_header_parameters = _parameters  # type: ignore[attr-defined]
