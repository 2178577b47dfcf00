"""Wake-ups by Redis' PUBLISH."""

from __future__ import annotations

import functools
import logging
import time

import redis

from directory.outage import Outage

from .base import Listener, WakeUp

CHANNEL = "marigot:journal"
log = logging.getLogger(__name__)


class RedisListener(Listener):
    """A subscription; made again when the connection is lost."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._subscription = client.pubsub(ignore_subscribe_messages=True)
        self._subscribed = False
        self._outage = Outage(log, "Redis' wake-ups are back.")
        self._subscribe()

    def _subscribe(self) -> None:
        try:
            self._subscription.subscribe(CHANNEL)
            self._subscribed = True
        except (redis.RedisError, OSError) as error:
            self._outage.tell(f"Redis' wake-ups are out of reach; polling: {error}")
            self._subscribed = False
        else:
            self._outage.end()

    def wait(self, seconds: float) -> bool:
        """See `Listener.wait`."""
        if not self._subscribed:
            time.sleep(seconds)
            self._subscribe()
            return False
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                if self._subscription.get_message(timeout=left) is not None:
                    return True
        except (redis.RedisError, OSError) as error:
            self._outage.tell(f"Redis' wake-ups were lost; polling: {error}")
            self._subscription.close()
            self._subscription = self._client.pubsub(ignore_subscribe_messages=True)
            self._subscribed = False
        return False

    def close(self) -> None:
        """See `Listener.close`."""
        self._subscription.close()


class RedisWakeUp(WakeUp):
    """Wake-ups through a Redis server, which keeps nothing."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, socket_connect_timeout=2, socket_keepalive=True, health_check_interval=15
        )

    @staticmethod
    @functools.lru_cache(maxsize=4)
    def shared(url: str) -> RedisWakeUp:
        """Return the one instance for `url` in this process: it keeps a pool of connections."""
        return RedisWakeUp(url)

    def notify(self) -> None:
        """See `WakeUp.notify`."""
        try:
            self._client.publish(CHANNEL, b"1")
        except redis.RedisError as error:
            raise OSError(str(error)) from error

    def listen(self) -> RedisListener:
        """See `WakeUp.listen`."""
        return RedisListener(self._client)
