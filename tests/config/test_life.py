"""`make run` from its first start to its last: killed, started again, in an odd place."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.embedded.supervisor import MOST_WEB_PROCESSES
from tests.e2e.served import Served

pytestmark = [pytest.mark.slow]  # each starts Marigot several times

TABLES = ("directory_person", "documents_node", "documents_version", "intranet_basepage")
ODD = 'données à côté/l\'été 100% "x" #1?'


def children_of(data: Path) -> dict[int, str]:
    """Commands, by process id, of those whose command or environment names the data folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            about = command + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(data).encode() in about and state != "Z":
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def children(data: Path, part: str) -> set[int]:
    """Process ids of those whose command holds `part`."""
    return {pid for pid, command in children_of(data).items() if part in command}


def wait_until_gone(data: Path) -> None:
    deadline = time.monotonic() + 120
    while left := children_of(data):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.1)


def wait_for(served: Served, text: str) -> None:
    deadline = time.monotonic() + 240
    while text not in served.log.read_text():
        assert time.monotonic() < deadline, served.log.read_text()
        time.sleep(0.1)


def ask(served: Served, path: str) -> dict:
    with urllib.request.urlopen(f"{served.url}{path}", timeout=60) as answer:
        return json.load(answer)


def rows(data: Path, table: str) -> int:
    with sqlite3.connect(f"{(data / 'marigot.sqlite3').as_uri()}?mode=ro", uri=True) as database:
        count = database.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(count.fetchone()[0])


@dataclass
class First:
    """A first start that nobody disturbed, and what it put into the database."""

    served: Served
    rows: dict[str, int]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[First]:
    served = Served(tmp_path_factory.mktemp("life") / ODD / "data").start()
    try:
        found = {table: rows(served.data, table) for table in TABLES}
        assert all(found.values()), found
        yield First(served, found)
    finally:
        end(served)


@pytest.fixture
def disturbed(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "data")
    try:
        yield served
    finally:
        end(served)


def end(served: Served) -> None:
    """End what a test that failed left running."""
    if served.process is not None:
        served.stop()


def test_the_whole_life_of_a_run(first):
    """First start, health, a second start, each child killed, SIGINT, a killed supervisor."""
    served = first.served
    assert ask(served, "/health/ready")["parts"]["database"] == "ok"
    assert ask(served, "/health/live") == {"status": "ok"}
    demo = served.demo
    assert demo["url"] == served.url
    for person in demo["people"]:
        assert all(person[name] for name in ("login", "password", "role", "service"))
    told = served.log.read_text()
    for person in demo["people"]:
        assert (f"  {person['login']} " in told) == person["shown"]
    assert (served.data / "demo.json").stat().st_mode & 0o077 == 0
    assert served.stop() == 0
    wait_until_gone(served.data)

    # The second time nothing is loaded again, and each process that is killed is replaced.
    served.start()
    assert "Loading" not in served.log.read_text()
    assert "Making" not in served.log.read_text()
    assert [p["login"] for p in served.demo["people"]] == [p["login"] for p in demo["people"]]
    cores = min(os.cpu_count() or 1, MOST_WEB_PROCESSES)
    for name, part, count in (
        ("web", "config.embedded.web", cores),
        ("worker", "manage.py work", 1),
        ("directory server", "slapd", 1),
    ):
        before = children(served.data, part)
        assert len(before) == count
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        wait_for(served, f"The {name}")
        assert ask(served, "/health/live") == {"status": "ok"}, "the port stays ours meanwhile"
        deadline = time.monotonic() + 120
        while len(children(served.data, part) - {killed}) < count:
            assert time.monotonic() < deadline, f"the {name} does not come back"
            time.sleep(0.1)
    deadline = time.monotonic() + 120
    while (state := ask(served, "/health/ready"))["status"] != "ok":
        assert time.monotonic() < deadline, state
        time.sleep(0.5)
    assert served.stop(signal.SIGINT) == 0
    wait_until_gone(served.data)

    # Killed without a word, it takes what it started with it, and comes up again at once.
    served.start()
    served.stop(signal.SIGKILL)
    served.start()
    assert served.stop() == 0
    wait_until_gone(served.data)


def test_a_first_start_that_is_killed_again_and_again_comes_up_whole(first, disturbed):
    for said, number in (
        ("Preparing the database", signal.SIGKILL),
        ("  sections", signal.SIGINT),
        ("  document spaces", signal.SIGKILL),
    ):
        disturbed.begin()
        wait_for(disturbed, said)
        time.sleep(0.5)
        disturbed.stop(number)
    disturbed.start()
    assert {table: rows(disturbed.data, table) for table in TABLES} == first.rows
    assert disturbed.stop() == 0
    wait_until_gone(disturbed.data)
