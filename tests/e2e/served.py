"""A Marigot served as `make run` does it, for tests that look at it from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.servers.base import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 600.0


@dataclass
class Served:
    """One run of `python -m config.embedded`, with its data in `data`."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    def begin(self) -> Self:
        """Start it without waiting for anything."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MARIGOT_")}
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "config.embedded"),
                    *("--port", str(self.port), "--data", str(self.data)),
                ],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return self

    def start(self) -> Self:
        """Start it and wait until it has printed its address. Raises AssertionError."""
        self.begin()
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while f"Marigot is at {self.url}" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it `number`, wait for its end, return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(120)
        self.process = None
        return status

    @property
    def demo(self) -> dict[str, Any]:
        """What demo.json says."""
        return json.loads((self.data / "demo.json").read_text())

    def person(self, login: str) -> dict[str, Any]:
        """The line of demo.json about `login`."""
        return next(p for p in self.demo["people"] if p["login"] == login)
