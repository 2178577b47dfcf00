"""The commands of the guide for operating, done as they stand there."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from config.embedded.supervisor import Supervisor
from tests.servers.base import ServerMissing, program, unavailable

from .site import environment_of
from .test_units import GUIDE


def backup() -> str:
    """The commands that make a backup, into /backup."""
    blocks = re.findall(r"^```\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    (commands,) = [block for block in blocks if "rsync" in block]
    return commands


@pytest.mark.parametrize("pictures", [True, False])
def test_a_backup_ends_well_with_pictures_and_without(tmp_path: Path, pictures: bool) -> None:
    for name in ("sqlite3", "rsync"):
        try:
            program(name, packages=name)
        except ServerMissing as error:
            unavailable(str(error))
    data, kept = tmp_path / "data", tmp_path / "backup"
    (data / "blobs" / "ab").mkdir(parents=True)
    (data / "blobs" / "ab" / "abcd").write_bytes(b"content")
    (data / "index").mkdir()
    (data / "index" / "segment").write_bytes(b"made again")
    if pictures:
        (data / "media" / "images").mkdir(parents=True)
        (data / "media" / "images" / "a.png").write_bytes(b"picture")
    with sqlite3.connect(data / "marigot.sqlite3") as database:
        database.execute("CREATE TABLE t (n)")
    kept.mkdir()
    done = subprocess.run(
        ["sh", "-e", "-c", backup().replace("/backup", str(kept))],
        env={"PATH": os.environ["PATH"], "MARIGOT_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {str(f.relative_to(kept)) for f in kept.rglob("*") if f.is_file()}
    expected = {"marigot.sqlite3", "blobs/ab/abcd"}
    assert found == expected | ({"media/images/a.png"} if pictures else set())


def test_what_the_guide_uses_it_has_installed() -> None:
    text = GUIDE.read_text()
    (packages,) = re.findall(r"apt-get install --no-install-recommends (.*?)```", text, re.DOTALL)
    for used in ("sqlite3", "rsync", "nginx", "acl"):
        assert used in packages.split(), used


def test_the_processes_keep_no_memory_for_each_thread() -> None:
    kept_low = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
    for unit in ("marigot-web@.service", "marigot-worker.service"):
        assert environment_of(unit).items() >= kept_low.items()
    embedded = Supervisor(Path("/nowhere"), 1)._environment({})
    assert embedded.items() >= kept_low.items()
