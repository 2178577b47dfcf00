"""Writers of SQLite stand in line: in a process, between processes, and in the answers."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from directory import journal
from directory.models import JournalEntry
from directory.sqlite3 import statistics
from directory.sqlite3.queue import Busy, Queue, queue_of
from tests.directory.factories import event, make_person
from tests.html import element, value_of

OTHER = """
import sys
from pathlib import Path
from directory.sqlite3 import statistics
from directory.sqlite3.queue import Queue
queue = Queue(Path(sys.argv[1]))
queue.enter(60)
print("in", flush=True)
sys.stdin.readline()
queue.leave()
"""


def until(condition: Callable[[], object]) -> None:
    while not condition():
        time.sleep(0.002)


@pytest.fixture
def queue(tmp_path):
    return Queue(tmp_path / "queue")


@pytest.fixture
def other(tmp_path):
    """`other()` starts a process that stands in the same line, and writes until it is told."""
    started = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(tmp_path / "queue")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_threads_write_in_the_order_in_which_they_came(queue):
    order: list[int] = []

    def write(number: int) -> None:
        queue.enter(60)
        order.append(number)
        queue.leave()

    queue.enter(1)
    threads = []
    for number in range(20):
        threads.append(threading.Thread(target=write, args=[number]))
        threads[-1].start()
        until(lambda number=number: len(queue._line) == number + 1)
    queue.leave()
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_who_waits_too_long_is_told_and_the_rest_goes_on(queue):
    queue.enter(1)
    with pytest.raises(Busy):
        queue.enter(0.05)
    queue.leave()
    queue.enter(1)
    queue.leave()


def test_a_process_that_waits_is_not_passed(queue, other, tmp_path):
    queue.enter(1)
    process = other()

    def waits() -> bool:
        with (tmp_path / "queue").open("r+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
            except OSError:
                return True
        # Closing the file gave back every lock of this process on it: take ours again.
        fcntl.lockf(queue._file, fcntl.LOCK_EX, 1, 1)
        return False

    until(waits)
    fcntl.lockf(queue._file, fcntl.LOCK_EX, 1, 1)
    queue.leave()
    with pytest.raises(Busy):
        queue.enter(0.3)  # the other one had come before
    assert process.stdout.readline() == "in\n"
    process.communicate("go on\n")
    queue.enter(60)
    queue.leave()


def test_a_process_that_is_killed_gives_its_turn_back(queue, other):
    process = other()
    assert process.stdout.readline() == "in\n"
    with pytest.raises(Busy):
        queue.enter(0.05)
    process.kill()
    process.wait()
    queue.enter(60)
    queue.leave()


@pytest.fixture
def line(transactional_db):
    """The line before the database of the tests, where that is SQLite; who waits gives up soon."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    options = connection.settings_dict["OPTIONS"]
    usual, options["timeout"] = options["timeout"], 0.1
    connection.close()
    yield queue_of(str(connection.settings_dict["NAME"]))
    options["timeout"] = usual
    connection.close()


def test_what_finds_no_turn_is_answered_with_what_was_entered(line):
    person = make_person("mia.member")
    client = Client(raise_request_exception=False)
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    line.enter(60)
    try:
        assert client.get("/spaces/").status_code == 200, "reading does not wait"
        form = {"language": "en", "next": "/", "note": "two\nlines <b>", "password": "secret"}
        answer = client.post("/language/", form)
    finally:
        line.leave()
    assert answer.status_code == 503
    assert answer["Retry-After"]
    shown = answer.content.decode()
    assert "enregistrent en ce moment" in shown
    again = element(answer, "main form[action='/language/']")
    assert value_of(again, "note") == "two\nlines <b>"
    assert "secret" not in shown
    assert client.post("/language/", form).status_code == 302


def test_every_kind_of_write_stands_in_line_and_leaves_it(line):
    with journal.transaction():
        journal.append(event("test.written"), actor=None)
        with pytest.raises(Busy):
            line.enter(0.05)
    line.enter(1)
    try:
        with pytest.raises(Busy), journal.transaction():
            pass
        with pytest.raises(Busy):
            JournalEntry.objects.filter(pk=0).delete()
        with pytest.raises(Busy):
            JournalEntry.objects.filter(pk=0).update(action="a")
        with pytest.raises(Busy):
            statistics.refresh()
        assert JournalEntry.objects.exists(), "reading does not wait"
    finally:
        line.leave()
    with pytest.raises(ZeroDivisionError), journal.transaction():
        raise ZeroDivisionError
    line.enter(1)
    line.leave()
