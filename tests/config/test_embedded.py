"""`make run`'s own program: one folder, one run; what it started ends with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from config.embedded.folder import CannotStart, DataFolder, free_port, is_free
from config.embedded.processes import Child
from tests.e2e.served import ROOT, Served


def children_of(data: Path) -> list[int]:
    """Process ids of those whose command or environment names the data folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            about = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(data).encode() in about and state != "Z":
            found.append(int(entry.name))
    return found


def wait_until_gone(data: Path) -> None:
    deadline = time.monotonic() + 20
    while left := children_of(data):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.1)


def test_a_folder_is_held_once_and_free_again_after_a_kill(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from config.embedded.folder import DataFolder;"
        "DataFolder(Path(sys.argv[1])).hold(); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CannotStart, match=f"already runs.*process {holder.pid}") as raised:
            DataFolder(tmp_path).hold()
        assert "DATA=" in str(raised.value)
        holder.send_signal(signal.SIGKILL)
    DataFolder(tmp_path).hold()


def test_a_folder_that_cannot_be_used_is_named(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CannotStart, match="is not a folder"):
        DataFolder(file).hold()
    import config.embedded.folder as folder

    monkeypatch.setattr(folder, "NEEDED_BYTES", 1 << 60)
    with pytest.raises(CannotStart, match="MiB are free"):
        DataFolder(tmp_path / "data").hold()


def test_ports_stay_the_same_while_they_are_free(tmp_path):
    folder = DataFolder(tmp_path)
    folder.hold()
    first = folder.ports(["directory"])
    assert folder.ports(["directory"]) == first
    with socket.create_server(("127.0.0.1", first["directory"])):
        assert folder.ports(["directory"]) != first


def test_free_ports_come_in_pairs():
    port = free_port(set())
    assert is_free(port)
    assert is_free(port + 1)


def test_a_busy_port_is_told_and_nothing_is_made(tmp_path):
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "config.embedded", "--port", str(port), "--data", str(data)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert f"Port {port}" in result.stderr
    assert f"PORT={port + 1}" in result.stderr
    assert not data.exists()


def test_a_child_that_keeps_ending_is_given_up_with_its_log(tmp_path):
    child = Child("web", [sys.executable, "-c", "print('why it ended')"], {}, tmp_path / "web.log")
    child.start()
    with pytest.raises(CannotStart, match="why it ended"):
        for _ in range(10):
            assert child.process is not None
            child.process.wait()
            child.revive()


@pytest.mark.slow
def test_the_whole_life_of_a_run(tmp_path):
    """First start, health, a second start, a killed child, SIGINT, and a killed supervisor."""
    served = Served(tmp_path / "data").start()
    with urllib.request.urlopen(f"{served.url}/health/ready") as answer:
        assert json.load(answer)["status"] == "ok"
    with urllib.request.urlopen(f"{served.url}/health/live") as answer:
        assert json.load(answer) == {"status": "ok"}
    demo = served.demo
    assert demo["url"] == served.url
    assert {"login", "password", "role", "service"} <= set(demo["people"][0])
    assert (served.data / "demo.json").stat().st_mode & 0o077 == 0
    assert served.stop() == 0
    wait_until_gone(served.data)

    # The second time nothing is loaded again, and a web process that dies is replaced.
    served.start()
    assert "Loading" not in served.log.read_text()
    assert [p["login"] for p in served.demo["people"]] == [p["login"] for p in demo["people"]]
    web = [
        pid
        for pid in children_of(served.data)
        if b"config.asgi" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert len(web) == 1
    os.kill(web[0], signal.SIGKILL)
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{served.url}/health/live", timeout=5):
                break
        except OSError:
            assert time.monotonic() < deadline, "the web process does not come back"
            time.sleep(0.2)
    assert served.stop(signal.SIGINT) == 0
    wait_until_gone(served.data)

    # Killed without a word, it takes what it started with it.
    served.start()
    served.stop(signal.SIGKILL)
    wait_until_gone(served.data)
    served.start()
    assert served.stop() == 0
