"""The WebSocket of notices: who comes in, and the one thing that a client has to say.

The wire, in JSON:

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

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.middleware import BaseMiddleware
from django.conf import settings

from directory.asgi import Message, Receive, Scope, Send
from directory.outside import number_from_outside
from directory.session_store import is_session_key

from .hub import current
from .hub.socket import NOT_UNDERSTOOD, SIGNED_OUT, TOO_SLOW, TRY_LATER, Socket

HELLO_SECONDS = 10.0
HELLO_LENGTH = 200


class HubAuthMiddleware(BaseMiddleware):
    """Lets in whose session cookie the hub knows, and puts that `Session` into the scope.

    Needs Channels' `CookieMiddleware` around it. Channels' own reads a session and an account
    for each handshake; the hub, which looks at them again and again, reads many at once.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit the handshake, or close the socket with the reason."""
        key = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        try:
            session = await current().admit(key) if is_session_key(key) else None
        except ConnectionError:
            await _Closed.as_asgi(code=TRY_LATER, reason="try later")(scope, receive, send)
            return
        if session is None:
            await _Closed.as_asgi(code=SIGNED_OUT, reason="sign in")(scope, receive, send)
            return
        scope["session"] = session  # the scope is a copy already, and lives as long as the socket
        await self.inner(scope, receive, send)


class NoticesConsumer(AsyncWebsocketConsumer):
    """The connection of one page: it hears the client, the hub sends."""

    socket: Socket  # once connected
    hello_expected: asyncio.TimerHandle | None = None
    has_said_hello = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the connection, whose messages come from the client alone.

        The hub lets go of it, however it ends. See docs/decisions/0026.
        """
        self.scope, self.base_send = scope, send
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            if self.hello_expected is not None:  # it was connected
                self.hello_expected.cancel()
                current().detach(self.socket)

    async def dispatch(self, message: Message) -> None:
        """Handle a message, without a look at the threads' connections: none is used here."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Take the connection in; nothing is sent before its hello."""
        await self.accept()
        self.socket = current().attach(self.base_send, self.scope["session"])
        self.hello_expected = asyncio.get_running_loop().call_later(
            HELLO_SECONDS, self.socket.close, TOO_SLOW, "hello expected"
        )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take the hello; anything else, or another one, closes the socket."""
        if self.hello_expected is not None:
            self.hello_expected.cancel()
        since = None if self.has_said_hello else since_of(text_data or "")
        if since is None:
            self.socket.close(NOT_UNDERSTOOD, "not understood")
        else:
            self.has_said_hello = True
            current().greet(self.socket, None if since < 0 else since)


class _Closed(AsyncWebsocketConsumer):
    """Closes after the handshake, so that the page learns why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__()
        self.code = code
        self.reason = reason

    async def connect(self) -> None:
        await self.accept()
        await self.close(self.code, self.reason)


def since_of(hello: str) -> int | None:
    """Return the `since` of a hello, -1 where it is null, None where it is no hello."""
    if len(hello) > HELLO_LENGTH:
        return None
    try:
        message = json.loads(hello)
    except ValueError:
        return None
    if not isinstance(message, dict) or "since" not in message:
        return None
    since = message["since"]
    if since is None:
        return -1
    # JSON has numbers of its own: one that is written as text is none.
    return None if isinstance(since, str) else number_from_outside(since)
