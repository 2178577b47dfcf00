"""Mail by the standard library: RFC 5322 messages, mailboxes, and web archives (MHTML)."""

from __future__ import annotations

import binascii
import email
import email.header
import email.policy
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from .. import plain
from ..dispatch import read_nested
from ..sink import SilentSink, Sink, Source
from .alternatives import unsaid
from .html import decode_html, html_said, html_text

_SHOWN = ("Subject", "From", "To", "Cc")
PARTS = 1000
MESSAGES = 10_000
_SEPARATOR = re.compile(rb"(?:\A|(?<=\n))From [^\r\n]*\r?\n")


def _decoded(raw: str) -> str:
    """A header with its encoded words (RFC 2047) read; as it stands where they are broken."""
    try:
        chunks = [
            # Header reads strictly; what the name of a charset promises is often not what comes.
            (plain.decode_as(chunk, charset).encode(), "utf-8")
            if isinstance(chunk, bytes) and charset
            else (chunk, charset)
            for chunk, charset in email.header.decode_header(raw)
        ]
        return str(email.header.make_header(chunks))
    except (ValueError, LookupError, UnicodeError):
        return raw


def _header(message: Message, name: str) -> str:
    """A header as a person reads it; a broken one as it stands."""
    text = _decoded(str(message.get(name, "") or "")[:10_000])
    # Bytes above 127 that no charset explains were kept as surrogates.
    data = text.encode("utf-8", "surrogateescape")
    return " ".join(plain.clean(plain.decode(data)).split())


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""
    return _decoded(name)


def _payload(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, UnicodeError):
        return b""
    return data if isinstance(data, bytes) else b""


def _packed_message(part: Message) -> bytes:
    """A message attached in base64, which the parser took for the text of one (RFC 2046 5.2.1)."""
    coding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    inner = part.get_payload()
    if part.get_content_type() != "message/rfc822" or coding != "base64":
        return b""
    if not isinstance(inner, list) or not isinstance(inner[0], Message):
        return b""
    text = inner[0].get_payload()
    try:
        return binascii.a2b_base64(text) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except (ValueError, LookupError, UnicodeError):
        return ""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part to read; `said` is the plain text of which it is the other form, if it is."""

    message: Message
    said: str = ""


def _parts(message: Message) -> Iterator[_Part]:
    """Parts without parts, and attached messages before what is in them.

    Of alternatives it is the plain text, if it says anything, and HTML for what else that says;
    else all.
    """
    pending = [_Part(message)]
    for _count in range(PARTS):
        if not pending:
            return
        part = pending.pop()
        inner = part.message.get_payload()
        if not isinstance(inner, list) or _packed_message(part.message):
            yield part
            continue
        parts = [each for each in inner if isinstance(each, Message)]
        said = part.said
        if part.message.get_content_type() == "message/rfc822":
            yield part
            said = ""
        elif part.message.get_content_type() == "multipart/alternative":
            spoken = [
                each
                for each in parts
                if each.get_content_type() == "text/plain" and _payload(each).strip()
            ][:1]
            if spoken:
                said = _text(spoken[0])
                pending.extend(
                    _Part(each, said)
                    for each in reversed(parts)
                    if each.is_multipart() or each.get_content_type() == "text/html"
                )
                pending.append(_Part(spoken[0]))
                continue
        pending.extend(_Part(each, said) for each in reversed(parts))


def _read_message(message: Message, source: Source, sink: Sink) -> None:
    _say_headers(message, sink)
    sink.describe(title=_header(message, "Subject"), author=_header(message, "From"))
    sink.text("\n")
    for part in _parts(message):
        name = _file_name(part.message)
        kind = part.message.get_content_type()
        attached = bool(name) or part.message.get_content_disposition() == "attachment"
        if kind.startswith("text/") and not attached:
            _read_text(part, kind, sink)
            continue
        sink.line(name)
        inner = part.message.get_payload()
        if isinstance(inner, list) and not _packed_message(part.message):
            for each in inner[:1]:  # a message, by whose rules its own parts are read
                if isinstance(each, Message):
                    _say_headers(each, sink)
        else:
            data = _packed_message(part.message) or _payload(part.message)
            read_nested(source, sink, name, data)


def _say_headers(message: Message, sink: Sink) -> None:
    for name in _SHOWN:
        sink.line(_header(message, name))


def _text(part: Message) -> str:
    data, charset = _payload(part), _charset(part)
    if part.get_content_type() == "text/html":
        return decode_html(data, charset)
    return plain.decode_as(data, charset) if charset else plain.decode(data)


def _read_text(part: _Part, kind: str, sink: Sink) -> None:
    text = _text(part.message)
    if kind == "text/html":
        if part.said:
            sink.line(unsaid(html_said(text, sink), part.said))
        else:
            html_text(text, SilentSink(sink))
    elif kind not in {"text/css", "text/javascript"}:
        sink.line(text)


def read_mail(source: Source, sink: Sink) -> None:
    """Read one message: who wrote what to whom, and the files attached."""
    data = source.read_all(source.limits.file_bytes)
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    _read_message(message, source, sink)


def read_mbox(source: Source, sink: Sink) -> None:
    """Read the messages of a mailbox one after the other."""
    data = source.read_all(source.limits.file_bytes)
    starts = [match.end() for match in _SEPARATOR.finditer(data)][: MESSAGES + 1]
    ends = [match.start() for match in _SEPARATOR.finditer(data)][1 : MESSAGES + 1]
    inner = SilentSink(sink)
    for start, end in zip(starts, [*ends, len(data)], strict=False):
        message = email.message_from_bytes(data[start:end], policy=email.policy.compat32)
        _read_message(message, source, inner)
        sink.text("\n\n")
