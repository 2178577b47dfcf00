"""What every real server of the tests shares: start, wait until ready, stop for certain."""

from __future__ import annotations

import atexit
import fcntl
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, NoReturn, Self

import pytest

HOST = "127.0.0.1"
UNPRIVILEGED_USER = "nobody"


class ServerError(RuntimeError):
    """A server could not be started, or stopped by itself; the message ends with its log."""


class ServerMissing(ServerError):
    """The program of a server is not on this machine; the message says what to install."""


class RootNeeded(ServerError):
    """A server can be started by root alone; the message says why."""


# Below those that the kernel gives to whoever calls, or asks for any: it gives none of these.
_PORTS = range(20_000, 32_000)
_ours: list[int] = []


def free_port() -> int:
    """Return a TCP port of the loopback interface for a server of this process alone.

    A server takes it seconds later, or again after a restart, while other runs start theirs:
    a lock on a file of its name, held until this process ends, keeps it from them.
    """
    folder = Path(tempfile.gettempdir()) / f"marigot-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in random.sample(_PORTS, len(_PORTS)):
        held = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
        except OSError:  # another run has it, or another program
            os.close(held)
            continue
        _ours.append(held)
        return port
    raise ServerError("no port of the loopback interface is free")


def in_use(port: int, host: str = HOST) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def only_by_root(why: str) -> None:
    """Raise RootNeeded where we are not root."""
    if os.geteuid() != 0:
        raise RootNeeded(f"{why}. Run the tests as root.")


def unavailable(reason: str) -> NoReturn:
    """Skip the running test with `reason`; fail it where CI is set, for there nothing may lack."""
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(*names: str, packages: str, folders: tuple[str, ...] = ()) -> Path:
    """Find the first of `names` on the path, in the system folders or in `folders`.

    Raises ServerMissing naming the Debian `packages` to install.
    """
    places = os.pathsep.join(
        [*folders, os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    )
    for name in names:
        if found := shutil.which(name, path=places):
            return Path(found)
    raise ServerMissing(
        f"{' or '.join(names)} was not found. Install it: apt-get install {packages}"
    )


class Server:
    """A server process of ours, on a free loopback port, in a temporary folder.

    Used as a context manager, or by `start` and `stop`. `spawn` and `wait` are the two
    halves of `start`, so that several servers can come up together. When the process that
    started it dies, killed or not, the kernel sends the server `death_signal`.
    Started by root, it runs as an unprivileged user.
    """

    name: ClassVar[str]
    packages: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    death_signal: ClassVar[str] = "TERM"
    start_seconds: ClassVar[float] = 120
    stop_seconds: ClassVar[float] = 20

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    # What each server says of itself.

    @property
    def url(self) -> str:
        """Address for a client, in the form that the settings take."""
        raise NotImplementedError

    def command(self) -> list[str | Path]:
        """Return the command line that runs the server in the foreground."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Return the variables that are added to the environment of the server."""
        return {}

    def prepare(self) -> None:
        """Write what the server needs before its first start."""

    def answers(self) -> bool:
        """Tell whether the server does real work now; errors of connection count as no."""
        raise NotImplementedError

    # Life.

    @property
    def folder(self) -> Path:
        """The temporary folder, owned by the user whom the server runs as."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix=f"marigot-{self.name}-"))
            self.own(self._folder)
            atexit.register(self.stop)
        return self._folder

    @property
    def log(self) -> Path:
        """File that takes what the server prints."""
        return self.folder / "server.log"

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self.process is not None and self.process.poll() is None

    def spawn(self) -> Self:
        """Launch the process without waiting. Raises ServerMissing, ServerError."""
        if self.running:
            raise ServerError(f"{self.name} is already running")
        if in_use(self.port):
            raise ServerError(f"{self.name}: port {self.port} is in use by another program")
        if self._folder is None:
            try:
                self.prepare()
            except BaseException:
                self.stop()
                raise
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.as_server_user(), "--pdeathsig", self.death_signal, "--", *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd=self.folder,
                start_new_session=True,
            )
        return self

    def wait(self) -> Self:
        """Wait until the server answers. Raises ServerError with the tail of its log."""
        assert self.process is not None
        deadline = time.monotonic() + self.start_seconds
        while not self.answers():
            if self.process.poll() is not None:
                self._give_up(f"stopped by itself with status {self.process.returncode}")
            if time.monotonic() > deadline:
                self._give_up(f"did not answer within {self.start_seconds:.0f} s")
            time.sleep(0.05)
        return self

    def start(self) -> Self:
        """Launch the server and wait until it answers. Raises ServerMissing, ServerError."""
        return self.spawn().wait()

    def halt(self) -> None:
        """Ask the process to end and wait for it; its data stays, `start` resumes it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):  # the whole group is killed below
                self.process.wait(self.stop_seconds)
        self.kill()

    def kill(self) -> None:
        """Kill the process and its group at once, as a power cut would; its data stays."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):  # nobody of the group is left
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """End the process and remove its folder. Doing it twice is harmless."""
        self.halt()
        atexit.unregister(self.stop)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Helps for the subclasses.

    def run(self, *command: str | Path) -> None:
        """Run a preparing command as the server's user. Raises ServerError with its output."""
        done = subprocess.run(
            [*self.as_server_user(), "--", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
            cwd=self.folder,
        )
        if done.returncode:
            raise ServerError(f"{self.name}: {command[0]} failed:\n{done.stdout}{done.stderr}")

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        """Write a file of the server's folder, owned by the server's user, and return it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        self.own(path)
        return path

    def own(self, path: Path) -> None:
        """Give `path` to the user whom the server runs as."""
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED_USER)
            os.chown(path, user.pw_uid, user.pw_gid)

    def as_server_user(self) -> list[str | Path]:
        """Return the beginning of a command that drops root's rights, where there are any."""
        setpriv = program("setpriv", packages="util-linux")
        if os.geteuid() != 0:
            return [setpriv]
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        return [
            setpriv,
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
        ]

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: os.environ[name] for name in ("PATH", "TZ", "TMPDIR") if name in os.environ
        }
        own = {"HOME": str(self.folder), "LANG": "C.UTF-8"}
        return inherited | own | self.environment()

    def _give_up(self, what: str) -> NoReturn:
        lines = self.log.read_text(errors="replace").splitlines()[-40:]
        self.stop()
        raise ServerError("\n".join([f"{self.name} {what}. The end of its log:", *lines]))
