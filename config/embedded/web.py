"""`python -m config.embedded.web DESCRIPTOR`: serve on a socket that listens already.

The socket is the supervisor's: the port stays Marigot's from the first second to the last,
and whoever calls while this process is being started, or started again, is answered by it.
"""

from __future__ import annotations

import socket
import sys
from typing import Any, Final

import uvicorn

# A browser says one short thing on its socket. A silent one is asked for a sign of life, so
# that a network that went away is noticed.
PROTOCOLS: Final[dict[str, Any]] = {
    "http": "config.serving.pipelines:Pipelines",
    "ws": "config.serving.sockets:Sockets",
    "ws_per_message_deflate": False,
    "ws_max_size": 4096,
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
}


def configuration() -> uvicorn.Config:
    """Return how the site is served."""
    return uvicorn.Config(
        "config.asgi:application",
        loop="uvloop",
        server_header=False,
        proxy_headers=False,  # they are read by config.serving.proxies
        access_log=False,
        timeout_graceful_shutdown=3,
        lifespan="off",
        **PROTOCOLS,
    )


def main() -> None:
    """Serve until SIGTERM."""
    listening = socket.socket(fileno=int(sys.argv[1]))
    uvicorn.Server(configuration()).run(sockets=[listening])


if __name__ == "__main__":
    main()
