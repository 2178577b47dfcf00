"""The body of a request: left on the wire until it is asked for, then taken in at a least rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import UnreadablePostError

from directory.asgi import Receive, Scope
from directory.outside import number_from_outside
from documents.uploads import TooSlow

from .pace import Pace

OpenFile = Callable[[], IO[bytes]]
T = TypeVar("T")

SMALL = 16 * 1024
"""Bytes that a body may announce to be taken in before anything is known of its sender."""
_IN_MEMORY = 256 * 1024
_WITHOUT = ("GET", "HEAD", "OPTIONS", "TRACE")


class ClientLeft(UnreadablePostError):
    """The client closed the connection before its body was over."""


class IncomingBody:
    """The body of one request. Only the time in which its client is waited for counts.

    It is taken in whole (`collect`), or read as a file by a thread other than the loop's.
    `limit` is how many bytes may come. What memory does not keep goes to a file of `open_file`,
    by the threads of `writers` (the loop's own where there are none).
    """

    def __init__(
        self,
        receive: Receive,
        scope: Scope,
        pace: Pace,
        *,
        writers: Executor | None = None,
        open_file: OpenFile = TemporaryFile,
    ) -> None:
        headers = dict(scope.get("headers", ()))
        length = headers.get(b"content-length", b"").decode("latin-1")
        self.announced = number_from_outside(length)
        has_body = (self.announced or b"transfer-encoding" in headers) and (
            scope["method"] not in _WITHOUT
        )
        self.on_the_wire = bool(has_body)
        self.limit = SMALL
        self._receive = receive
        self._pace = pace
        self._writers = writers
        self._open_file = open_file
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._received = 0
        self._waited = 0.0

    @property
    def is_small(self) -> bool:
        """Whether the body says that it is small."""
        return self.announced is not None and self.announced <= SMALL

    async def collect(self) -> IO[bytes]:
        """Return the whole body. Raises TooSlow, ClientLeft, RequestDataTooBig."""
        file: IO[bytes] | None = None
        try:
            while self.on_the_wire:
                await self._fetch()
                if len(self._buffer) > _IN_MEMORY:
                    # The client is waited for without a thread, the disk without the loop.
                    if file is None:
                        file = await self._off_loop(self._open_file)
                    await self._off_loop(file.write, self._taken())
            if file is None:
                return BytesIO(self._taken())
            await self._off_loop(file.write, self._taken())
            await self._off_loop(file.seek, 0)
        except BaseException as error:
            if file is not None:
                try:
                    await self._off_loop(file.close)
                except OSError as fault:
                    # On a full disk what is buffered is not written by closing, either.
                    error.add_note(f"Closing its file failed, too: {fault}")
            raise
        return file

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, b"" at the end; waits for the client.

        Raises what `collect` does.
        """
        while self.on_the_wire and (size < 0 or not self._buffer):
            if _in_loop(self._loop):
                raise RuntimeError("Read the body of a request in a thread, not in the loop.")
            asyncio.run_coroutine_threadsafe(self._fetch(), self._loop).result()
        taken = bytes(self._buffer if size < 0 else self._buffer[:size])
        del self._buffer[: len(taken)]
        return taken

    def readline(self, size: int = -1) -> bytes:
        """Return a line; a file has it."""
        line = bytearray()
        while (size < 0 or len(line) < size) and (byte := self.read(1)):
            line += byte
            if byte == b"\n":
                break
        return bytes(line)

    async def left(self) -> None:
        """Wait until the client has left; the body is over."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def close(self) -> None:
        """Drop what was fetched and not read."""
        self._buffer.clear()

    def _taken(self) -> bytes:
        taken = bytes(self._buffer)
        self._buffer.clear()
        return taken

    def _off_loop(self, call: Callable[..., T], *args: object) -> asyncio.Future[T]:
        return self._loop.run_in_executor(self._writers, call, *args)

    async def _fetch(self) -> None:
        started = self._loop.time()
        try:
            async with asyncio.timeout(self._pace.left(self._waited, self._received)):
                message = await self._receive()
        except TimeoutError as error:
            raise TooSlow("The client sends too slowly.") from error
        finally:
            self._waited += self._loop.time() - started
        if message["type"] == "http.disconnect":
            raise ClientLeft("The client left.")
        piece = message.get("body", b"")
        self._received += len(piece)
        if self._received > self.limit:
            raise RequestDataTooBig("The body is larger than this address takes.")
        self._buffer += piece
        self.on_the_wire = message.get("more_body", False)


def _in_loop(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
