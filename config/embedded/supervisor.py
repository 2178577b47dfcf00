"""One run of an embedded Marigot: everything started, watched, started again, stopped."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

from config.settings.environment import Environment, ImproperSetting
from directory.stopping import ASKED, set_when_asked

from .folder import CannotStart, DataFolder, listen
from .processes import Child, Restarts
from .slapd import EmbeddedDirectory, EmbeddedDirectoryError

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
READY_SECONDS = 90.0
MOST_WEB_PROCESSES = 4


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
        self.serving = False
        self._socket: socket.socket | None = None
        self._stop = threading.Event()
        self._directory_starts = Restarts()

    def run(self) -> None:
        """Start everything, watch it, and stop it all at the end.

        Raises CannotStart, EmbeddedDirectoryError, OSError of the data folder.
        """
        set_when_asked(self._stop, (*ASKED, signal.SIGHUP))
        try:
            self._start()
            self._watch()
        except Stopped:
            say("Stopping …")
        finally:
            self._stop_all()

    def _start(self) -> None:
        _refuse_improper_settings()
        self.folder.refuse_held()
        self._socket = listen(self.port, HOST)
        self.folder.hold(self.url)
        ports = self.folder.ports(["directory"])
        say("Starting the directory of the demo organisation …")
        self.directory = EmbeddedDirectory(self.folder.path / "directory", ports["directory"])
        environment = self._environment(self._start_directory(self.directory))
        self._checkpoint()
        self._prepare(environment)
        self._checkpoint()
        web = ["-m", "config.embedded.web", str(self._socket.fileno())]
        # One process for each core, as Python uses one: they share the socket.
        for _core in range(min(os.cpu_count() or 1, MOST_WEB_PROCESSES)):
            self._add("web", web, environment, descriptors=[self._socket.fileno()])
        self._add("worker", [str(ROOT / "manage.py"), "work"], environment)
        for child in self.children:
            child.start()
        self._wait_until_ready()
        self.serving = True
        self._announce()

    def _start_directory(self, directory: EmbeddedDirectory) -> dict[str, str]:
        self._directory_starts.note()
        return directory.start()

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
                # As in deploy/systemd, with the reasons.
                "MALLOC_ARENA_MAX": "2",
                "MALLOC_TRIM_THRESHOLD_": "131072",
            }
        )

    def _add(
        self,
        name: str,
        arguments: list[str],
        environment: dict[str, str],
        *,
        descriptors: list[int] | None = None,
    ) -> None:
        log = self.folder.log / f"{name}.log"
        command = [sys.executable, *arguments]
        self.children.append(Child(name, command, environment, log, descriptors or []))

    def _prepare(self, environment: dict[str, str]) -> None:
        """Migrate, collect, load the demo once, index: in a process that shows its progress."""
        command = [sys.executable, str(ROOT / "manage.py"), "prepare_embedded"]
        preparing = Child("preparation", command, environment, log=None)
        self.children.append(preparing)
        preparing.start()
        while preparing.alive:
            self._checkpoint(0.1)
        self.children.remove(preparing)
        assert preparing.process is not None  # noqa: S101
        if preparing.process.returncode:
            raise CannotStart("the data could not be prepared; the reason stands above.")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for child in self.children:
                if not child.alive:
                    raise CannotStart(f"The {child.name} process ended at once. {child.tail()}")
            try:
                with urllib.request.urlopen(  # noqa: S310  (an address of our own)
                    f"{self.url}/health/ready", timeout=2
                ) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass  # asked again until the time is over
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
        secret = max(len(p["password"]) for p in people)
        say(f"  {'login':<{width}}  {'password':<{secret}}")
        for person in people:
            login, password = f"{person['login']:<{width}}", f"{person['password']:<{secret}}"
            say(f"  {login}  {password}  {person['about']}")
        say(f"\nAll of them: {path}\nLogs: {self.folder.log}\nCtrl-C stops everything.")

    def _watch(self) -> None:
        while True:
            self._checkpoint(0.5)
            for child in self.children:
                if not child.alive:
                    say(f"The {child.name} process ended; starting it again (see {child.log}).")
                    child.revive()
            if self.directory is not None and not self.directory.running:
                if times := self._directory_starts.too_many():
                    raise CannotStart(f"The directory server ended {times} times within a minute.")
                say("The directory server ended; starting it again.")
                self._start_directory(self.directory)

    def _checkpoint(self, seconds: float = 0.0) -> None:
        if self._stop.wait(seconds):
            raise Stopped

    def _stop_all(self) -> None:
        if self._socket is not None:
            self._socket.close()
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()
        if self.directory is not None:
            self.directory.stop()


def _refuse_improper_settings() -> None:
    try:
        Environment()
    except ImproperSetting as error:
        raise CannotStart(str(error)) from None


def say(text: str) -> None:
    """Print `text` at once; a terminal that was closed keeps nobody from stopping."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _kept(folder: DataFolder) -> str:
    """Keep the trace of the error being handled in the logs, and tell where."""
    log = folder.log / "run.log"
    try:
        log.write_text(traceback.format_exc())
    except OSError:  # no room, or no right to write: that is what is being told
        return ""
    return f"\nThe whole error: {log}"


def run(folder: Path, port: int) -> int:
    """Run Marigot; return the exit status of the command."""
    supervisor = Supervisor(folder, port)
    try:
        supervisor.run()
    except (CannotStart, EmbeddedDirectoryError) as error:
        told = str(error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        told = f"{place}{error.strerror or error}{_kept(supervisor.folder)}"
    else:
        return 0
    shortage = supervisor.folder.shortage()
    if shortage and shortage not in told:
        told += f"\n{shortage}"
    what = "stopped" if supervisor.serving else "did not start"
    sys.stderr.write(f"\nMarigot {what}: {told}\n")
    return 1
