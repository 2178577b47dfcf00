"""The WebSocket at /ws/notices/: a plain ASGI application on top of the hub.

No Channels consumer: its dispatch hops into a thread for every message, which costs more
than the message. The wire, in JSON:

    client  {"since": N}                      once, first; N null for a page just loaded
    server  {"t": "n", "id", "s", "u"}        a notice (id, sequence) and the unread count
            {"t": "caught", "s", "u"}         everything up to s has been sent; the count
            {"t": "h"}                        still there
    close   4400 not understood · 4401 not signed in (any more) · 4403 too many sockets
            4408 no hello, or no progress · 1013 the database is down

The bodies of notices are fetched over HTTP, which asks for the rights again. Where `u` is
missing the count is being worked out and follows.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from directory.outside import number_from_outside
from directory.session_store import is_session_key

from .store import Session

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/ws/notices/"
NOT_UNDERSTOOD, SIGNED_OUT, TOO_MANY, TOO_SLOW, TRY_LATER = 4400, 4401, 4403, 4408, 1013
HELLO_SECONDS = 10.0
# Notices that wait for one socket; past that it reconnects and asks for what it missed.
OUTBOX = 100
log = logging.getLogger(__name__)


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

    def _next(self) -> MutableMapping[str, Any] | None:
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


def header(scope: Scope, name: bytes) -> str:
    """Return the header `name` (lower case), empty where it is missing."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def origin_allowed(scope: Scope) -> bool:
    """Tell whether the page that opens the socket is one of this site.

    As for Django's CSRF check: the origin is that of the request's own host, or one of
    `CSRF_TRUSTED_ORIGINS`. A socket without an origin is not a browser's and is refused.
    """
    origin = header(scope, b"origin")
    if not origin:
        return False
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    host = header(scope, b"host")
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:  # of what is no address at all
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def session_key_of(scope: Scope) -> str:
    """Return the session key in the cookies, empty where there is none that can be one."""
    try:
        cookies = SimpleCookie(header(scope, b"cookie"))
    except CookieError:
        return ""
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel and is_session_key(morsel.value) else ""


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Handle one WebSocket."""
    from .hub import current

    await receive()  # websocket.connect
    if scope["path"] != PATH or not origin_allowed(scope):
        await send({"type": "websocket.close"})  # before the handshake: HTTP 403
        return
    here = current()
    key = session_key_of(scope)
    try:
        session = await here.admit(key) if key else None
    except ConnectionError:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": TRY_LATER, "reason": "try later"})
        return
    await send({"type": "websocket.accept"})
    if session is None:
        # After the handshake, so that the page learns why and stops trying.
        await send({"type": "websocket.close", "code": SIGNED_OUT, "reason": "sign in"})
        return
    socket = here.attach(send, session)
    try:
        await _listen(socket, receive)
    finally:
        here.detach(socket)


async def _listen(socket: Socket, receive: Receive) -> None:
    """Hear the client until it goes; it has one thing to say."""
    from .hub import current

    try:
        async with asyncio.timeout(HELLO_SECONDS):
            event = await receive()
    except TimeoutError:
        socket.close(TOO_SLOW, "hello expected")
        event = await receive()
    said_hello = False
    while event["type"] != "websocket.disconnect":
        since = _hello(event) if not said_hello else None
        if since is None:
            socket.close(NOT_UNDERSTOOD, "not understood")
        else:
            said_hello = True
            current().greet(socket, None if since < 0 else since)
        event = await receive()


def _hello(event: MutableMapping[str, Any]) -> int | None:
    """Return the `since` of a hello, -1 where it is null, None where it is no hello."""
    text = event.get("text") or ""
    if len(text) > 200:
        return None
    try:
        message = json.loads(text)
    except ValueError:
        return None
    if not isinstance(message, dict) or "since" not in message:
        return None
    since = message["since"]
    if since is None:
        return -1
    # JSON has numbers of its own: one that is written as text is none.
    return None if isinstance(since, str) else number_from_outside(since)
