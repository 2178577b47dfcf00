"""Run the suite with the real servers up, in parts, some of them at a time.

On PostgreSQL runs, in two halves, all that uses a database and no browser; on SQLite again,
but for what one database tells enough of. The parts share the servers, but for Redis, whose
messages reach everybody who listens.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests import migrated

from .base import Server, ServerError, program
from .fixtures import SHARED
from .postgres import Postgres
from .redis import Redis

ROOT = Path(__file__).resolve().parents[2]
NO_TEST = 5  # pytest's status where nothing was collected or left
# A test waits for servers and for other processes: one part more than processors keeps all busy.
LANES = (os.cpu_count() or 1) + 1
POLL = 0.5  # seconds

# The parts on PostgreSQL, each with what its database is called after.
ON_POSTGRESQL = {"with PostgreSQL": "marigot", "with PostgreSQL, other half": "other_half"}
AGAIN = "with SQLite"
# The parts, the longest first: each with the options that choose its tests.
_WITH_DATABASE = ("--database-only", "--without-browser")
PARTS = {
    "with PostgreSQL": (*_WITH_DATABASE, "--first-half"),
    "with PostgreSQL, other half": (*_WITH_DATABASE, "--second-half"),
    AGAIN: (*_WITH_DATABASE, "--again"),
    "without a database": ("--without-database", "--without-browser"),
    "with a browser, on SQLite": ("--browser-only",),
}


@dataclass(slots=True)
class Count:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __iadd__(self, other: Count) -> Count:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def counted(report: Path) -> Count:
    """Read pytest's JUnit report; one that is missing or cut short counts as a failure."""
    try:
        suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314 our own file
    except (OSError, ElementTree.ParseError):
        return Count(failed=1)
    total = Count()
    for suite in suites:
        number = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "skipped")}
        failed = number["failures"] + int(suite.get("errors", "0"))
        skipped = number["skipped"]
        total += Count(number["tests"] - failed - skipped, failed, skipped)
    return total


def run_suite(failed_before: bool, arguments: Sequence[str]) -> int:
    """Run everything, or the part that `arguments` of pytest choose; return an exit status.

    The last line printed says how many tests passed, failed and were skipped in all.
    `failed_before` says that a check before the tests failed: the status then tells so too.
    """
    signal.signal(signal.SIGTERM, _stop)
    total = Count()
    good = not failed_before
    empty = True
    scratch = Path(tempfile.mkdtemp(prefix="marigot-tests-"))
    servers: list[Server] = []
    runs: list[_Run] = []
    migrating = migrated.begin(scratch / "migrated")
    try:
        servers = _start_all()
        of_kind = {type(server): server for server in servers}
        postgres = next(server for server in servers if isinstance(server, Postgres))
        addresses = {variable: of_kind[kind].url for kind, variable in SHARED.values()}
        addresses |= migrated.made(migrating, scratch / "migrated")
        parts = [
            _Run(name, scratch / str(number), choice, kept=number > 0)
            for number, (name, choice) in enumerate(PARTS.items())
        ]
        for part in parts:
            own = dict(addresses)
            if database := ON_POSTGRESQL.get(part.name):
                own["MARIGOT_DATABASE_URL"] = postgres.url_of(database)
            if part is not parts[0]:
                redis = Redis().spawn()
                servers.append(redis)
                redis.wait()
                own[SHARED["redis"][1]] = redis.url
            while sum(run.is_running for run in runs) >= LANES:
                time.sleep(POLL)
            part.start(own, arguments)
            runs.append(part)
        for run in runs:
            status, count = run.wait()
            # What was asked for may be in one part alone.
            empty = empty and status == NO_TEST
            good = good and status in (0, NO_TEST)
            total += count
        good = good and not empty
    except ServerError as error:
        print(f"marigot: {error}", file=sys.stderr)
        total += Count(failed=1)
        good = False
    finally:
        for run in runs:
            run.stop()
        migrating.terminate()
        migrating.wait()
        for server in servers:
            server.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    if failed_before:
        print("A check before the tests failed: see the first lines.")
    print(total, flush=True)
    return 0 if good and not total.failed and total.passed else 1


def _stop(number: int, frame: object) -> None:
    """End by way of every `finally` on SIGTERM, so that the servers are stopped."""
    raise SystemExit(128 + number)


def _start_all() -> list[Server]:
    """Start the servers together; raises ServerError, having stopped those that came up."""
    servers: list[Server] = []
    try:
        for kind, _ in SHARED.values():
            servers.append(kind().spawn())
        for server in servers:
            server.wait()
    except BaseException:
        for server in servers:
            server.stop()
        raise
    return servers


class _Run:
    """One run of pytest, in a data folder of its own; what it prints is `kept` until its end."""

    def __init__(
        self, name: str, scratch: Path, choice: Sequence[str], *, kept: bool = True
    ) -> None:
        self.name = name
        self._choice = choice
        self._scratch = scratch
        self._report = scratch / "report.xml"
        self._kept = scratch / "printed.txt" if kept else None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, variables: dict[str, str], arguments: Sequence[str]) -> None:
        """Begin; `variables` are those of the environment, `arguments` the caller's for pytest."""
        print(f"── tests {self.name}", flush=True)
        (self._scratch / "data").mkdir(parents=True)
        with self._kept.open("wb") if self._kept else nullcontext() as out:
            self._process = subprocess.Popen(
                [
                    *(program("setpriv", packages="util-linux"), "--pdeathsig", "TERM", "--"),
                    *(sys.executable, "-m", "pytest", "-q", f"--junitxml={self._report}"),
                    *("--durations=20", "--durations-min=5"),
                    f"--basetemp={self._scratch / 'temp'}",
                    *self._choice,
                    *arguments,
                ],
                cwd=ROOT,
                env=os.environ | {"MARIGOT_DATA": str(self._scratch / "data")} | variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT if out else None,
            )

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self) -> tuple[int, Count]:
        """Wait for its end; return its status and counts, having printed what was kept."""
        assert self._process is not None
        status = self._process.wait()
        if self._kept:
            print(f"── what the tests {self.name} printed", flush=True)
            with self._kept.open("rb") as printed:
                shutil.copyfileobj(printed, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return status, Count() if status == NO_TEST else counted(self._report)

    def stop(self) -> None:
        """End it where it still runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
