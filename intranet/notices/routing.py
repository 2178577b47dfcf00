"""The WebSockets there are, by their paths."""

from __future__ import annotations

from channels.security.websocket import WebsocketDenier
from channels.sessions import CookieMiddleware
from django.urls import path, re_path

from .websocket import HubAuthMiddleware, NoticesConsumer

websocket_urlpatterns = [
    path("ws/notices/", CookieMiddleware(HubAuthMiddleware(NoticesConsumer.as_asgi()))),
    re_path("", WebsocketDenier.as_asgi()),  # the router has no answer of its own
]
