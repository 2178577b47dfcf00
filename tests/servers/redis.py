"""A Redis server of its own, which keeps nothing on disk."""

from __future__ import annotations

from pathlib import Path

import redis

from .base import HOST, Server, program


class Redis(Server):
    """Redis without persistence, as a wake-up bus needs none."""

    name = "redis"
    packages = "redis-server"

    @property
    def url(self) -> str:
        """Address for MARIGOT_WAKEUP."""
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> list[str | Path]:
        """Run the server on loopback only."""
        return [
            program("redis-server", packages=self.packages),
            *("--port", str(self.port), "--bind", HOST, "--protected-mode", "yes"),
            *("--save", "", "--appendonly", "no", "--dir", self.folder, "--daemonize", "no"),
        ]

    def answers(self) -> bool:
        """Send a PING."""
        try:
            with redis.Redis(host=HOST, port=self.port, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
