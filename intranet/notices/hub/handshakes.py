"""Who comes in: handshakes that wait together, and are answered each for itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

from . import isolated, store
from .store import Session

AT_ONCE = 50
# Batches in one turn of the hub; then the news of those who are in come first again.
BATCHES = 4
log = logging.getLogger(__name__)

OffLoop = Callable[..., Awaitable[Any]]


class Handshakes:
    """The handshakes that wait for an answer, by the session key that they bring."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[asyncio.Future[Session | None]]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, key: str) -> asyncio.Future[Session | None]:
        """Return what will be the answer to a handshake with `key`."""
        future: asyncio.Future[Session | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        return future

    async def answer(self, off_loop: OffLoop) -> None:
        """Answer some of those that wait. Raises what is of the moment (`directory.trouble`).

        A key that cannot be looked at spoils no other: it is as one that is not signed in.
        """
        for _ in range(BATCHES):
            keys = list(islice(self._waiting, AT_ONCE))
            if not keys:
                return
            sessions: dict[str, Session] = await off_loop(
                isolated.each_for_itself, store.authenticate, keys, "a handshake"
            )
            for key in keys:
                for future in self._waiting.pop(key):
                    if not future.done():
                        future.set_result(sessions.get(key))

    def refuse(self) -> None:
        """Let nobody wait for a database that is down: the client comes again."""
        waiting, self._waiting = self._waiting, {}
        for futures in waiting.values():
            for future in futures:
                if not future.done():
                    future.set_exception(ConnectionError("the database does not answer"))
