"""Asking a served process: requests of signed-in people over connections that stay open."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from tests.deploy.site import Site

_TICKS = os.sysconf("SC_CLK_TCK")
_TOKEN = "a" * 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request, the session it is sent with, and a text that its answer holds.

    With a `body` it is a PUT, which makes something (201).
    """

    url: str
    session: str
    shows: str
    body: bytes = b""


@dataclass(slots=True)
class Outcome:
    """What came of many requests: statuses, how many were as wanted, and the seconds they took."""

    good: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)


@contextmanager
def web() -> Iterator[Site]:
    """Run the web process as deploy/ does, without nginx before it, for the time of the block."""
    site = Site()
    site.start_web()
    try:
        yield site
    finally:
        site.stop_web()


async def ask(sites: Sequence[Site], wanted: Sequence[Wanted], *, clients: int) -> Outcome:
    """Ask for all of `wanted`, shared out among `clients` that each wait for their answer.

    The clients are spread over `sites`.
    """
    left = iter(wanted)
    outcome = Outcome()

    async def one(site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        try:
            for each in left:
                begun = time.perf_counter()
                writer.write(_request(site, each))
                status, body = await _answer(reader)
                outcome.delays.append(time.perf_counter() - begun)
                outcome.statuses[status] += 1
                expected = 201 if each.body else 200
                outcome.good += status == expected and each.shows.encode() in body
        finally:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one(site) for site in islice(cycle(sites), clients)))
    outcome.seconds = time.perf_counter() - started
    return outcome


def _request(site: Site, wanted: Wanted) -> bytes:
    """Return the bytes that a proxy before the web process would send for a browser."""
    cookies = f"__Host-session={wanted.session}"
    lines = [f"{'PUT' if wanted.body else 'GET'} {wanted.url} HTTP/1.1"]
    lines += [f"Host: {site.url.partition('//')[2]}", "X-Forwarded-Proto: https"]
    lines += ["Accept: text/html", "Accept-Language: fr"]
    if wanted.body:
        cookies += f"; __Host-csrf={_TOKEN}"
        lines += [f"Origin: {site.url}", f"X-CSRFToken: {_TOKEN}"]
        lines += [f"Content-Length: {len(wanted.body)}"]
    lines += [f"Cookie: {cookies}", "", ""]
    return "\r\n".join(lines).encode() + wanted.body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return the status and the body of one answer."""
    lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    status = int(lines[0].split()[1])
    lengths = [line.partition(b":")[2] for line in lines if line.startswith(b"content-length:")]
    if lengths:
        return status, await reader.readexactly(int(lengths[0]))
    pieces = []
    while length := int(await reader.readline(), 16):  # sent in chunks
        pieces.append((await reader.readexactly(length + 2))[:-2])
    await reader.readline()
    return status, b"".join(pieces)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, its own and the system's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
