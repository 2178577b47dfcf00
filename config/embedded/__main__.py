"""`python -m config.embedded`: everything Marigot needs, from one command.

Starts the directory server with the demo organisation, prepares the data folder, serves
HTTP and WebSockets, runs the workers, and stops all of it at Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from .folder import CannotStart, DataFolder, is_free
from .processes import Child
from .slapd import EmbeddedDirectory, EmbeddedDirectoryError

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
READY_SECONDS = 90.0


class Stopped(Exception):
    """Somebody asked for the end."""


class Supervisor:
    """One run of an embedded Marigot on `port`, with its data in `folder`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = DataFolder(folder)
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self.directory: EmbeddedDirectory | None = None
        self.children: list[Child] = []
        self._stop = threading.Event()

    def run(self) -> None:
        """Start everything, watch it, and stop it all at the end. Raises CannotStart."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._start()
            self._watch()
        except Stopped:
            say("Stopping …")
        finally:
            self._stop_all()

    def _start(self) -> None:
        if not is_free(self.port):
            raise CannotStart(
                f"Port {self.port} of {HOST} is taken by another program.\n"
                f"Stop that one, or take another port: make run PORT={self.port + 1}"
            )
        self.folder.hold()
        ports = self.folder.ports(["directory"])
        say("Starting the directory of the demo organisation …")
        self.directory = EmbeddedDirectory(self.folder.path / "directory", ports["directory"])
        environment = self._environment(self.directory.start())
        self._checkpoint()
        self._prepare(environment)
        self._checkpoint()
        self._add(
            "web",
            [
                *("uvicorn", "config.asgi:application", "--host", HOST, "--port", str(self.port)),
                *("--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio"),
                *("--ws-per-message-deflate", "false", "--no-server-header", "--no-access-log"),
                *("--timeout-graceful-shutdown", "3", "--lifespan", "off"),
            ],
            environment,
        )
        self._add("worker", ["manage", "work"], environment)
        for child in self.children:
            child.start()
        self._wait_until_ready()
        self._announce()

    def _environment(self, directory: dict[str, str]) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("MARIGOT_")}
        chosen = {
            k: v
            for k, v in os.environ.items()
            if k.startswith("MARIGOT_") and not k.startswith("MARIGOT_LDAP_")
        }
        return (
            inherited
            | chosen
            | directory
            | {
                "DJANGO_SETTINGS_MODULE": "config.settings.dev",
                "MARIGOT_DATA": str(self.folder.path),
                "MARIGOT_BASE_URL": self.url,
                "MARIGOT_ALLOWED_HOSTS": f"{HOST},localhost",
                "PYTHONUNBUFFERED": "1",
            }
        )

    def _add(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        program, *rest = arguments
        head = (
            [sys.executable, str(ROOT / "manage.py")]
            if program == "manage"
            else [sys.executable, "-m", program]
        )
        self.children.append(
            Child(name, head + rest, environment, self.folder.path / "log" / f"{name}.log")
        )

    def _prepare(self, environment: dict[str, str]) -> None:
        """Migrate, collect, load the demo once, index: in a process that shows its progress."""
        preparing = Child(
            "preparation",
            [sys.executable, str(ROOT / "manage.py"), "prepare_embedded"],
            environment,
            self.folder.path / "log" / "preparation.log",
        )
        process = subprocess.Popen(preparing.command, env=environment, start_new_session=True)
        preparing.process = process
        self.children.append(preparing)
        while process.poll() is None:
            self._checkpoint(0.1)
        self.children.remove(preparing)
        if process.returncode:
            raise CannotStart("The data could not be prepared; the reason stands above.")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for child in self.children:
                if not child.alive:
                    raise CannotStart(
                        f"The {child.name} process ended at once. "
                        f"The end of its log ({child.log}):\n{child.tail()}"
                    )
            try:
                with urllib.request.urlopen(  # noqa: S310  (an address of our own)
                    f"{self.url}/health/ready", timeout=5
                ) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            self._checkpoint(0.1)
        raise CannotStart(
            f"The site did not become ready within {READY_SECONDS:.0f} seconds.\n"
            + "\n".join(child.tail() for child in self.children)
        )

    def _announce(self) -> None:
        path = self.folder.path / "demo.json"
        demo = json.loads(path.read_text())
        say(f"\nMarigot is at {self.url}\n\nSome of the people of the demo organisation:\n")
        people = [p for p in demo["people"] if p.get("shown")]
        width = max(len(p["login"]) for p in people)
        for person in people:
            say(f"  {person['login']:<{width}}  {person['password']}  {person['about']}")
        say(f"\nAll of them: {path}\nLogs: {self.folder.path / 'log'}\nCtrl-C stops everything.")

    def _watch(self) -> None:
        while True:
            self._checkpoint(0.5)
            for child in self.children:
                if not child.alive:
                    say(f"The {child.name} process ended; starting it again (see {child.log}).")
                    child.revive()
            if self.directory is not None and not self.directory.running:
                say("The directory server ended; starting it again.")
                self.directory.start()

    def _checkpoint(self, seconds: float = 0.0) -> None:
        if self._stop.wait(seconds):
            raise Stopped

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _stop_all(self) -> None:
        for child in self.children:
            child.stop()
        if self.directory is not None:
            self.directory.stop()


def say(text: str) -> None:
    """Print `text` at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port to serve at")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="folder for all data")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error("the port is a number from 1 to 65535")
    try:
        Supervisor(options.data, options.port).run()
    except (CannotStart, EmbeddedDirectoryError) as error:
        sys.stderr.write(f"\nMarigot did not start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
