"""What a hostile client puts on the wire: pieces of lines, headers, bodies, frames."""

from __future__ import annotations

import re
from collections.abc import Callable

HALF_OPEN = b"half open"
"""At the end of what is sent: after it nothing more comes, and less has come than was said."""

Headers = list[tuple[bytes, bytes]]

VALUES = [
    b"",
    b"\xb2",
    "²".encode(),
    b"\xff\xfe\xc3",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"a\tb",
    b"%00",
    b"-1",
    b"1e999",
    b"9" * 30,
    b"9" * 5000,
    b"(" * 3000,
    b"," * 3000,
    b"a=;" * 1500,
    b'"' * 3001,
    b'"\\000\\777"',
    b"http://[",
    b"null",
    b"*",
    b"websocket",
    b"utf-8''%ff%00",
    b"Fri, 31 Dec 9999 23:59:59 GMT",
    b"bytes=0-,-1,9-0",
    b"0x10",
    b"close, upgrade, te",
]
"""Values of headers and of cookies."""
UNREADABLE = [b"a\x00b", b"\x7f", b"a\r b", b"a\r\n b"]
"""More of them, with which a request is none for whoever reads it first."""

NAMES = [
    *(b"Host", b"Origin", b"Referer", b"Cookie", b"User-Agent", b"Authorization", b"Date"),
    *(b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Forwarded-Host", b"X-Forwarded-Port"),
    *(b"Forwarded", b"X-Real-IP", b"Via", b"X-Request-ID", b"X-CSRFToken"),
    *(b"Range", b"If-Range", b"If-Match", b"If-None-Match"),
    *(b"If-Modified-Since", b"If-Unmodified-Since"),
    *(b"Accept", b"Accept-Language", b"Accept-Encoding", b"Accept-Charset"),
    *(b"Content-Type", b"Content-Encoding", b"TE"),
    *(b"Connection", b"Upgrade", b"HTTP2-Settings", b"Expect", b"Trailer", b"Keep-Alive"),
    *(b"HX-Request", b"HX-Current-URL", b"HX-Current-URL-URI-AutoEncoded", b"HX-Target"),
    *(b"X-Requested-With", b"X-Sheet", b"Sec-Fetch-Dest", b"Sec-Fetch-Mode", b"Destination"),
    *(b"Sec-WebSocket-Key", b"X-HTTP-Method-Override", b"X-Original-URL", b"Script-Name"),
    *(b"X_Request_ID", b"Content_Length", b"X-" + b"a" * 5000),
]
UNREAD = [b"Content-Length", b"Transfer-Encoding", b"", b" ", b"a b", b"\xff", b"Host\x00"]
"""Names of headers whose values, or that themselves, make a request none."""
COOKIES = [
    *(b"sessionid", b"csrftoken", b"messages", b"marigot_browser", b"marigot_language"),
    b"marigot_language_chosen",
]

METHODS = [
    *(b"HEAD", b"OPTIONS", b"PATCH", b"TRACE", b"DELETE", b"PROPFIND", b"M-SEARCH", b"PURGE"),
    *(b"get", b"Post", b"HACK", b"G\x00T", b"\xff", b"A" * 5000, b"PRI", b"CONNECT", b"SOURCE"),
]

# Made of a path and a query of the site.
TARGETS: list[Callable[[bytes], bytes]] = [
    lambda path: path + b"%00",
    lambda path: path + b"%ff/",
    lambda path: path + b"\xff/",
    lambda path: path + b"%c0%af..%c0%af",
    lambda path: path + b"%ed%a0%80/",
    lambda path: path + b"%",
    lambda path: path + b"%zz/%u0041",
    lambda path: path + b"?%00=%ff&" + b"a=%ed%a0%80&" * 20,
    lambda path: path + b"?page=" + b"9" * 5000,
    lambda path: path + b"?" + b"&;=" * 3000,
    lambda path: path + b"?q=\xff\xfe&q[]=\xb2",
    lambda path: path + b"#a?b=c",
    lambda path: path + b"\x00",
    lambda path: path + b" HTTP/1.1 a",
    lambda path: path + b"?next=//evil.example/%0d%0aSet-Cookie:a=b",
    lambda path: b"/" + path,
    lambda path: b"//evil.example" + path,
    lambda path: b"/.." + path + b"../../etc/passwd",
    lambda path: b"/%2e%2e" + path,
    lambda path: b"/./" + path.replace(b"/", b"//"),
    lambda path: path.replace(b"/", b"%2f"),
    lambda path: path.replace(b"/", b"\\"),
    lambda path: path.upper(),
    lambda path: b"http://evil.example" + path,
    lambda path: b"http://[" + path,
    lambda path: b"ws://127.0.0.1:99999999" + path,
    lambda path: path.lstrip(b"/") or b"a",
    lambda path: b"*",
    lambda path: b"",
    lambda path: b"/" + b"a" * 70_000,
    lambda path: re.sub(rb"\d+", b"9" * 30, path),
    lambda path: re.sub(rb"\d+", b"%b2", path),
]
VERSIONS = [b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b"", b"HTTP/1.1 "]

_FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
_PART = b'--b\r\nContent-Disposition: form-data; name="title"'


def _parts(*lines: bytes) -> tuple[Headers, bytes]:
    return [(b"Content-Type", b"multipart/form-data; boundary=b")], b"\r\n".join(lines)


def _sized(said: bytes, body: bytes) -> tuple[Headers, bytes]:
    return [_FORM, (b"Content-Length", said)], body


def _chunked(body: bytes, *, coding: bytes = b"chunked") -> tuple[Headers, bytes]:
    return [_FORM, (b"Transfer-Encoding", coding)], body


BODIES: list[tuple[Headers, bytes]] = [
    ([_FORM], b"title=%00&name=%ff%fe&q=%ed%a0%80&page=%C2%B2"),
    ([_FORM], b"title=\x00\xff&\x00=\xff"),
    ([_FORM], b"&".join([b"a=1"] * 1500)),
    ([_FORM], b"&" * 9000 + b"=" * 3000),
    ([_FORM], b"id=" + b"9" * 5000 + b"&service=" + b"9" * 30),
    ([(b"Content-Type", b"application/x-www-form-urlencoded; charset=rot13")], b"title=nopr"),
    ([(b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-16")], b"title=a&b"),
    ([(b"Content-Type", b"application/x-www-form-urlencoded; charset=a\x00")], b"title=a"),
    ([(b"Content-Type", b"multipart/form-data")], b"--b\r\n\r\n--b--"),
    ([(b"Content-Type", b"multipart/form-data; boundary=\xff")], b"--\xff\r\n\r\n--\xff--"),
    ([(b"Content-Type", b"multipart/form-data; boundary=" + b"b" * 300)], b"--b--"),
    _parts(_PART, b"", b"a\x00\xff", b"--b--", b""),
    _parts(_PART, b"", b"cut"),
    _parts(_PART + b'; filename="a\x00\xff.txt"', b"", b"text", b"--b--", b""),
    _parts(_PART + b"; filename*=utf-8''%ff%00%2e%2e%2f", b"", b"text", b"--b--", b""),
    _parts(_PART + b"; filename*=rot13''nopr", b"", b"text", b"--b--", b""),
    _parts(_PART + b'; filename="../../../../etc/passwd"', b"", b"text", b"--b--", b""),
    _parts(_PART, b"Content-Transfer-Encoding: base64", b"", b"=!\xff", b"--b--", b""),
    _parts(_PART, b"Content-Type: text/plain; charset=rot13", b"", b"nopr", b"--b--", b""),
    _parts(b"--b\r\nContent-Disposition: \xff", b"", b"a", b"--b--", b""),
    _parts(b"--b\r\n" + b"A: b\r\n" * 2000, b"", b"--b--", b""),
    _parts(*[_PART + b"\r\n\r\na"] * 1200, b"--b--", b""),
    ([(b"Content-Type", b"application/json")], b"[" * 5000),
    ([(b"Content-Type", b"application/json")], b'{"a": "\\ud800\\u0000", "b": 1e999}\xff'),
    ([(b"Content-Type", b"text/plain\xff; a=\xb2")], b"\x00" * 3000),
    ([], b"\xff" * 20_000),
    _sized(b"3", b"title=and more than was said\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    _sized(b"900", b"title=less than was said" + HALF_OPEN),
    _sized(b"900000", b"title=much less than was said" + HALF_OPEN),
    _sized(b"99999999999999", HALF_OPEN),
    _sized(b"9" * 30, b"a=1"),
    _sized(b"9" * 5000, b"a=1"),
    _sized(b"-1", b"a=1"),
    _sized(b"+3", b"a=1"),
    _sized(b"0x3", b"a=1"),
    _sized(b"3, 3", b"a=1"),
    _sized(b"\xb2", b"a=1"),
    _sized(b"", b"a=1"),
    ([_FORM, (b"Content-Length", b"3"), (b"Content-Length", b"30")], b"a=1"),
    ([_FORM, (b"Content-Length", b"3"), (b"Transfer-Encoding", b"chunked")], b"0\r\n\r\n"),
    _chunked(b"3\r\na=1\r\n0\r\n\r\n"),
    _chunked(b"3;a=\xff" + b";b" * 3000 + b"\r\na=1\r\n0\r\nTrailer: \xff\r\n\r\n"),
    _chunked(b"3\r\na=1\r\n0\r\n" + b"Cookie: sessionid=a\r\n" * 200 + b"\r\n"),
    _chunked(b"-3\r\na=1\r\n0\r\n\r\n"),
    _chunked(b"\xb2\r\na=1\r\n0\r\n\r\n"),
    _chunked(b"f" * 17 + b"\r\na=1"),
    _chunked(b"9" * 5000 + b"\r\na=1"),
    _chunked(b"3\r\na=1no end of line"),
    _chunked(b"ffff\r\ncut" + HALF_OPEN),
    _chunked(b"3\r\na=1\r\n" + HALF_OPEN),
    _chunked(b"3\r\na=1\r\n0\r\n\r\n", coding=b"gzip, chunked"),
    _chunked(b"3\r\na=1\r\n0\r\n\r\n", coding=b"chunked, identity"),
    _chunked(b"3\r\na=1\r\n0\r\n\r\n", coding=b"\xb2"),
    ([_FORM, (b"Expect", b"100-continue")], b"a=1"),
    ([_FORM, (b"Expect", b"100-continue"), (b"Content-Length", b"9000")], HALF_OPEN),
    ([_FORM, (b"Content-Encoding", b"gzip")], b"\x1f\x8b\x00"),
]

# What is no request at all.
NOISE = [
    HALF_OPEN,
    b"\r\n" * 50 + HALF_OPEN,
    b"\x00" * 300,
    b"\xff" * 300,
    b"GET\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\nHost: localhost\n\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 3000 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"b" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + HALF_OPEN,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,  # the beginning of TLS
    b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 30,
]


def frame(code: int, payload: bytes, *, first: int = 0x80, masked: bool = True) -> bytes:
    """Return a frame of RFC 6455 with the opcode `code`; `first`: its FIN and RSV bits."""
    size = len(payload)
    mask = 0x80 if masked else 0
    head = bytes([first | code])
    if size < 126:
        head += bytes([mask | size])
    else:
        head += bytes([mask | 126]) + size.to_bytes(2, "big")
    return head + (bytes(4) if masked else b"") + payload  # a mask of zeros changes nothing


_HELLO = b'{"since": null}'
FRAMES = [
    frame(1, _HELLO),
    frame(1, _HELLO) + frame(1, _HELLO),
    frame(1, b'{"since": ' + str(2**63 - 1).encode() + b"}"),
    frame(1, b'{"since": ' + str(2**63).encode() + b"}"),
    frame(1, b'{"since": ' + b"9" * 180 + b"}"),
    frame(1, b'{"since": 1e999}'),
    frame(1, b'{"since": NaN}'),
    frame(1, b'{"since": "1\\u0000"}'),
    frame(1, b'{"since": -1}'),
    frame(1, b"[" * 199),
    frame(1, b"[" * 4000),
    frame(1, b"\xff\xfe"),
    frame(1, b"\xed\xa0\x80"),
    frame(1, b'"\\ud800"'),
    frame(1, b""),
    frame(1, b"a" * 5000),
    frame(2, _HELLO),
    frame(2, b"\x00\xff"),
    frame(1, _HELLO, masked=False),
    frame(3, b"a"),
    frame(15, b"a"),
    frame(1, _HELLO, first=0xF0),
    frame(0, b"a"),
    frame(1, b"a", first=0) * 2,
    frame(1, b"a", first=0) + frame(0, b"a", first=0) * 500 + frame(0, b"a"),
    frame(9, b"a" * 126),
    frame(9, b"a" * 125) * 200 + frame(8, b""),
    frame(10, b"a") + frame(8, b"\x03\xe8"),
    frame(8, b"\x03"),
    frame(8, b"\x00\x00"),
    frame(8, b"\xff\xff\xff"),
    frame(8, b"\x03\xe8" + b"\xff" * 20),
    frame(8, b"\x03\xe8" + b"a" * 125),
    b"\x81\xff" + b"\xff" * 8 + bytes(4),
    b"\x81\xfe\x00\x01" + bytes(4) + b"a",
    b"\x00" * 50,
    b"GET / HTTP/1.1\r\n\r\n",
]
"""What is sent once a handshake is answered."""
