"""An open socket, as the hub sees it: what waits to be sent, and whose it is.

The hub sends directly: what goes out passes no dispatch. What comes in does, in
`intranet.notices.websocket`, where the wire is described.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

from directory.asgi import Send

from .store import Session

NOT_UNDERSTOOD, SIGNED_OUT, TOO_MANY, TOO_SLOW, TRY_LATER = 4400, 4401, 4403, 4408, 1013
# Notices that wait for one socket; past that it reconnects and asks for what it missed.
OUTBOX = 100


class Person:
    """An account with open sockets; `unread` is None while it has to be counted."""

    __slots__ = ("as_of", "pk", "revision", "sockets", "unread")

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.sockets: set[Socket] = set()
        self.unread: int | None = None
        self.as_of = 0
        self.revision = 0


class Socket:
    """One open socket: what waits to be sent, with never more than one send under way."""

    __slots__ = (
        "_beat",
        "_close",
        "_news",
        "_offered",
        "_pump",
        "_tell",
        "digest",
        "person",
        "position",
        "send",
        "sending_since",
        "session",
    )

    def __init__(self, send: Send, session: Session, person: Person) -> None:
        self.send = send
        self.session = session
        self.person = person
        self.digest = digest_of(session.key)
        # Up to where the client has everything; None until it has been greeted.
        self.position: int | None = None
        self.sending_since: float | None = None
        self._news: list[tuple[int, int]] = []
        self._offered = 0
        self._tell: int | None = None
        self._beat = False
        self._close: tuple[int, str] | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def closing(self) -> bool:
        """Whether the socket has been told to close."""
        return self._close is not None

    @property
    def waiting(self) -> bool:
        """Whether there are notices that have not been sent yet."""
        return bool(self._news)

    def greet(self, position: int) -> None:
        """Begin, or begin again, with what comes after `position`."""
        self.position = self._offered = position

    def offer(self, sequence: int, notice_id: int) -> None:
        """Send a notice; the caller has just made sure that it is for the person.

        Notices come in their order; one that was offered before is left out.
        """
        if sequence <= self._offered:
            return
        self._offered = sequence
        if len(self._news) >= OUTBOX:
            self.close(TOO_SLOW, "reconnect")
            return
        self._news.append((sequence, notice_id))
        self._poke()

    def tell(self, sequence: int) -> None:
        """Say that everything up to `sequence` was sent, and the present count."""
        self._tell = max(sequence, self._tell or 0)
        self._poke()

    def beat(self) -> None:
        """Show that the server is there; needless while something is under way."""
        if self._pump is None:
            self._beat = True
            self._poke()

    def take_back(self) -> None:
        """Forget what waits: it is to be asked for again under the rights of now."""
        self._news.clear()
        self._tell = None

    def close(self, code: int, reason: str = "") -> None:
        """Close with `code`; what waits is not sent."""
        if self._close is None:
            self._close = (code, reason)
            self.take_back()
            self._poke()

    def drop(self) -> None:
        """Cut the connection without a word, for a client that does not read."""
        if self._pump is not None:
            self._pump.cancel()
        self._close = self._close or (TOO_SLOW, "")
        # ASGI has no message for this, and `transport.close` waits for a buffer that will
        # not drain. Uvicorn's `send` is a method of the protocol that has the transport.
        transport = getattr(getattr(self.send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()

    def _poke(self) -> None:
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while (message := self._next()) is not None:
                self.sending_since = loop.time()
                await self.send(message)
                self.sending_since = None
        except OSError:
            # The client went away meanwhile; the application is told by a disconnect.
            pass
        finally:
            self.sending_since = None
            self._pump = None

    def _next(self) -> dict[str, Any] | None:
        count = "" if self.person.unread is None else f',"u":{self.person.unread}'
        if self._close is not None:
            code, reason = self._close
            if code == 0:
                return None
            self._close = (0, "")
            return {"type": "websocket.close", "code": code, "reason": reason}
        if self._news:
            sequence, notice_id = self._news.pop(0)
            self.position = max(self.position or 0, sequence)
            text = f'{{"t":"n","id":{notice_id},"s":{sequence}{count}}}'
        elif self._tell is not None:
            self.position = max(self.position or 0, self._tell)
            self._tell = None
            text = f'{{"t":"caught","s":{self.position}{count}}}'
        elif self._beat:
            self._beat = False
            text = '{"t":"h"}'
        else:
            return None
        return {"type": "websocket.send", "text": text}


def digest_of(session_key: str) -> str:
    """Return the name that the journal has for a session: SHA-256 of its key, in hexadecimal."""
    return sha256(session_key.encode()).hexdigest()
