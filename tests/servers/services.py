"""The servers for a developer: started, shown, and ended by Ctrl-C."""

from __future__ import annotations

import sys
import threading

from directory.stopping import set_when_asked

from .base import Server, ServerError
from .elasticsearch import Elasticsearch
from .postgres import Postgres
from .redis import Redis
from .smtp import Smtp


def serve() -> int:
    """Start PostgreSQL, Redis, Elasticsearch and SMTP; print how to use them; wait.

    They start empty and forget everything at the end. Returns an exit status.
    """
    over = threading.Event()
    set_when_asked(over)
    mail = Smtp().start()
    servers: list[Server] = []
    try:
        for kind in (Postgres, Redis, Elasticsearch):
            servers.append(kind().spawn())
        for server in servers:
            server.wait()
    except ServerError as error:
        print(f"marigot: {error}", file=sys.stderr)
        return 1
    else:
        postgres, redis, elasticsearch = servers
        print("Running. In another terminal:\n")
        print(f"export MARIGOT_DATABASE_URL={postgres.url}")
        print(f"export MARIGOT_WAKEUP={redis.url}")
        print(f"export MARIGOT_SEARCH={elasticsearch.url}")
        print(f"export MARIGOT_EMAIL_URL={mail.url}")
        print("\nMails are shown here. Ctrl-C ends everything.", flush=True)
        _show_mails(mail, servers, over)
        return 0
    finally:
        for server in servers:
            server.stop()
        mail.stop()


def _show_mails(mail: Smtp, servers: list[Server], over: threading.Event) -> None:
    """Print each mail as it comes, and tell once when a server stopped by itself."""
    told: set[str] = set()
    while not over.wait(0.5):
        while mail.messages:
            print(f"\n── mail\n{mail.messages.pop(0)}", flush=True)
        for server in servers:
            if not server.running and server.name not in told:
                told.add(server.name)
                print(f"marigot: {server.name} stopped by itself: see {server.log}", flush=True)
