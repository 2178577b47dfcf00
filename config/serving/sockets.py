"""WebSockets as uvicorn serves them; a handshake that is none is answered, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_NOT_UNDERSTOOD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Sockets(WebSocketsSansIOProtocol):
    """The protocol of a connection that asked for a WebSocket, for uvicorn's `--ws`.

    Uvicorn leaves a handshake that websockets cannot read (a body, more than 128 headers)
    without an answer, and its connection open for as long as the client likes.

    Whoever is sent something has been let in; who is not is told so after the handshake, and may
    keep the connection for the seconds in which it is closed.

    A page says hello and answers pings. Uvicorn takes whatever else comes, answers each ping of a
    client that reads no answer, and keeps all pieces of a message without end: `most` bytes at
    once, and `rate` in a second, are more than any page says. Who says more is cut off.
    """

    most: ClassVar[int] = 16 * 1024
    rate: ClassVar[float] = 64.0

    _known: Callable[[], None] | None = None
    _said = 0.0
    _said_at = 0.0

    def when_known(self, call: Callable[[], None]) -> None:
        """Have `call` called once somebody is let in, or the connection is gone."""
        self._known = call

    def data_received(self, data: bytes) -> None:
        """Take what has come: the head of the request first, then what the client says."""
        if self.handshake_initiated and not self._may_say(len(data)):
            self.transport.abort()
            return
        super().data_received(data)

    def _may_say(self, count: int) -> bool:
        """Note that a client says `count` bytes more, and tell whether it may."""
        now = self.loop.time()
        forgotten = self.rate * (now - self._said_at)
        self._said, self._said_at = max(0.0, self._said - forgotten) + count, now
        return self._said <= self.most

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._tell()
        super().connection_lost(exc)

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message of the application."""
        if self._known is not None and message["type"] == "websocket.send":
            self._tell()
        await super().send(message)

    def _tell(self) -> None:
        if (call := self._known) is not None:
            self._known = None
            call()

    def handle_events(self) -> None:
        """Handle what has come, the handshake first: all of it is there, or it is none."""
        super().handle_events()
        if self.handshake_initiated or self.transport.is_closing():
            return
        # The library has an answer where there is too much of it, none where it is no handshake.
        self.transport.write(b"".join(self.conn.data_to_send()) or _NOT_UNDERSTOOD)
        self.transport.close()
