"""One request to the handler of the site, without a server between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any

from django.test import Client

from config.serving.handler import Handler
from config.serving.pace import Pace

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


class Exchange:
    """What the client sends, in pieces, and what it is answered.

    After its pieces the client stays until it is answered, or goes at once (`ends` false),
    or says nothing and stays (`silent`).
    """

    def __init__(self, method, path, headers, pieces=(b"",), *, ends=True, silent=False):
        self.scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path.partition("?")[0],
            "query_string": path.partition("?")[2].encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "server": ("testserver", 80),
            "client": ("127.0.0.1", 1),
        }
        self.pieces = list(pieces)
        self.ends = ends
        self.silent = silent
        self.asked = 0
        self.sent: list[dict[str, Any]] = []
        self.answered = asyncio.Event()

    async def receive(self):
        self.asked += 1
        if self.pieces:
            piece = self.pieces.pop(0)
            return {
                "type": "http.request",
                "body": piece,
                "more_body": bool(self.pieces) or self.silent or not self.ends,
            }
        if self.silent:
            await asyncio.Event().wait()
        if self.ends:
            await self.answered.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.answered.set()

    async def run(self, handler: Handler) -> int | None:
        await handler(self.scope, self.receive, self.send)
        return self.status

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def content(self) -> bytes:
        return b"".join(m["body"] for m in self.sent[1:] if "body" in m)


@contextmanager
def handler_with(**options: Any) -> Iterator[Handler]:
    """A handler whose threads end with the test."""
    handler = Handler(**options)
    try:
        yield handler
    finally:
        handler.close()


def signed_in(person):
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    client.cookies["csrftoken"] = "a" * 32
    cookies: SimpleCookie = client.cookies
    return {
        "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()),
        "X-CSRFToken": "a" * 32,
        "Accept": "application/json",
        "Host": "testserver",
    }


QUICK = Pace(grace=0.3, rate=1e9)
"""A pace at which nobody who waits is waited for."""


async def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds."""
    while not condition():  # the time-out of the test ends it
        await asyncio.sleep(0.01)
