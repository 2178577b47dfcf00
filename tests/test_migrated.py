"""The run's migrated database is handed on as it is, and nothing where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from . import migrated


def test_what_the_run_made_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "marigot.sqlite3").write_bytes(b"tables")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        given = migrated.made(process, tmp_path)
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    target = tmp_path / "data" / "marigot.sqlite3"
    assert migrated.put(target)
    assert target.read_bytes() == b"tables"


def test_where_it_could_not_be_made_each_part_migrates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"]) as process:
        assert migrated.made(process, tmp_path) == {}
    monkeypatch.delenv(migrated.VARIABLE, raising=False)
    assert not migrated.put(tmp_path / "data" / "marigot.sqlite3")
    assert not (tmp_path / "data").exists()
