"""The sandbox of text extraction: what a child cannot do, and what its end does to the caller."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyseccomp
import pytest

from search.extraction.sandbox import Sandbox, SandboxUnavailable, seccomp
from search.extraction.sandbox.client import ROOT
from search.extraction.sandbox.wire import BrokenStream, FrameReader

PROBES = "tests.search.extraction_probes"
MIB = 1024 * 1024
# Time enough to begin and say something, however slow the machine is.
FIRST_WORD = 5.0


@pytest.fixture(scope="module")
def sandbox():
    box = Sandbox(PROBES)
    yield box
    box.close()


def run(sandbox, probe, *, content=b"content", memory=512 * MIB, seconds=120.0, output=MIB, **args):
    frames = []
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        outcome = sandbox.run(
            f"{PROBES}:{probe}",
            file.fileno(),
            args,
            memory_bytes=memory,
            seconds=seconds,
            output_bytes=output,
            on_frame=lambda letter, body: frames.append((letter, body)),
        )
    return outcome, frames


def answer(frames):
    assert [letter for letter, _ in frames] == [b"A"]
    return json.loads(frames[0][1])


@pytest.mark.parametrize(
    "what",
    [
        "inet",
        "inet6",
        "udp",
        "unix",
        "netlink",
        "read file",
        "write file",
        "list folder",
        "execute",
        "fork",
        "kill",
        "io_uring",
        "whom a pipe signals",
        "how a pipe signals",
        "that a pipe signals",
        "lease",
        "lock",
        "flags of a file",
    ],
)
def test_child_is_denied(sandbox, what):
    if "filter" not in sandbox.means:
        pytest.skip("no system call filter here: the network namespace alone is in force")
    outcome, frames = run(sandbox, "attempt", what=what)
    assert outcome.end == "done"
    assert answer(frames) == "PermissionError"


def test_no_call_but_those_of_the_list_is_let_through(sandbox):
    if "filter" not in sandbox.means:
        pytest.skip("no system call filter here: the network namespace alone is in force")
    names = (*seccomp.ALLOWED, *seccomp.ALLOWED_COMMANDS)
    allowed = {pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) for name in names}
    # Of an x86_64; the kernel lets them past any filter, and ends whoever makes them for himself.
    uretprobe, uprobe = 335, 336
    numbers = sorted(set(range(512)) - allowed - {uretprobe, uprobe})
    outcome, frames = run(sandbox, "call", numbers=numbers)
    assert (outcome.end, answer(frames)) == ("done", [])


def test_child_cannot_reach_a_server_that_listens(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=60).close()  # we can
        server.accept()[0].close()
        _, frames = run(sandbox, "connect", host="127.0.0.1", port=port)
        assert answer(frames) in {"PermissionError", "OSError"}
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_network_namespace_alone_closes_the_network():
    """Where the kernel grants a namespace, it holds without the filter."""
    code = (
        "from search.extraction.sandbox import confine\n"
        "confine.leave_network()\n"
        "print(confine.can_reach_network())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    if "OSError" in done.stderr:
        pytest.skip("no user namespaces here")
    assert done.stdout.strip() == "False"


def test_child_sees_nothing_of_the_caller(sandbox, monkeypatch):
    monkeypatch.setenv("MARIGOT_SECRET_KEY", "do-not-tell")
    sandbox.close()  # so that the helper starts under this environment
    inherited = os.open("/etc/hostname", os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        outcome, frames = run(sandbox, "describe", content=b"the file")
    finally:
        os.close(inherited)
    seen = answer(frames)
    assert outcome.end == "done"
    assert "do-not-tell" not in json.dumps(seen)
    assert set(seen["environment"]) <= {
        "PATH",
        "LC_ALL",
        "LC_CTYPE",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
    }
    assert seen["descriptors"] == [0, 1, 2, 3, 4]
    assert seen["cwd"] == "FileNotFoundError"
    assert seen["django"] is False
    assert seen["read"] == "the file"


def test_each_file_has_its_own_process(sandbox):
    pids = {answer(run(sandbox, "describe")[1])["pid"] for _ in range(5)}
    assert len(pids) == 5


def test_memory_is_bounded(sandbox):
    outcome, _ = run(sandbox, "hog", memory=256 * MIB)
    assert outcome.end == "out_of_memory"


def test_processor_hog_is_stopped_and_its_first_output_kept(sandbox):
    outcome, frames = run(sandbox, "spin", seconds=FIRST_WORD)
    assert outcome.end == "timed_out"
    assert frames == [(b"T", b"first word ")]


def test_sleeper_is_stopped_and_gone(sandbox):
    outcome, frames = run(sandbox, "sleep", seconds=FIRST_WORD)
    assert outcome.end == "timed_out"
    assert not Path(f"/proc/{answer(frames)['pid']}").exists()


def test_flood_is_cut(sandbox):
    outcome, frames = run(sandbox, "flood", output=300_000)
    assert outcome.end == "flooded"
    assert sum(len(body) for _, body in frames) <= 300_000


def test_output_that_is_no_frame_is_refused(sandbox):
    assert run(sandbox, "babble")[0].end == "flooded"


def test_segmentation_fault_is_a_verdict(sandbox):
    outcome, _ = run(sandbox, "crash")
    assert (outcome.end, outcome.signal) == ("killed", signal.SIGSEGV)


def test_exception_is_a_verdict(sandbox):
    assert run(sandbox, "fail")[0].end == "failed"


def test_killed_child_is_a_verdict_and_the_next_one_works(sandbox):
    frames, outcomes = [], []

    def wait_in_child():
        with tempfile.TemporaryFile() as file:
            outcomes.append(
                sandbox.run(
                    f"{PROBES}:sleep",
                    file.fileno(),
                    {},
                    memory_bytes=512 * MIB,
                    seconds=120,
                    output_bytes=MIB,
                    on_frame=lambda _letter, body: frames.append(json.loads(body)),
                )
            )

    thread = threading.Thread(target=wait_in_child)
    thread.start()
    deadline = time.monotonic() + 120
    while not frames and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(frames[0]["pid"], signal.SIGKILL)
    thread.join(120)
    assert (outcomes[0].end, outcomes[0].signal) == ("killed", signal.SIGKILL)
    assert run(sandbox, "describe")[0].end == "done"


def test_dead_helper_is_replaced(sandbox):
    first = sandbox.helper_pid
    os.kill(first, signal.SIGKILL)
    assert run(sandbox, "describe")[0].end == "done"
    assert sandbox.helper_pid != first


def test_helper_killed_while_it_works_is_replaced_once(sandbox):
    started = threading.Event()
    outcomes = []

    def work():
        with tempfile.TemporaryFile() as file:
            outcomes.append(
                sandbox.run(
                    f"{PROBES}:sleep",
                    file.fileno(),
                    {},
                    memory_bytes=512 * MIB,
                    seconds=2,
                    output_bytes=MIB,
                    on_frame=lambda *_: started.set(),
                )
            )

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(120)
    os.kill(sandbox.helper_pid, signal.SIGKILL)
    thread.join(120)
    assert outcomes[0].end == "timed_out"  # tried again on a new helper, and slept there too


def test_children_die_with_a_killed_caller(tmp_path):
    code = f"""
