"""Marigot served by a real uvicorn in a process of its own, and a client of its WebSocket."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from config.embedded.web import PROTOCOLS
from directory.models import User
from tests.servers.base import free_port

ROOT = Path(__file__).resolve().parents[3]
# What a process may take to start on a loaded machine; no test measures it.
STARTUP_SECONDS = 300
# Longest wait for something that should come at once.
SOON = 60


def database_url() -> str:
    """The address of the database that the test runs on, for another process."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return (
        f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}"
        f"/{values['NAME']}"
    )


class Site:
    """One server process; `stop` and `start` again keep the port."""

    def __init__(
        self,
        wakeup: str = "local",
        application: str = "config.asgi:application",
        data: Path | None = None,
    ) -> None:
        self.data = data or settings.DATA
        self.port = free_port()
        self.wakeup = wakeup
        self.application = application
        self.lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "MARIGOT_DATA": str(self.data),
            "MARIGOT_DATABASE_URL": database_url(),
            "MARIGOT_WAKEUP": self.wakeup,
            "MARIGOT_BASE_URL": f"http://{self.address}",
            "MARIGOT_LOG_LEVEL": "WARNING",
            "MALLOC_ARENA_MAX": "2",  # as it is shipped
        }
        command = [sys.executable, "-m", "uvicorn", self.application, "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--loop", "uvloop"]
        for name, value in PROTOCOLS.items():
            said = str(value).lower() if isinstance(value, bool) else str(value)
            command += ["--" + name.replace("_", "-"), said]
        command += ["--timeout-graceful-shutdown", "3", "--no-access-log"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._process = process
        self.lines = []
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()
        deadline = time.monotonic() + STARTUP_SECONDS
        while not any("Uvicorn running" in line for line in self.lines):
            assert process.poll() is None, "the server ended:\n" + self.log
            assert time.monotonic() < deadline, "the server does not start:\n" + self.log
            time.sleep(0.05)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.lines.append(line)

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            assert self._reader is not None
            self._reader.join()

    def errors(self) -> list[str]:
        """Lines of the log that tell of a fault."""
        return [line for line in self.lines if re.search(r"ERROR|Traceback", line)]

    # Clients

    def open(
        self, key: str, since: int | None = None, *, hello: bool = True, **options: Any
    ) -> Ear:
        """Open a socket with the session `key` and say hello."""
        headers = options.pop("additional_headers", {})
        if key:
            headers = headers | {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
        options.setdefault("origin", f"http://{self.address}")
        ear = Ear(
            f"ws://{self.address}{options.pop('path', '/ws/notices/')}",
            additional_headers=headers,
            proxy=None,
            open_timeout=60,
            **options,
        )
        if hello:
            ear.say({"since": since})
            ear.until_caught()
        return ear


class Ear:
    """A client that keeps what it heard."""

    def __init__(self, address: str, **options: Any) -> None:
        self._stack = ExitStack()
        self.connection: ClientConnection = self._stack.enter_context(connect(address, **options))
        self.heard: list[dict[str, Any]] = []

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def say(self, message: Any) -> None:
        self.connection.send(json.dumps(message))

    def next(self, seconds: float = SOON) -> dict[str, Any]:
        """The next message but heartbeats. Raises TimeoutError, ConnectionClosed."""
        deadline = time.monotonic() + seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            message = json.loads(self.connection.recv(timeout=left))
            if message["t"] != "h":
                self.heard.append(message)
                return message

    def until_caught(self) -> dict[str, Any]:
        while (message := self.next())["t"] != "caught":
            pass
        return message

    def next_notice(self, seconds: float = SOON) -> dict[str, Any]:
        while (message := self.next(seconds))["t"] != "n":
            pass
        return message

    def until_unread(self, unread: int) -> None:
        """Wait until the server has said that so many notices are unread."""
        if any(message.get("u") == unread for message in self.heard[-1:]):
            return
        while self.next().get("u") != unread:
            pass

    @property
    def notices(self) -> list[int]:
        """Ids of the notices heard of."""
        return [message["id"] for message in self.heard if message["t"] == "n"]

    def close_code(self, seconds: float = SOON) -> int:
        """The code with which the server closes, 0 without one; what comes before is heard."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.next(max(0.0, deadline - time.monotonic()))
            except ConnectionClosed as closed:
                return int(closed.rcvd.code) if closed.rcvd is not None else 0

    def close(self) -> None:
        self._stack.close()


def refused_with(site: Site, key: str, **options: Any) -> int:
    """The HTTP status with which the handshake is refused."""
    try:
        site.open(key, hello=False, **options).close()
    except InvalidStatus as refusal:
        return refusal.response.status_code
    return 101


def session_of(user: User) -> str:
    """Sign `user` in and return the key of the session."""
    from django.test import Client

    client = Client()
    client.force_login(user, backend="directory.backends.DirectoryBackend")
    return str(client.session.session_key)


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """Run `site`, then stop it."""
    site.start()
    try:
        yield site
    finally:
        site.stop()
