"""`manage.py prepare_embedded`: what cannot be prepared is told in a few words, with the cure."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests import migrated
from tests.servers.base import unavailable

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(ROOT / "manage.py"), "prepare_embedded"]


def prepare(
    data: Path, *, command: list[str] = COMMAND, **variables: str
) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MARIGOT_")}
    return subprocess.run(
        command,
        env=clean
        | {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "MARIGOT_DATA": str(data)}
        | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """Return the message of a preparation that failed without a trace on the terminal."""
    assert result.returncode != 0
    assert "Traceback" not in result.stderr + result.stdout
    return result.stderr


def log_named_in(message: str) -> str:
    named = re.search(r"The whole error: (\S+)", message)
    assert named, message
    return Path(named[1]).read_text()


def test_data_of_a_newer_version_are_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "marigot.sqlite3") as database:
        database.execute(
            "CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied)"
        )
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('documents', '9999_from_the_future', '2030-01-01 00:00:00')"
        )
    database.close()
    message = refused(prepare(tmp_path))
    assert "newer version of Marigot" in message
    assert "documents.9999_from_the_future" in message
    assert "DATA=" in message
    with sqlite3.connect(tmp_path / "marigot.sqlite3") as database:
        tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    database.close()
    assert tables == (1,), "nothing was migrated"


def test_a_database_that_is_none_is_named(tmp_path):
    (tmp_path / "marigot.sqlite3").write_bytes(b"this is no database at all" * 400)
    message = refused(prepare(tmp_path))
    assert f"{tmp_path}/marigot.sqlite3 is damaged" in message
    assert "Traceback" in log_named_in(message)


def test_a_database_server_that_is_down_is_named_by_its_setting(tmp_path):
    url = "postgres://marigot:hidden-word@127.0.0.1:9/marigot"
    message = refused(prepare(tmp_path, MARIGOT_DATABASE_URL=url))
    assert "MARIGOT_DATABASE_URL: the database does not answer" in message
    assert "hidden-word" not in message
    assert "hidden-word" not in log_named_in(message)


def test_a_setting_that_is_wrong_is_one_line(tmp_path):
    result = prepare(tmp_path, MARIGOT_UPLOAD_MAX_MB="much")
    assert result.returncode != 0
    assert result.stderr.startswith("marigot: MARIGOT_UPLOAD_MAX_MB: 'much' is not usable")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_without_a_directory_the_setting_is_named(tmp_path):
    migrated.put(tmp_path / "marigot.sqlite3")
    message = refused(prepare(tmp_path))
    assert "MARIGOT_LDAP_URL" in message
    assert "Traceback" in log_named_in(message)


@pytest.mark.slow
def test_a_disk_that_fills_up_is_told(tmp_path):
    """On a small disk of its own, seen by the command alone."""
    data = tmp_path / "data"
    data.mkdir()
    script = (
        f"mount -t tmpfs -o size=2m none {shlex.quote(str(data))} || exit 42; "
        f"exec {shlex.join(COMMAND)}"
    )
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    result = prepare(data, command=["unshare", *user, "--mount", "sh", "-c", script])
    if result.returncode == 42 or "unshare" in result.stderr:
        unavailable(f"no disk of its own may be mounted here: {result.stderr}")
    message = refused(result)
    assert "the disk is full" in message
    assert "MARIGOT_DATA" in message
    assert "DATA=/another/folder" in message
