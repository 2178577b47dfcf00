"""An empty SQLite database with all migrations, made once for the parts of a run.

A migrate from nothing takes some twenty seconds of a processor. What begins with an empty
database gets a copy, where the run has made one; the first starts of Marigot make their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

VARIABLE: Final = "MARIGOT_TEST_MIGRATED"
ROOT = Path(__file__).resolve().parents[1]


def begin(folder: Path) -> subprocess.Popen[bytes]:
    """Start to make the database, in `folder`; see `made`."""
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "MARIGOT_DATA": str(folder),
            "MARIGOT_DATABASE_URL": "",
        },
        stdin=subprocess.DEVNULL,
    )


def made(process: subprocess.Popen[bytes], folder: Path) -> dict[str, str]:
    """Wait for the database; return the variable that hands it down.

    Nothing where it could not be made: each part then migrates by itself, and says why not.
    """
    return {} if process.wait() else {VARIABLE: str(folder / "marigot.sqlite3")}


def put(target: Path) -> bool:
    """Copy the run's database to `target`; return False where the run made none."""
    source = os.environ.get(VARIABLE)
    if not source:
        return False
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(source, target)
    return True


def migrate() -> None:
    """Migrate the database of the settings; it is one file then, without a log beside it."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    connection.close()


if __name__ == "__main__":
    import django

    django.setup()
    migrate()