import sys, tempfile
from search.extraction.sandbox import Sandbox
box = Sandbox({PROBES!r})
with tempfile.TemporaryFile() as file:
    box.run({PROBES + ":sleep"!r}, file.fileno(), {{}}, memory_bytes={512 * MIB}, seconds=600,
            output_bytes=1000, on_frame=lambda _l, body: print(box.helper_pid, body.decode(),
            flush=True))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as caller:
        helper, _, said = caller.stdout.readline().partition(" ")
        child = json.loads(said)["pid"]
        caller.kill()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and _alive(child, int(helper)):
            time.sleep(0.05)
    assert not _alive(child, int(helper))


def _alive(*pids):
    states = []
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            continue
        states.append(stat.rpartition(")")[2].split()[0])
    return [state for state in states if state != "Z"]


def test_several_threads_at_once(sandbox):
    with ThreadPoolExecutor(8) as pool:
        contents = [f"file {n}".encode() for n in range(64)]
        results = list(pool.map(lambda c: run(sandbox, "describe", content=c), contents))
    assert [answer(frames)["read"] for _, frames in results] == [c.decode() for c in contents]


def test_a_forked_process_has_its_own_helper(sandbox):
    ours = sandbox.helper_pid
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if run(sandbox, "describe")[0].end == "done" else 2
            os.write(writer, struct.pack("i", sandbox.helper_pid))
            sandbox.close()
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        theirs = struct.unpack("i", pipe.read(4))[0]
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert theirs != ours
    assert sandbox.helper_pid == ours
    assert run(sandbox, "describe")[0].end == "done"


def test_helper_that_cannot_start_names_the_cause():
    box = Sandbox("no_such_module_here")
    with pytest.raises(SandboxUnavailable, match="no_such_module_here"):
        _ = box.means


def test_libseccomp_knows_every_call_of_the_filter():
    unknown = -1  # a call that this machine does not have is another negative number
    assert pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "no_such_call") == unknown
    for name in (*seccomp.ALLOWED, *seccomp.ALLOWED_COMMANDS):
        assert pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) != unknown, name


@pytest.mark.skipif(platform.machine() != "x86_64", reason="it has a second set of numbers")
def test_the_calls_of_another_architecture_end_the_child(sandbox):
    if "filter" not in sandbox.means:
        pytest.skip("no system call filter here: the network namespace alone is in force")
    outcome, frames = run(sandbox, "attempt", what="x32")
    assert (outcome.end, outcome.signal, frames) == ("killed", signal.SIGSYS, [])


def test_without_libseccomp_it_says_what_to_install():
    box = Sandbox("tests.search.without_libseccomp")
    with pytest.raises(SandboxUnavailable, match="apt-get install libseccomp2"):
        _ = box.means


def test_frames_are_cut_and_bounded():
    reader = FrameReader(100)
    whole = struct.pack(">cI", b"T", 3) + b"abc"
    assert list(reader.feed(whole[:4])) == []
    assert list(reader.feed(whole[4:] + whole)) == [(b"T", b"abc"), (b"T", b"abc")]
    with pytest.raises(BrokenStream):
        list(reader.feed(struct.pack(">cI", b"T", 1 << 30)))
    with pytest.raises(BrokenStream):
        list(FrameReader(10).feed(b"x" * 11))
