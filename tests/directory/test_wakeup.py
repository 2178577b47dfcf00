"""Wake-ups of each way: heard at once, by everybody, and never more than a hint."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from directory import journal, wakeup
from directory.wakeup.local import LocalListener, LocalWakeUp
from tests.directory.factories import event
from tests.servers.fixtures import started
from tests.servers.redis import Redis

ON_POSTGRES = live_settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
WAYS = ["local", "redis", *(["postgres"] if ON_POSTGRES else [])]
# What is waited for comes in milliseconds; this is when a test gives up.
LONG = 120.0
# Long enough for something that must not come to have come.
SHORT = 0.3


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> str:
    settings.WAKEUP_FOLDER = tmp_path / "run" / "wakeup"
    settings.WAKEUP = request.param
    if request.param == "redis":
        settings.WAKEUP = request.getfixturevalue("redis_url")
    return str(request.param)


pytestmark = pytest.mark.django_db(transaction=True)


def elapsed(function, *arguments) -> tuple[Any, float]:
    start = time.monotonic()
    return function(*arguments), time.monotonic() - start


def notify_from_a_thread() -> None:
    wakeup.notify()
    connection.close()


def test_every_listener_hears_it(way):
    with wakeup.listen() as first, wakeup.listen() as second:
        wakeup.notify()
        assert first.wait(LONG)
        assert second.wait(LONG)


def test_without_one_the_wait_ends_by_the_clock(way):
    with wakeup.listen() as listener:
        heard, seconds = elapsed(listener.wait, SHORT)
        assert heard is False
        assert seconds >= SHORT * 0.9


def test_one_that_came_before_the_wait_is_heard_at_once(way):
    with wakeup.listen() as listener:
        for _ in range(500):
            wakeup.notify()
        assert listener.wait(LONG)


def test_it_is_heard_in_the_middle_of_a_wait(way):
    with wakeup.listen() as listener:
        timer = threading.Timer(SHORT, notify_from_a_thread)
        began = time.monotonic()  # the timer runs before the wait has begun
        timer.start()
        heard = listener.wait(LONG)
        seconds = time.monotonic() - began
        timer.join()
        assert heard
        assert SHORT * 0.9 <= seconds < LONG


def test_who_has_closed_hears_nothing_and_disturbs_nobody(way):
    with wakeup.listen() as gone:
        pass
    assert gone is not None
    with wakeup.listen() as listener:
        wakeup.notify()
        assert listener.wait(LONG)


def test_it_can_be_awaited_while_the_loop_goes_on(way):
    waiting, ticks = False, 0

    async def tick() -> None:
        nonlocal ticks
        while ticks < 5:
            await asyncio.sleep(0.01)
            ticks += waiting
        await asyncio.to_thread(notify_from_a_thread)

    async def main() -> bool:
        nonlocal waiting
        async with wakeup.listen_async() as listener:
            ticking = asyncio.create_task(tick())
            await listener.wait(SHORT)
            waiting = True
            heard = await listener.wait(LONG)
            await ticking
            return heard

    assert asyncio.run(main())


def test_another_process_is_woken_by_a_commit_and_not_by_a_rollback(way, tmp_path):
    values = connection.settings_dict
    database = (
        f"sqlite:///{values['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}"
        f"/{values['NAME']}"
    )
    program = (
        "import django; django.setup()\n"
        "from directory import wakeup\n"
        "with wakeup.listen() as listener:\n"
        "    print('listening', flush=True)\n"
        "    while True:\n"
        f"        print('woken' if listener.wait({LONG}) else 'nothing', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "MARIGOT_DATA": str(tmp_path),
            "MARIGOT_DATABASE_URL": database,
            "MARIGOT_WAKEUP": live_settings.WAKEUP,
        },
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "listening\n"
        with pytest.raises(ZeroDivisionError), journal.transaction():
            journal.append(event("thing.done"), actor=None)
            raise ZeroDivisionError
        with journal.transaction():
            journal.append(event("thing.done"), actor=None)
        assert process.stdout.readline() == "woken\n"
    finally:
        process.kill()
        process.communicate()


def test_a_failure_to_notify_is_no_failure_to_write(settings, caplog):
    settings.WAKEUP = "redis://127.0.0.1:1/0"
    with journal.transaction():
        journal.append(event("thing.done"), actor=None)
    assert "could not be sent" in caplog.text


def test_a_listener_outlives_its_server(settings, caplog):
    server = Redis()
    for running in started(server):
        settings.WAKEUP = running.url
        with wakeup.listen() as listener:
            running.stop()
            heard, _seconds = elapsed(listener.wait, SHORT)
            assert heard is False
            assert listener.wait(SHORT) is False
            wakeup.notify()
            running.start()
            deadline = time.monotonic() + LONG
            while not listener.wait(SHORT):
                wakeup.notify()
                assert time.monotonic() < deadline, "the listener does not come back"


def test_a_listener_to_a_server_that_is_not_there_waits_by_the_clock(settings):
    settings.WAKEUP = "redis://127.0.0.1:1/0"
    with wakeup.listen() as listener:
        heard, seconds = elapsed(listener.wait, SHORT)
    assert heard is False
    assert seconds >= SHORT * 0.9


def test_local_sockets_of_dead_processes_are_swept(tmp_path):
    folder = tmp_path / "wakeup"
    listener = LocalListener(folder)
    (path,) = folder.iterdir()
    listener._socket.close()  # as when the process is killed: the file stays
    assert path.exists()
    LocalWakeUp(folder).notify()
    assert not path.exists()


def test_local_wake_ups_work_in_a_folder_with_a_long_name(tmp_path):
    folder = tmp_path / ("long" * 20) / ("name" * 20)
    way = LocalWakeUp(folder)
    way.notify()  # nobody listens, there is no folder yet
    listener = way.listen()
    try:
        way.notify()
        assert listener.wait(LONG)
    finally:
        listener.close()
    assert list(folder.iterdir()) == []


def test_a_way_that_there_is_not_is_refused(settings):
    settings.WAKEUP = "pigeons"
    with pytest.raises(ImproperlyConfigured):
        wakeup.backend()
