"""WebSockets as uvicorn serves them; a handshake that is none is answered, too."""

from __future__ import annotations

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_NOT_UNDERSTOOD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Sockets(WebSocketsSansIOProtocol):
    """The protocol of a connection that asked for a WebSocket, for uvicorn's `--ws`.

    Uvicorn leaves a handshake that websockets cannot read (a body, more than 128 headers)
    without an answer, and its connection open for as long as the client likes.
    """

    def handle_events(self) -> None:
        """Handle what has come, the handshake first: all of it is there, or it is none."""
        super().handle_events()
        if self.handshake_initiated or self.transport.is_closing():
            return
        # The library has an answer where there is too much of it, none where it is no handshake.
        self.transport.write(b"".join(self.conn.data_to_send()) or _NOT_UNDERSTOOD)
        self.transport.close()
