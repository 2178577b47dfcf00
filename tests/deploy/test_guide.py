"""The commands of the guide for operating, done as they stand there."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.embedded.supervisor import Supervisor
from tests.servers.base import ServerMissing, program, unavailable

from .site import environment_of
from .test_units import GUIDE


def commands(title: str) -> str:
    """The first commands of the part called `title`."""
    part = GUIDE.read_text().partition(f"### {title}\n")[2]
    found = re.search(r"^```\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@dataclass
class Site:
    """A data folder, its backup, and what was asked of Marigot and of systemd."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def kept(self) -> Path:
        return self.folder / "backup"

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def do(self, title: str) -> subprocess.CompletedProcess[str]:
        """Run the commands of a part of the guide, in this folder and as this user."""
        text = commands(title).replace("/backup", str(self.kept))
        text = text.replace("/etc/marigot/marigot.env", str(self.folder / "marigot.env"))
        text = text.replace("-o marigot -g marigot ", "").replace("--chown=marigot:marigot ", "")
        return subprocess.run(
            ["sh", "-e", "-c", text],
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    def files(self, folder: Path) -> set[str]:
        return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    def rows(self) -> list[int]:
        with closing(sqlite3.connect(self.data / "marigot.sqlite3")) as database:
            return [n for (n,) in database.execute("SELECT n FROM t ORDER BY n")]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    for name in ("sqlite3", "rsync"):
        try:
            program(name, packages=name)
        except ServerMissing as error:
            unavailable(str(error))
    made = Site(tmp_path)
    (made.data / "blobs" / "ab").mkdir(parents=True)
    (made.data / "blobs" / "ab" / "abcd").write_bytes(b"content")
    (made.data / "blobs" / "tmp").mkdir()
    (made.data / "blobs" / "tmp" / "upload").write_bytes(b"half")
    (made.data / "index").mkdir()
    (made.data / "index" / "segment").write_bytes(b"made again")
    write(made, 1)
    (tmp_path / "marigot.env").write_text(f"MARIGOT_DATA='{made.data}'\n")
    (tmp_path / "bin").mkdir()
    for name in ("marigot", "systemctl"):
        stand_in = tmp_path / "bin" / name
        stand_in.write_text(f'#!/bin/sh\necho "{name} $*" >>"{tmp_path / "calls"}"\n')
        stand_in.chmod(0o755)
    return made


def write(site: Site, number: int) -> None:
    """Write a row, and end as a process that is killed does: the row is in the -wal alone."""
    code = (
        "import os, sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('PRAGMA journal_mode=WAL')\n"
        "database.execute('CREATE TABLE IF NOT EXISTS t (n)')\n"
        "database.execute('INSERT INTO t VALUES (?)', [int(sys.argv[2])])\n"
        "os._exit(0)"
    )
    subprocess.run(
        [sys.executable, "-c", code, site.data / "marigot.sqlite3", str(number)], check=True
    )


@pytest.mark.parametrize("pictures", [True, False])
def test_a_backup_ends_well_with_pictures_and_without(site: Site, pictures: bool) -> None:
    if pictures:
        (site.data / "media" / "images").mkdir(parents=True)
        (site.data / "media" / "images" / "a.png").write_bytes(b"picture")
    for _ in range(2):
        done = site.do("Back up")
        assert done.returncode == 0, done.stderr
        expected = {"marigot.sqlite3", "blobs/ab/abcd"}
        assert site.files(site.kept) == expected | ({"media/images/a.png"} if pictures else set())
    done = site.do("Restore")
    assert done.returncode == 0, done.stderr


def test_a_backup_of_nothing_is_an_error(site: Site) -> None:
    (site.folder / "marigot.env").write_text("")
    assert site.do("Back up").returncode != 0
    assert not site.files(site.kept)


def test_a_damaged_blob_does_not_reach_the_backup_and_comes_back_from_it(site: Site) -> None:
    blob = site.data / "blobs" / "ab" / "abcd"
    assert site.do("Back up").returncode == 0
    blob.write_bytes(b"CONTENT")
    assert site.do("Back up").returncode == 0
    assert (site.kept / "blobs" / "ab" / "abcd").read_bytes() == b"content"
    kept = (site.kept / "blobs" / "ab" / "abcd").stat()
    os.utime(blob, ns=(kept.st_atime_ns, kept.st_mtime_ns))  # as when the disk itself is at fault
    assert site.do("Restore").returncode == 0
    assert blob.read_bytes() == b"content"


def test_a_restored_database_is_that_of_the_backup_and_nothing_of_the_one_before(
    site: Site,
) -> None:
    assert site.do("Back up").returncode == 0
    for number in range(2, 6):
        write(site, number)
    assert (site.data / "marigot.sqlite3-wal").stat().st_size
    done = site.do("Restore")
    assert done.returncode == 0, done.stderr
    assert site.rows() == [1]
    assert [call.split()[1] for call in site.calls] == [
        "stop", "migrate", "collectstatic", "verify_blobs", "verify_journal", "rebuild_index",
        "start",
    ]  # fmt: skip


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
