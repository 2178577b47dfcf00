"""The least a server can do: at a wake-up, send one text to every open socket.

It is served and woken as Marigot is, asks no database and nobody for any right.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from directory import wakeup  # noqa: E402

TEXT = '{"t":"n","id":100000,"s":100000,"u":1}'
_sends: set[Any] = set()
_task: asyncio.Task[None] | None = None


async def _broadcast() -> None:
    async with wakeup.listen_async() as listener:
        while True:
            if await listener.wait(2.0):
                for send in list(_sends):
                    await send({"type": "websocket.send", "text": TEXT})


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Accept everybody and keep them."""
    global _task  # one for the process, as there is one hub
    assert scope["type"] == "websocket"
    if _task is None:
        _task = asyncio.create_task(_broadcast())
    await receive()
    await send({"type": "websocket.accept"})
    _sends.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": '{"t":"caught","s":0,"u":0}'})
    finally:
        _sends.discard(send)
