"""Which pages may open a WebSocket: those of this site."""

from __future__ import annotations

from urllib.parse import urlparse

from channels.security.websocket import OriginValidator, WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from directory.asgi import Application, Receive, Scope, Send


class SiteOriginValidator(OriginValidator):
    """Lets in what Django's CSRF check does; a handshake without an origin is no browser's.

    The origin is that of the request's own host and scheme, or one of `CSRF_TRUSTED_ORIGINS`. For
    `AllowedHostsOriginValidator` any allowed host will do, and what is no address is an error.
    """

    def __init__(self, application: Application) -> None:
        super().__init__(application, allowed_origins=())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the handshake on, or refuse it with HTTP 403."""
        inner = self.application if _is_of_this_site(scope) else WebsocketDenier()
        await inner(scope, receive, send)


def _is_of_this_site(scope: Scope) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    allowed = [*settings.CSRF_TRUSTED_ORIGINS, *_origin_of(scope, headers.get(b"host", ""))]
    try:
        origin = urlparse(headers.get(b"origin", ""))
        return OriginValidator(None, allowed).validate_origin(origin)
    except ValueError:  # of what is no address at all
        return False


def _origin_of(scope: Scope, host: str) -> list[str]:
    """Return the origin of the pages of `host`, none where it is not allowed."""
    domain, _port = split_domain_port(host)
    # A pattern that begins with a dot would be all the hosts below it.
    if not domain or domain.startswith(".") or not validate_host(domain, settings.ALLOWED_HOSTS):
        return []
    # Where plain requests are sent on to https, no page of the site is plain: whoever asks by
    # http has it from somebody on the way.
    secure = scope.get("scheme") == "wss" or settings.SECURE_SSL_REDIRECT
    return [f"https://{host}" if secure else f"http://{host}"]
