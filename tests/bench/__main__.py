"""`python -m tests.bench [NAME…] [--small]`: run benchmarks, each in a folder of its own.

Every benchmark gets a process, an empty SQLite database, blob store and index in a temporary
folder; the data folder of a Marigot that runs here is never touched.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import migrated

from . import registry
from .report import Report

FOLDER = "MARIGOT_BENCH_FOLDER"  # set for the process of one benchmark


def main() -> int:
    """Read the command line and run what it asks for; return an exit status."""
    known = registry.names()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"among: {', '.join(known)}; all of them if none")
    parser.add_argument("--small", action="store_true", help="with next to nothing, as a trial")
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(known):
        parser.error(
            f"no such benchmark: {', '.join(sorted(unknown))}; there are: {', '.join(known)}"
        )
    if FOLDER in os.environ:
        return prepare() if chosen.prepare else run_here(chosen.names, small=chosen.small)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = run_apart(chosen.names or known, small=chosen.small)
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


def run_apart(names: list[str], *, small: bool) -> list[str]:
    """Run each benchmark in a process and a folder of its own; return those that failed."""
    scratch = Path(tempfile.mkdtemp(prefix="marigot-bench-"))
    try:
        empty = scratch / "empty"
        if _run(["--prepare"], empty):
            return ["the preparation of a database"]
        failed = []
        for name in names:
            folder = scratch / name
            shutil.copytree(empty, folder)
            if _run([name, *(["--small"] if small else [])], folder):
                failed.append(name)
            shutil.rmtree(folder, ignore_errors=True)
        return failed
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run(arguments: list[str], folder: Path) -> int:
    kept = {k: v for k, v in os.environ.items() if not _configures(k)}
    environment = kept | {
        FOLDER: str(folder),
        "MARIGOT_DATA": str(folder / "data"),
        "MARIGOT_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    process = subprocess.Popen([sys.executable, "-m", __package__, *arguments], env=environment)
    try:
        return process.wait()
    finally:
        process.terminate()
        process.wait()


def prepare() -> int:
    """Make the empty database that each benchmark gets a copy of."""
    import django

    django.setup()
    from django.conf import settings

    if not migrated.put(Path(settings.DATABASES["default"]["NAME"])):
        migrated.migrate()
    Path(settings.STATIC_ROOT).mkdir()
    return 0


def run_here(names: list[str], *, small: bool) -> int:
    """Run benchmarks in this process, on an empty database; return an exit status."""
    import django

    django.setup()
    report = Report(small=small)
    for name in names:
        report.section(f"── {name}")
        registry.load(name).run(report)
    return 1 if report.failed else 0


def _configures(variable: str) -> bool:
    return variable.startswith("MARIGOT_") and not variable.startswith(
        ("MARIGOT_TEST_", "MARIGOT_FR_")
    )


if __name__ == "__main__":
    sys.exit(main())
