"""`python -m config.embedded.web DESCRIPTOR`: serve on a socket that listens already.

The socket is the supervisor's: the port stays Marigot's from the first second to the last,
and whoever calls while this process is being started, or started again, is answered by it.
"""

from __future__ import annotations

import socket
import sys

import uvicorn


def main() -> None:
    """Serve until SIGTERM."""
    listening = socket.socket(fileno=int(sys.argv[1]))
    config = uvicorn.Config(
        "config.asgi:application",
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=3,
        lifespan="off",
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
