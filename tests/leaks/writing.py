"""How a hostile client asks: requests and handshakes as raw bytes, and what is answered."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.leaks.wire import (
    COOKIES,
    HALF_OPEN,
    METHODS,
    TARGETS,
    UNREAD,
    UNREADABLE,
    VALUES,
    VERSIONS,
    Headers,
)

# What is no longer awaited from a server that works on a busy machine.
PATIENCE = 60.0

_KEY = (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ==")
_SHAKING: Headers = [
    (b"Connection", b"Upgrade"),
    (b"Upgrade", b"websocket"),
    (b"Sec-WebSocket-Version", b"13"),
    _KEY,
]
SHAKEN = [
    *(b"Host", b"Origin", b"Cookie", b"Connection", b"Upgrade", b"Content-Length"),
    *(b"Sec-WebSocket-Key", b"Sec-WebSocket-Version", b"Sec-WebSocket-Protocol"),
    *(b"Sec-WebSocket-Extensions", b"Transfer-Encoding", b"X-Forwarded-For", b"Expect"),
]


@dataclass(frozen=True)
class Person:
    """Who asks: the cookies and the token of a form, as they stand in a request."""

    cookies: bytes
    token: bytes

    def headers(self, host: bytes) -> Headers:
        return [
            (b"Host", host),
            (b"Cookie", self.cookies),
            (b"X-CSRFToken", self.token),
            (b"Origin", b"http://" + host),
            (b"Connection", b"close"),
        ]


def request(
    method: bytes, target: bytes, headers: Headers, body: bytes = b"", version: bytes = b"HTTP/1.1"
) -> bytes:
    """Return a request as it is written on the wire."""
    head = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"%b %b %b\r\n%b\r\n%b" % (method, target, version, head, body)


def replaced(headers: Headers, other: Headers) -> Headers:
    """Return `headers` with those of `other` in the place of the same names."""
    names = {name.lower() for name, _value in other}
    return [header for header in headers if header[0].lower() not in names] + other


def hostile_headers(chance: Random, person: Person, names: list[bytes], number: int) -> Headers:
    """Return a `number` of headers with values that are none."""
    chosen = []
    for name in chance.sample(names, number):
        value = chance.choice(VALUES)
        if chance.random() < 0.05:  # rarely: it goes no further
            name, value = chance.choice(
                [(name, chance.choice(UNREADABLE)), (chance.choice(UNREAD), value)]
            )
        if name == b"Cookie":
            # Before one's own or after it, which is taken then; the session may stay as it is.
            odd = chance.choice(COOKIES) + b"=" + value
            pair = [odd, person.cookies]
            chance.shuffle(pair)
            value = b"; ".join(pair)
        chosen.append((name, value))
    return chosen


def hostile_line(chance: Random, path: bytes) -> tuple[bytes, bytes, bytes]:
    """Return a method, a target and a version, of which one is none or no usual one."""
    match chance.randrange(5):
        case 0 | 1:
            return chance.choice(METHODS), path, b"HTTP/1.1"
        case 2 | 3:
            return b"GET", chance.choice(TARGETS)(path), b"HTTP/1.1"
        case _:
            return b"GET", path, chance.choice(VERSIONS)


def with_body(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Return the headers with the length of the body, where they say nothing of it."""
    said = {name.lower() for name, _value in headers}
    if said.isdisjoint({b"content-length", b"transfer-encoding"}):
        headers = [*headers, (b"Content-Length", str(len(body)).encode())]
    return headers, body


def handshake(person: Person, host: bytes, path: bytes) -> bytes:
    """Return a handshake as browsers make it."""
    return request(b"GET", path, replaced(person.headers(host), _SHAKING))


def handshakes(chance: Random, person: Person, host: bytes, path: bytes) -> Iterator[bytes]:
    """Yield handshakes of which one thing or another is none."""
    good = replaced(person.headers(host), _SHAKING)
    for name in SHAKEN:
        for value in chance.sample(VALUES, 3):
            odd = (name, person.cookies + b"; sessionid=" + value if name == b"Cookie" else value)
            yield request(b"GET", path, replaced(good, [odd]))
    for left_out in _SHAKING:
        yield request(b"GET", path, [header for header in good if header != left_out])
    yield request(b"GET", path, [*good, _KEY])
    yield request(b"GET", path, good + [(b"A", b"b")] * 300)
    yield request(b"GET", path, [*good, (b"A", b"b" * 9000)])
    yield request(b"GET", path, good, version=b"HTTP/1.0")
    yield request(b"GET", path, *with_body(good, b"a body"))
    for method in METHODS:
        yield request(method, path, good)
    for target in TARGETS:
        yield request(b"GET", target(path), good)


def exchange(address: tuple[str, int], sent: bytes, frames: bytes = b"") -> bytes:
    """Return what is answered to `sent`, up to the close where it is followed by one.

    `frames` follow the answer to a handshake. Raises TimeoutError where the other side neither
    answers nor closes.
    """
    sent, half_open, _ = sent.partition(HALF_OPEN)
    heard = bytearray()
    with socket.create_connection(address, timeout=PATIENCE) as line:

        def hear() -> bool:
            heard.extend(piece := line.recv(65536))
            return bool(piece)

        try:
            line.sendall(sent)
            if half_open:
                line.shutdown(socket.SHUT_WR)
            while b"\r\n\r\n" not in answer(heard) and hear():
                pass
            if status_of(heard) != 101:
                while closes(heard) and hear():
                    pass
            elif frames:
                line.sendall(frames)
                hear()
        except ConnectionError:
            pass  # closed while it was sent, or with something left that nobody read
    return answer(heard)


def answer(heard: bytearray) -> bytes:
    """Return what was heard without the word that more may be sent."""
    return bytes(heard).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")


def closes(heard: bytearray) -> bool:
    """Tell whether the answer is followed by the end of the connection."""
    return b"connection: close" in answer(heard).partition(b"\r\n\r\n")[0].lower()


def status_of(heard: bytes | bytearray) -> int:
    """Return the status of an answer, 0 where there is none."""
    found = re.match(rb"HTTP/1\.[01] (\d{3})", heard)
    return int(found[1]) if found else 0


def is_fault(heard: bytes) -> bool:
    """Tell whether an answer says that the server failed: not that it is busy, or had none."""
    status = status_of(heard)
    if status < 500 or status == 501:
        return False
    return status != 503 or b"retry-after:" not in heard.lower()
