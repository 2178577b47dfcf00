"""Run the suite with the real servers up: on SQLite, then on PostgreSQL what uses a database."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from .base import Server, ServerError, program
from .fixtures import SHARED

ROOT = Path(__file__).resolve().parents[2]
NO_TEST = 5  # pytest's status where nothing was collected or left


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
    scratch = Path(tempfile.mkdtemp(prefix="marigot-tests-"))
    servers: list[Server] = []
    try:
        servers = _start_all()
        addresses = {SHARED[server.name][1]: server.url for server in servers}
        runs = [("SQLite", {}, [])]
        if postgres := addresses.get(SHARED["postgres"][1]):
            again = ["--database-only", "-m", "not e2e"]
            runs.append(("PostgreSQL", {"MARIGOT_DATABASE_URL": postgres}, again))
        for name, database, options in runs:
            print(f"── tests on {name}", flush=True)
            status, count = _pytest(scratch / name, addresses | database, [*options, *arguments])
            # A part of the suite may hold nothing that uses the database.
            nothing_again = status == NO_TEST and bool(options)
            good = good and (status == 0 or nothing_again)
            total += Count() if nothing_again else count
    except ServerError as error:
        print(f"marigot: {error}", file=sys.stderr)
        total += Count(failed=1)
        good = False
    finally:
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


def _pytest(
    scratch: Path, variables: dict[str, str], arguments: Sequence[str]
) -> tuple[int, Count]:
    """Run pytest once in a data folder of its own; return its status and counts."""
    report = scratch / "report.xml"
    (scratch / "data").mkdir(parents=True)
    done = subprocess.run(
        [
            *(program("setpriv", packages="util-linux"), "--pdeathsig", "TERM", "--"),
            *(sys.executable, "-m", "pytest", "-q", f"--junitxml={report}"),
            f"--basetemp={scratch / 'temp'}",
            *arguments,
        ],
        cwd=ROOT,
        env=os.environ | {"MARIGOT_DATA": str(scratch / "data")} | variables,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    count = Count() if done.returncode == NO_TEST else counted(report)
    return done.returncode, count
