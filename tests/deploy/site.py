"""A site as deploy/ makes it: production settings, the unit's own command, nginx before it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from tests.intranet.notices.serving import database_url
from tests.servers.base import HOST, free_port
from tests.servers.nginx import Nginx

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy" / "systemd"
PROGRAMS = "/opt/marigot/.venv/bin/"


def command_of(unit: str, instance: str = "") -> list[str]:
    """Return the ExecStart of a unit, with this run's Python for the site's."""
    text = (UNITS / unit).read_text().replace("\\\n", " ")
    (line,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    command = shlex.split(line.replace("%i", instance))
    assert command[0] == f"{PROGRAMS}python"
    return [sys.executable, *command[1:]]


def environment_of(unit: str) -> dict[str, str]:
    """Return the variables that a unit sets by itself."""
    text = (UNITS / unit).read_text()
    return dict(re.findall(r"^Environment=(\w+)=(.+)$", text, re.MULTILINE))


class Site:
    """A web process of production with nginx before it, on the database of the test."""

    def __init__(self) -> None:
        self.port = free_port()
        self.data = Path(settings.DATA)
        self.nginx = Nginx(self.port, self.data)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the web process."""
        assert self._process is not None
        return self._process.pid

    @property
    def url(self) -> str:
        return self.nginx.url

    @property
    def log(self) -> Path:
        return self.data / "production.log"

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MARIGOT_")}
        return clean | {
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            "MARIGOT_DATA": str(self.data),
            "MARIGOT_SECRET_KEY": settings.SECRET_KEY,
            "MARIGOT_BASE_URL": self.url,
            "MARIGOT_ALLOWED_HOSTS": "localhost",
            "MARIGOT_DATABASE_URL": database_url(),
            "MARIGOT_LDAP_URL": "ldaps://127.0.0.1:9",
            "MARIGOT_LDAP_BIND_DN": "cn=marigot,dc=example,dc=org",
            "MARIGOT_LDAP_BIND_PASSWORD": "unused",
            "MARIGOT_LDAP_BASE_DN": "dc=example,dc=org",
            "MARIGOT_TRUSTED_PROXY": "true",
            "MARIGOT_ACCEL_LOCATION": "/_blobs/",
            "MARIGOT_UPLOAD_MAX_MB": "64",
        }

    def manage(self, *arguments: str) -> None:
        """Run a command of manage.py. Raises AssertionError with what it said."""
        done = subprocess.run(
            [sys.executable, ROOT / "manage.py", *arguments],
            env=self.environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start both. Raises ServerMissing, ServerError, AssertionError."""
        self.nginx.start()
        try:
            self.start_web()
        except BaseException:
            self.stop()
            raise

    def start_web(self) -> None:
        """Start the web process alone. Raises AssertionError with what it said."""
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        unit = "marigot-web@.service"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command_of(unit, str(self.port)),
                cwd=ROOT,
                env=self.environment() | environment_of(unit),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 300
        while True:
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex((HOST, self.port)) == 0:
                    return
            time.sleep(0.1)

    def stop_web(self) -> None:
        """Stop the web process alone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(120)
            self._process = None

    def stop(self) -> None:
        """Stop both, and show what the web process told, which pytest keeps for a failure."""
        self.stop_web()
        self.nginx.stop()
        if self.log.exists():
            print(self.log.read_text())
