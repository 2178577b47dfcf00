"""HTTP as uvicorn serves it, from clients that keep a connection, or say half of what they want."""

from __future__ import annotations

import asyncio
from collections import Counter
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from directory.outside import network_from_outside

from .pace import Pace
from .sockets import Sockets

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

LONGEST_HEAD = 64 * 1024
OF_ONE = 256
"""Connections of one address: a whole town hall may come from it."""
_NOTHING_MORE = b"content-length: 0\r\nconnection: close\r\n\r\n"


class _Awaited(Enum):
    """What a client has to do, where nobody else bounds the time in which it does."""

    HEAD = auto()
    REST = auto()  # of a body that was answered before it was there
    LEAVE = auto()  # take the end of its answer


class Pipelines(HttpToolsProtocol):
    """The protocol of a connection, for uvicorn's `--http`.

    Where a client sends several requests without waiting and goes, uvicorn tells it to the last
    that came, which nobody works on yet. The one that is worked on is not given up, and writes to
    a connection that is gone: a traceback for each such client.

    Uvicorn gives up a connection that says nothing between two requests, and nothing else: who
    connects and says nothing, or one byte of a head each minute, or leaves its answer where it is,
    keeps it for ever. Here all of that has an end (`pace`), a head its length, and an address
    its number of connections (`of_one`), but for the proxy's, which are those of everybody, and
    for sockets of people, whom the notices count.
    """

    pace: ClassVar[Pace] = Pace()
    of_one: ClassVar[int] = OF_ONE
    _connections: ClassVar[Counter[str]] = Counter()

    _at_work: RequestResponseCycle | None = None
    _counted_for: str | None = None
    _in_head = False
    _in_body = False
    _head_bytes = 0
    _awaited: _Awaited | None = None
    _end: asyncio.TimerHandle | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, where the address has not too many connections."""
        super().connection_made(transport)
        if not self._may_stay():
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what has come; a head that goes on and on is refused."""
        head = self.headers if self._in_head else None
        super().data_received(data)
        if self.transport.get_protocol() is not self:  # it has become a WebSocket
            return
        same = self._in_head and self.headers is head
        self._head_bytes = self._head_bytes + len(data) if same else 0
        if self._head_bytes > LONGEST_HEAD and not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        self._wait()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection on; it counts for its address until somebody is let in by it."""
        self._stop_waiting()
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, Sockets):
            protocol.when_known(self._forget)
        else:
            self._forget()

    def eof_received(self) -> None:
        """Close, as a connection does by itself, but not for ever."""
        self.transport.close()
        self._wait()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that says nothing more."""
        super().timeout_keep_alive_handler()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is worked on that its client left."""
        self._forget()
        if self._at_work is not None and not self._at_work.response_complete:
            self._at_work.disconnected = True
            self._at_work.message_event.set()
        super().connection_lost(exc)

    # Its requests

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a line of a head; those after a body (trailers) are nobody's, and without end."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End a head."""
        self._in_head, self._in_body = False, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request."""
        self._in_body = False
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._at_work = cycle

        async def watched(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            try:
                await app(scope, receive, send)
            finally:  # uvicorn closes the connection where there is no whole answer
                self.loop.call_soon(self._look)

        super()._start_asgi_task(cycle, watched)

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        super().on_response_complete()
        self._look()

    # Its ends

    def _look(self) -> None:
        """Wait for what the client still owes; between two requests uvicorn waits."""
        if self._in_head or self._in_body or self.transport.is_closing():
            self._wait()

    def _wait(self) -> None:
        """See what the client has to do now, and give it its time, which is not prolonged."""
        awaited = self._what()
        if awaited is self._awaited or self.parser is None:  # None where the client is gone
            return
        self._stop_waiting()
        self._awaited = awaited
        if awaited is not None:
            self._end = self.loop.call_later(self._seconds(awaited), self._give_up)

    def _what(self) -> _Awaited | None:
        if self.transport.is_closing():
            return _Awaited.LEAVE
        if self.cycle is not None and not self.cycle.response_complete:
            return None  # the handler waits, for its body and for its answer
        return _Awaited.REST if self._in_body else _Awaited.HEAD

    def _seconds(self, awaited: _Awaited) -> float:
        if awaited is _Awaited.HEAD:
            return self.pace.head
        if awaited is _Awaited.REST:
            return self.pace.grace
        return self.pace.left(0, self.transport.get_write_buffer_size())

    def _give_up(self) -> None:
        if self._awaited is _Awaited.LEAVE:
            self.transport.abort()
        else:
            self.transport.close()
            self._wait()

    def _stop_waiting(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = self._awaited = None

    def _refuse(self, status: HTTPStatus) -> None:
        if self.cycle is None or self.cycle.response_complete:  # else its answer comes first
            self.transport.write(STATUS_LINE[status] + _NOTHING_MORE)
        self.transport.close()

    # Its address

    def _may_stay(self) -> bool:
        """Count the connection for its address, unless that has too many."""
        if self.client is None or self.client[0] in settings.PROXIES:
            return True
        place = network_from_outside(self.client[0]) or ""
        if self._connections[place] >= self.of_one:
            return False
        self._connections[place] += 1
        self._counted_for = place
        return True

    def _forget(self) -> None:
        self._stop_waiting()
        if (place := self._counted_for) is not None:
            self._counted_for = None
            self._connections[place] -= 1
            if not self._connections[place]:
                del self._connections[place]
