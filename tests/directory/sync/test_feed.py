"""What changes in the directory is followed at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import DataError, connection

from config.demo.organisation import load as load_organisation
from directory import health
from directory.ldap.errors import DirectoryError
from directory.models import SyncRun, User
from directory.outage import of_database
from directory.sqlite3.queue import Busy
from directory.sync import lock
from directory.sync.config import source
from directory.sync.feed import LOOK_SECONDS, Watcher, sync_if_due
from tests.directory.outages import missing_table, out_of_reach

from .test_engine import dn_of


@pytest.fixture
def watcher(organisation):
    watcher = Watcher()
    yield watcher
    watcher.close()


@pytest.mark.django_db
def test_nothing_written_nothing_read(watcher):
    assert watcher.step() is None
    assert watcher.step() is None
    assert SyncRun.objects.count() == 1


@pytest.mark.django_db
def test_looking_asks_the_database_nothing(watcher, django_assert_num_queries):
    watcher.step()
    with django_assert_num_queries(0):
        watcher.step()


@pytest.mark.django_db
def test_what_is_written_is_read_at_the_next_look(watcher, organisation):
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", "000001010000Z")
    run = watcher.step()
    assert (run.trigger, run.state) == (SyncRun.Trigger.CHANGE, SyncRun.State.APPLIED)
    assert not User.objects.get(username="alicia.baptiste").is_active
    assert watcher.step() is None


@pytest.mark.django_db
def test_what_another_process_has_read_is_not_read_again(watcher, organisation):
    organisation.modify(dn_of("alicia.baptiste"), "title", "Adjointe")
    assert Watcher().step() is not None
    assert watcher.step() is None


@pytest.mark.django_db
def test_while_another_process_reads_it_is_left_to_it(watcher, organisation):
    organisation.modify(dn_of("alicia.baptiste"), "title", "Adjointe")
    with lock.held(source()):
        assert watcher.step() is None
    assert watcher.step() is not None


@pytest.mark.django_db
def test_it_is_read_by_the_clock_too(watcher):
    assert sync_if_due() is None
    run = Watcher(every=timedelta(0)).step()
    assert (run.trigger, run.state) == (SyncRun.Trigger.SCHEDULE, SyncRun.State.UNCHANGED)


@pytest.mark.django_db
def test_a_directory_that_was_away_is_followed_again(watcher, organisation):
    watcher.step()
    organisation.stop()
    with pytest.raises(DirectoryError):
        watcher.step()
    organisation.start()
    organisation.modify(dn_of("alicia.baptiste"), "title", "Adjointe")
    assert watcher.step().state == SyncRun.State.APPLIED


@pytest.mark.django_db
def test_a_directory_that_refuses_to_be_looked_at_is_told_and_read_again_after_the_cure(
    watcher, settings
):
    """It takes connections, so that health would say ok for half an hour."""
    watcher.step()
    assert health.directory() == "ok"
    right = settings.LDAP
    settings.LDAP = right | {"bind_password": "changed"}
    watcher.close()
    for number in range(4):
        with pytest.raises(DirectoryError):
            watcher.step()
        assert health.directory() == ("failing" if number else "ok")
    failed = SyncRun.objects.get(state=SyncRun.State.FAILED)
    assert "refuses the reading account" in failed.error
    settings.LDAP = right
    run = watcher.step()
    assert (run.trigger, run.state) == (SyncRun.Trigger.SCHEDULE, SyncRun.State.UNCHANGED)
    assert health.directory() == "ok"
    assert watcher.step() is None


@pytest.mark.django_db
def test_a_reading_that_failed_is_made_again_once_it_can_be(watcher):
    """Health would tell of it for a quarter of an hour after the cure."""
    failed = SyncRun.objects.get()
    failed.pk, failed.state = None, SyncRun.State.FAILED
    failed.save()
    run = watcher.step()
    assert (run.trigger, run.state) == (SyncRun.Trigger.SCHEDULE, SyncRun.State.UNCHANGED)
    assert watcher.step() is None


@pytest.mark.django_db(transaction=True)
def test_the_worker_follows_the_directory(ldap_server):
    load_organisation()
    environment = os.environ | ldap_server.settings
    environment["MARIGOT_DATA"] = str(django_settings.DATA)
    if connection.vendor == "sqlite":
        environment["MARIGOT_DATABASE_URL"] = f"sqlite:///{connection.settings_dict['NAME']}"
    else:
        given = connection.settings_dict
        environment["MARIGOT_DATABASE_URL"] = (
            f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/"
            f"{given['NAME']}"
        )
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "work", "--only", "directory"], env=environment
    )
    try:
        ldap_server.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", "000001010000Z")
        deadline = time.monotonic() + 120
        while User.objects.get(username="alicia.baptiste").is_active:
            assert worker.poll() is None
            assert time.monotonic() < deadline, "the worker did not follow the directory"
            time.sleep(0.1)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(120) == 0
    assert SyncRun.objects.first().trigger == SyncRun.Trigger.CHANGE


class Stop(threading.Event):
    """Notes how long is waited for between steps, and waits for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0.0)
        return self.is_set()


def followed(*outcomes: Exception | None) -> list[float]:
    """Run a watcher that meets `outcomes` one after the other; return its pauses."""
    stop, left = Stop(), list(outcomes)

    class Meeting(Watcher):
        def step(self) -> None:
            outcome = left.pop(0)
            if not left:
                stop.set()
            if outcome is not None:
                raise outcome

    Meeting().run(stop)
    return stop.pauses


def said(caplog) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "directory.sync.feed"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down_takes_one_line_until_it_is_another_fault_or_over(caplog):
    down, again = out_of_reach(), [None, None, out_of_reach(), None]
    pauses = followed(*[down] * 6, *[missing_table()] * 2, *again)
    assert pauses[:8] == [5, 10, 20, 40, 40, 40, 40, 40]
    assert pauses[8:] == [LOOK_SECONDS, LOOK_SECONDS, 5, LOOK_SECONDS], "then it begins anew"
    lines = said(caplog)
    assert [line.partition(":")[0] for line in lines] == [
        "the directory cannot be followed",
        "the directory cannot be followed",
        "the directory is followed again",
        "the directory cannot be followed",
        "the directory is followed again",
    ]
    traced = [bool(record.exc_info) for record in caplog.records]
    assert traced == [False, True, False, False, False]
    assert not any("\n" in line for line, shown in zip(lines, traced, strict=True) if not shown)


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_shows_where_it_is(caplog):
    followed(DataError("too long"), ZeroDivisionError(), missing_table(), Busy("locked"))
    told = [r for r in caplog.records if r.name == "directory.sync.feed"]
    assert [bool(record.exc_info) for record in told] == [True] * 4


@pytest.mark.django_db
def test_a_database_on_the_network_is_told_with_setting_and_cure():
    error = out_of_reach()
    told = of_database(error)
    if connection.vendor == "sqlite":
        assert str(connection.settings_dict["NAME"]) in told
    else:
        assert told.startswith("MARIGOT_DATABASE_URL: ")
        assert "Start its server" in told
    assert " ".join(str(error).split()) in told
