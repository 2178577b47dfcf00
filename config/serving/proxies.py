"""What a reverse proxy tells of its client, believed from the proxy alone."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address

from directory.asgi import Application, Receive, Scope, Send

_TOLD = (b"x-forwarded-for", b"x-forwarded-proto")
_NEVER = (*_TOLD, b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip", b"forwarded")


class Believing:
    """Gives `application` the client and the scheme that one of `proxies` told.

    From anybody else they are those of the connection. The headers go no further either way,
    so that nothing behind can believe them.
    """

    def __init__(self, application: Application, proxies: Collection[str]) -> None:
        self.application = application
        self._proxies = frozenset(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or socket."""
        if "headers" in scope:
            scope = self._believed(scope)
        await self.application(scope, receive, send)

    def _believed(self, scope: Scope) -> Scope:
        told = {name: value for name, value in scope["headers"] if name in _TOLD}
        headers = [(name, value) for name, value in scope["headers"] if name not in _NEVER]
        scope = scope | {"headers": headers}
        if not scope.get("client") or scope["client"][0] not in self._proxies:
            return scope
        # The last address is the one that the proxy itself saw; those before it are hearsay.
        address = told.get(b"x-forwarded-for", b"").decode("latin1").rpartition(",")[2].strip()
        if _is_address(address):
            scope["client"] = (address, 0)
        if told.get(b"x-forwarded-proto") == b"https":
            scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"
        return scope


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
