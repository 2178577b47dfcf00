"""Mail by the standard library: RFC 5322 messages, mailboxes, and web archives (MHTML)."""

from __future__ import annotations

import binascii
import email
import email.header
import email.policy
import email.utils
import re
from collections.abc import Iterator
from email.message import Message

from .. import plain
from ..dispatch import read_nested
from ..sink import SilentSink, Sink, Source
from .html import decode_html, html_text

_SHOWN = ("Subject", "From", "To", "Cc")
PARTS = 1000
MESSAGES = 10_000
_SEPARATOR = re.compile(rb"(?:\A|(?<=\n))From [^\r\n]*\r?\n")


def _header(message: Message, name: str) -> str:
    """A header as a person reads it; a broken one as it stands."""
    raw = str(message.get(name, "") or "")[:10_000]
    try:
        text = str(email.header.make_header(email.header.decode_header(raw)))
    except (ValueError, LookupError, UnicodeError):
        text = raw
    # Bytes above 127 that no charset explains were kept as surrogates.
    data = text.encode("utf-8", "surrogateescape")
    return " ".join(plain.decode(data).split())


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""
    try:
        return str(email.header.make_header(email.header.decode_header(name)))
    except (ValueError, LookupError, UnicodeError):
        return name


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


def _leaves(message: Message) -> Iterator[Message]:
    """Parts without parts; of alternatives, the plain text if it says anything, else the rest."""
    pending: list[Message] = [message]
    for _count in range(PARTS):
        if not pending:
            return
        part = pending.pop()
        inner = part.get_payload()
        if not isinstance(inner, list) or _packed_message(part):
            yield part
            continue
        parts = [each for each in inner if isinstance(each, Message)]
        if part.get_content_type() == "multipart/alternative":
            spoken = [
                each
                for each in parts
                if each.get_content_type() == "text/plain" and _payload(each).strip()
            ]
            rich = [each for each in parts if each.get_content_type() != "text/plain"]
            inner_files = [each for each in rich if each.is_multipart()] if spoken else rich
            parts = spoken[:1] + inner_files
        pending.extend(reversed(parts))


def _read_message(message: Message, source: Source, sink: Sink) -> None:
    for name in _SHOWN:
        sink.line(_header(message, name))
    sink.describe(title=_header(message, "Subject"), author=_header(message, "From"))
    sink.text("\n")
    for part in _leaves(message):
        name = _file_name(part)
        kind = part.get_content_type()
        attached = bool(name) or part.get_content_disposition() == "attachment"
        if kind.startswith("text/") and not attached:
            _read_text(part, kind, sink)
        else:
            sink.line(name)
            read_nested(source, sink, name, _packed_message(part) or _payload(part))


def _read_text(part: Message, kind: str, sink: Sink) -> None:
    data, charset = _payload(part), _charset(part)
    if kind == "text/html":
        html_text(decode_html(data, charset), SilentSink(sink))
    elif kind in {"text/css", "text/javascript"}:
        return
    else:
        sink.line(plain.decode_as(data, charset) if charset else plain.decode(data))


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
