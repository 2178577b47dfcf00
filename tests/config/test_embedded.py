"""`make run`'s own program: one folder, one run; what it started ends with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from config.embedded.folder import CannotStart, DataFolder, free_port, is_free, listen
from config.embedded.processes import Child
from tests.e2e.served import ROOT


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


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CannotStart, match="is not a folder"):
        DataFolder(file).hold()
    with pytest.raises(CannotStart, match="MiB are free"):
        DataFolder(tmp_path / "data", needs=1 << 60).hold()
    DataFolder(tmp_path / "data").hold()  # the refusal has let the lock go


def test_a_folder_of_somebody_else_says_whose_it_is():
    if os.geteuid() != 0:
        pytest.skip("only root can try it as somebody else")
    code = (
        "import os, sys; from pathlib import Path;"
        "from config.embedded.folder import CannotStart, DataFolder;"
        "os.setuid(65534)\n"
        "try: DataFolder(Path(sys.argv[1])).hold()\n"
        "except CannotStart as error: print(error)\n"
    )
    with tempfile.TemporaryDirectory(prefix="marigot-closed-") as name:
        Path(name).chmod(0o755)
        result = subprocess.run(
            [sys.executable, "-c", code, name], cwd=ROOT, capture_output=True, text=True, check=True
        )
    assert f"{name} cannot be written (Permission denied)" in result.stdout
    assert "It belongs to root" in result.stdout
    assert "DATA=" in result.stdout


def test_a_run_that_is_refused_learns_where_the_other_one_is(tmp_path):
    held = DataFolder(tmp_path)
    DataFolder(tmp_path).refuse_held()
    held.hold("http://127.0.0.1:8123")
    for attempt in (DataFolder(tmp_path).hold, DataFolder(tmp_path).refuse_held):
        with pytest.raises(CannotStart, match=r"at http://127\.0\.0\.1:8123 \(process"):
            attempt()


def test_looking_makes_nothing(tmp_path):
    DataFolder(tmp_path / "none").refuse_held()
    assert not (tmp_path / "none").exists()


def test_a_port_is_taken_from_the_first_moment():
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"(?s)Port {port} .*is taken.*PORT={port + 1}"):
            listen(port, patience=0.0)
    with listen(port) as ours:
        assert ours.getsockname()[1] == port
        assert not is_free(port)


def test_a_port_that_is_let_go_in_a_moment_is_waited_for():
    first = socket.create_server(("127.0.0.1", 0))
    port = first.getsockname()[1]
    threading.Timer(0.3, first.close).start()
    listen(port, patience=10.0).close()


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


def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MARIGOT_")}
    return subprocess.run(
        [sys.executable, "-m", "config.embedded", *map(str, arguments)],
        cwd=ROOT,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_busy_port_is_told_and_nothing_is_made(tmp_path):
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", port, "--data", data)
    assert result.returncode == 1
    assert f"Port {port}" in result.stderr
    assert f"PORT={port + 1}" in result.stderr
    assert not data.exists()


def test_a_setting_that_cannot_be_read_is_told_and_nothing_is_made(tmp_path):
    data = tmp_path / "data"
    result = run("--port", free_port(set()), "--data", data, MARIGOT_LDAP_TIMEOUT="soon")
    assert result.returncode == 1
    assert "did not start: MARIGOT_LDAP_TIMEOUT: 'soon' is not usable" in result.stderr
    assert "Traceback" not in result.stderr
    assert not data.exists()


def test_what_the_disk_refuses_is_told_in_a_line_and_kept_in_a_log(tmp_path):
    data = tmp_path / "data"
    (data / "directory").mkdir(parents=True)
    (data / "directory" / "tls").write_text("a file where a folder must be")
    result = run("--port", free_port(set()), "--data", data)
    assert result.returncode == 1
    assert f"did not start: {data}/directory/tls: File exists" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in (data / "log" / "run.log").read_text()


def test_a_child_that_keeps_ending_is_given_up_with_its_log(tmp_path):
    child = Child("web", [sys.executable, "-c", "print('why it ended')"], {}, tmp_path / "web.log")
    child.start()
    with pytest.raises(CannotStart, match="why it ended"):
        for _ in range(10):
            assert child.process is not None
            child.process.wait()
            child.revive()


def test_a_child_is_killed_with_its_parent(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from config.embedded.processes import Child;"
        "stubborn = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);'"
        "\"print('up', flush=True); time.sleep(60)\";"
        "child = Child('web', [sys.executable, '-c', stubborn], {}, Path(sys.argv[1]));"
        "child.start();"
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "web.log"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(log)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        deadline = time.monotonic() + 120
        while "up" not in log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        parent.kill()
        while Path(f"/proc/{child}/stat").exists():
            state = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
            if state == "Z":
                break
            assert time.monotonic() < deadline, "it outlives its parent"
            time.sleep(0.02)
