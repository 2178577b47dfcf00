"""Handing the body of a request to Django while it arrives.

Django's own ASGI handler writes the whole body to a temporary file before it looks at the
request: a large upload would be written twice, and taken in full from somebody who may not
send it. Here the body stays on the wire until the view reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any

from django.core.handlers.asgi import ASGIHandler
from django.http import UnreadablePostError

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SILENCE = 120.0
"""Seconds without a byte after which a body is given up."""


class IncomingBody:
    """The body of one request: a file to Django's thread, the channel `receive` to Django's loop.

    As a file it fetches pieces from the event loop while it is read. As `receive` it
    waits until the body is over, then for the client's leaving.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._more = True
        self._left = asyncio.Event()  # nothing more is to be read

    # The file

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, b"" at the end; waits for the client.

        Raises UnreadablePostError where the client left, or said nothing for too long.
        """
        while self._more and (size < 0 or not self._buffer):
            if _in_loop(self._loop):
                raise RuntimeError("Read the body of an upload in a thread, not in the loop.")
            future = asyncio.run_coroutine_threadsafe(self._fetch(), self._loop)
            try:
                future.result(SILENCE)
            except TimeoutError as error:
                future.cancel()
                self._end()
                raise UnreadablePostError("The client has stopped sending.") from error
        taken = bytes(self._buffer if size < 0 else self._buffer[:size])
        del self._buffer[: len(taken)]
        return taken

    def readline(self, size: int = -1) -> bytes:
        """Return a line; Django asks for none but a file has it."""
        line = bytearray()
        while (size < 0 or len(line) < size) and (byte := self.read(1)):
            line += byte
            if byte == b"\n":
                break
        return bytes(line)

    def close(self) -> None:
        """Read nothing more."""
        self._more = False
        self._buffer.clear()

    async def _fetch(self) -> None:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._end()
            raise UnreadablePostError("The client left.")
        self._buffer += message.get("body", b"")
        if not message.get("more_body", False):
            self._end()

    def _end(self) -> None:
        self._more = False
        self._loop.call_soon_threadsafe(self._left.set)

    # The channel

    async def __call__(self) -> Message:
        """Return the client's leaving, once the body is no longer being read."""
        await self._left.wait()
        return await self._receive()


class StreamingHandler(ASGIHandler):
    """Django's handler, with the bodies of uploads left on the wire."""

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if _is_upload(scope):
            receive = IncomingBody(receive)
        await super().handle(scope, receive, send)

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """Return the body as a file."""
        if isinstance(receive, IncomingBody):
            return receive  # type: ignore[return-value]
        return await super().read_body(receive)


def _in_loop(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _is_upload(scope: dict[str, Any]) -> bool:
    """Tell whether the request brings files: a PUT, or a multipart form."""
    if scope["method"] == "PUT":
        return True
    headers = dict(scope.get("headers", ()))
    return scope["method"] == "POST" and headers.get(b"content-type", b"").startswith(
        b"multipart/form-data"
    )
