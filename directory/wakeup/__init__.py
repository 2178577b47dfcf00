"""How one process tells the others that the journal has grown.

A wake-up is only ever a hint: it may be lost, doubled or come too early. Whoever waits
polls as well, so that losing every wake-up costs two seconds and nothing else.
`settings.WAKEUP` chooses the way: local, postgres or redis://….
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .base import Listener, WakeUp
from .local import LocalWakeUp
from .postgres import PostgresWakeUp
from .redis import RedisWakeUp

__all__ = ["Listener", "WakeUp", "backend", "listen", "listen_async", "notify"]

log = logging.getLogger(__name__)


def backend() -> WakeUp:
    """Return the way that `settings.WAKEUP` names.

    Raises ImproperlyConfigured on a value that names none.
    """
    value = settings.WAKEUP
    if value == "local":
        return LocalWakeUp(settings.WAKEUP_FOLDER)
    if value == "postgres":
        return PostgresWakeUp()
    if value.startswith(("redis://", "rediss://", "unix://")):
        return RedisWakeUp.shared(value)
    raise ImproperlyConfigured(
        "MARIGOT_WAKEUP must be local, postgres or redis://host:port/db; it is neither."
    )


def notify() -> None:
    """Wake every listener. A failure is logged, never raised: listeners poll as well."""
    try:
        backend().notify()
    except OSError as error:
        log.warning("The wake-up could not be sent; listeners will poll: %s", error)


@contextmanager
def listen() -> Iterator[Listener]:
    """Give a listener; its `wait(seconds)` returns at a wake-up or after that time."""
    listener = backend().listen()
    try:
        yield listener
    finally:
        listener.close()


class AsyncListener:
    """A listener for a coroutine: the waiting happens in a thread of its own."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def wait(self, seconds: float) -> bool:
        """Return at a wake-up (true) or after `seconds` (false)."""
        return await asyncio.to_thread(self._listener.wait, seconds)


@asynccontextmanager
async def listen_async() -> AsyncIterator[AsyncListener]:
    """Give a listener whose `wait` can be awaited."""
    listener = await asyncio.to_thread(backend().listen)
    try:
        yield AsyncListener(listener)
    finally:
        await asyncio.to_thread(listener.close)
