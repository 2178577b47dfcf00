"""Marigot with small buffers and short waits, so that a client is stuck after few messages."""

from __future__ import annotations

import os
import socket
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")

from config.asgi import application as marigot
from intranet.notices.hub import hub

hub.STUCK_SECONDS = 2.0
hub.HEARTBEAT_SECONDS = 1.0


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Narrow the connection, then go on as everywhere."""
    if scope["type"] == "websocket":
        transport = send.__self__.transport
        transport.set_write_buffer_limits(high=2048)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
    await marigot(scope, receive, send)
