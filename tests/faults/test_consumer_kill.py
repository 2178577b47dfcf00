"""A consumer is killed with SIGKILL again and again: nothing is lost, the order holds."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.process import BaseProcess

import pytest
from django.conf import settings
from django.db import connection

from directory import journal
from directory.models import ConsumerCursor
from tests.directory.factories import event

KILLS = 50


def kill_target_live(path: str, life: int) -> None:
    """Run in the fork, where Django is set up by the module's import."""
    from tests.faults import kill_target

    kill_target.live(path, life)


def database_url() -> str:
    """The address of the database that the test runs on, for another process."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return (
        f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}"
        f"/{values['NAME']}"
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_kills_lose_nothing_and_keep_the_order(tmp_path, monkeypatch):
    out = tmp_path / "seen"
    out.touch()
    start = journal.last_sequence()
    chance = random.Random(7)
    monkeypatch.setenv("MARIGOT_DATABASE_URL", database_url())
    monkeypatch.setenv("MARIGOT_DATA", str(settings.DATA))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.test")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.faults.kill_target"])

    def spawn() -> BaseProcess:
        # A number of our own: the kernel gives that of a process again.
        process = server.Process(target=kill_target_live, args=(str(out), kills), daemon=True)
        process.start()
        return process

    def lines() -> int:
        return out.read_bytes().count(b"\n")

    written = 0
    kills = 0
    process = spawn()
    try:
        while kills < KILLS:
            with journal.transaction():
                for _ in range(25):
                    journal.append(event("thing.done"), actor=None)
            written += 25
            before, deadline = lines(), time.monotonic() + 120
            # Let it get somewhere into the batch, then pull the rug.
            target = before + chance.randint(1, 20)
            while lines() < target and process.is_alive():
                assert time.monotonic() < deadline, "the consumer does not go on after a kill"
                time.sleep(0.002)
            assert process.is_alive(), "the consumer ended by itself"
            process.kill()
            process.join()
            kills += 1
            process = spawn()
        deadline = time.monotonic() + 120
        last = start + written
        while True:
            cursor = ConsumerCursor.objects.filter(name="kill-target").first()
            if cursor is not None and cursor.sequence >= last:
                break
            assert time.monotonic() < deadline, "the consumer does not catch up"
            time.sleep(0.05)
    finally:
        process.kill()
        process.join()

    by_life: dict[str, list[int]] = {}
    for line in out.read_text().splitlines():
        life, sequence = line.split()
        by_life.setdefault(life, []).append(int(sequence))
    everything = {sequence for run in by_life.values() for sequence in run}
    assert everything == set(range(start + 1, last + 1))
    previous_end = start
    for run in by_life.values():
        # Within a life: no gap and no step back. Over lives: it takes up no later than it ended.
        assert run == list(range(run[0], run[-1] + 1))
        assert run[0] <= previous_end + 1
        previous_end = max(previous_end, run[-1])
    assert list(journal.verify()) == []
