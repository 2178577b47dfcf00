"""What is done by the clock: when, by one alone, and told how it ended."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from directory import periodic
from directory.consumers.runner import TryLater
from directory.lease import LASTS, is_dead, this_machine, this_process
from directory.models import PeriodicJob
from directory.periodic import base, running
from tests.faults.test_consumer_kill import database_url

from .access_world import admin, client, world
from .test_sqlite_line import until

__all__ = ["admin", "client", "world"]  # fixtures

HOUR = timedelta(hours=1)


class Work:
    """What a job does: counts, fails as it is told, waits where it is told."""

    def __init__(self) -> None:
        self.done = 0
        self.error: Exception | None = None
        self.more: bool | None = None
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self) -> bool | None:
        assert self.go_on.wait(120)
        self.done += 1
        if self.error is not None:
            raise self.error
        return self.more


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """The work of the one job there is."""
    monkeypatch.setattr(base, "_registered", {})
    made = Work()
    periodic.register("test.work", HOUR, made, words="Work")
    return made


def row() -> PeriodicJob:
    return PeriodicJob.objects.get(name="test.work")


def job() -> periodic.Job:
    return periodic.get("test.work")


def make_due(**changes: object) -> None:
    PeriodicJob.objects.update(due_at=timezone.now() - timedelta(seconds=1), **changes)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("periodic", *arguments, stdout=out)
    return out.getvalue()


def test_a_job_is_registered_once_and_for_a_time(work):
    with pytest.raises(ValueError, match="Two jobs"):
        periodic.register("test.work", HOUR, work)
    with pytest.raises(ValueError, match="every"):
        periodic.register("test.never", timedelta(0), work)
    with pytest.raises(ValueError, match="60"):
        periodic.register("x" * 61, HOUR, work)


def test_what_is_done_by_the_clock_is_registered_with_words_in_both_languages():
    every = {job.name: job for job in periodic.registered()}
    assert set(every) >= {
        "directory.statistics",
        "documents.reread",
        "documents.sweep",
        "intranet.pictures",
        "intranet.schedule",
        "search.forget",
        "search.restore",
    }
    for one in every.values():
        with translation.override("fr"):
            french = str(one.words)
        with translation.override("en"):
            assert str(one.words) not in (french, one.name)


@pytest.mark.django_db
def test_a_run_is_kept_with_its_duration_and_comes_again_in_its_time(work):
    before = timezone.now()
    done = periodic.attempt(job())
    assert work.done == 1
    assert before <= done.started_at <= done.finished_at
    assert done.milliseconds is not None
    assert (done.failures, done.lease_owner) == (0, "")
    assert done.due_at == done.finished_at + HOUR
    work.more = True
    assert periodic.attempt(job()).due_at <= timezone.now(), "there is more: at once"


@pytest.mark.django_db
def test_a_failure_is_kept_counted_and_told_once_with_where_it_was_raised(work, caplog):
    work.error = OSError("the folder is gone")
    outage = running.Outage(running.log, "goes on")
    for number in (1, 2):
        failed = periodic.attempt(job(), outage)
        assert (failed.failures, failed.failure) == (number, "OSError: the folder is gone")
        assert failed.due_at == failed.finished_at + HOUR
    told = [record for record in caplog.records if record.name == running.log.name]
    assert len(told) == 1
    assert told[0].exc_info
    work.error = None
    mended = periodic.attempt(job(), outage)
    assert mended.failures == 0
    assert mended.failed_at, "when it last failed stays"
    assert caplog.messages[-1] == "goes on"


@pytest.mark.django_db
def test_a_failure_is_kept_without_what_no_database_keeps(work):
    work.error = OSError("no file\x00 of \ud800half a pair")
    assert periodic.attempt(job()).failure == "OSError: no file of half a pair"
    assert periodic.attempt(job()).failures == 2


@pytest.mark.django_db
def test_a_server_that_is_down_takes_one_line(work, caplog):
    work.error = TryLater("nobody\nanswers")
    assert periodic.attempt(job()).failures == 1
    assert "test.work waits: nobody answers" in caplog.messages
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.django_db
def test_one_alone_is_at_work_on_it(work):
    now = timezone.now()
    PeriodicJob.objects.create(
        name="test.work",
        due_at=now,
        started_at=now,
        lease_owner="another-host:1:x",
        lease_until=now + timedelta(seconds=30),
    )
    with pytest.raises(periodic.Busy):
        periodic.attempt(job())
    with pytest.raises(CommandError, match="Another process"):
        run("--run", "test.work")
    assert periodic.Clock().begin() == []
    assert work.done == 0
    assert "at work since" in run()


@pytest.mark.django_db
def test_what_another_worker_has_just_run_is_not_run_again(work):
    periodic.attempt(job())
    with pytest.raises(running._NotDue):
        periodic.attempt(job(), only_if_due=True)
    assert work.done == 1


@pytest.mark.django_db
@pytest.mark.parametrize("owner", ["another-host:1:x", f"{this_machine()}:{2**22 + 1}:y"])
def test_a_run_that_was_left_in_the_middle_is_told_and_begun_again(work, caplog, owner):
    ago = timezone.now() - timedelta(minutes=1)
    PeriodicJob.objects.create(
        name="test.work", due_at=ago, started_at=ago, lease_owner=owner, lease_until=ago
    )
    (left,) = periodic.standing()
    assert left.state == "interrupted"
    assert "left in the middle" in run()
    assert [concern.kind for concern in periodic.troubled()] == ["warn"]
    with translation.override("fr"):
        assert "en plein milieu" in periodic.troubled()[0].lines[0]
    done = periodic.attempt(job(), only_if_due=True)
    assert any("left in the middle" in message for message in caplog.messages)
    assert (work.done, done.failures) == (1, 0)
    assert done.failed_at, "it stays known"
    assert periodic.troubled() == []


@pytest.mark.django_db
def test_what_was_left_once_is_begun_at_once_and_then_in_its_time(work):
    now = timezone.now()
    left = PeriodicJob.objects.create(
        name="test.work",
        due_at=now + running.AGAIN,
        started_at=now,
        lease_owner=f"{this_machine()}:{2**22 + 1}:y",
        lease_until=now + LASTS,
    )
    assert running.is_due(job(), left, now), "health says failing until then"
    left.failures = 1
    assert not running.is_due(job(), left, now), "it may be what ends the process"


@pytest.mark.parametrize("machine", ["another-host/1-2", os.uname().nodename, "", "\x00"])
def test_a_process_of_another_machine_or_container_is_not_taken_for_one_of_ours(machine):
    assert not is_dead(f"{machine}:{2**22 + 1}:y")
    assert is_dead(f"{this_machine()}:{2**22 + 1}:y")
    assert not is_dead(this_process())


KILLED = """
import django, sys, time
from datetime import timedelta
django.setup()
from directory import periodic
def work():
    print("at work", flush=True)
    sys.stdin.read()
periodic.register("test.work", timedelta(hours=1), work)
periodic.attempt(periodic.get("test.work"))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_in_the_middle_is_noticed(work, monkeypatch):
    monkeypatch.setenv("MARIGOT_DATABASE_URL", database_url())
    monkeypatch.setenv("MARIGOT_DATA", str(settings.DATA))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.test")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", KILLED], stdin=pipe, stdout=pipe) as worker:
        try:
            assert worker.stdout.readline() == b"at work\n"
            with pytest.raises(periodic.Busy):
                periodic.attempt(job())
            assert periodic.standing()[0].state == "at work"
        finally:
            worker.kill()
    assert periodic.standing()[0].state == "interrupted", "though its lease has not run out"
    assert periodic.health() == "failing"
    assert periodic.attempt(job()).failures == 0
    assert work.done == 1


@pytest.mark.django_db
def test_a_clock_that_was_set_back_stops_no_job(work):
    PeriodicJob.objects.create(name="test.work", due_at=timezone.now() + 3 * HOUR)
    assert running.is_due(job(), row(), timezone.now())


@pytest.mark.django_db
def test_a_run_that_ended_since_the_clock_was_read_is_not_due_again(work):
    before = timezone.now()
    periodic.attempt(job())
    assert row().due_at > before + HOUR
    assert not running.is_due(job(), row(), before)


@pytest.mark.django_db
def test_the_command_shows_runs_and_refuses(work):
    assert "no worker has seen it yet" in run()
    assert "test.work: done in" in run("--run", "test.work")
    assert "test.work, every hour: last run" in run()
    work.more = True
    assert "there is more" in run("--run", "test.work")
    work.error = ValueError("bad")
    with pytest.raises(CommandError, match="ValueError: bad"):
        run("--run", "test.work")
    assert "failures in a row: 1" in run()
    PeriodicJob.objects.update(due_at=timezone.now() - HOUR)
    assert "late" in run()
    with pytest.raises(CommandError, match=r"there are: test\.work"):
        run("--run", "nothing")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("every", "english", "french"),
    [
        ({"days": 1}, "every day", "chaque jour"),
        ({"days": 2}, "every 2 days", "tous les 2 jours"),
        ({"hours": 24}, "every day", "chaque jour"),
        ({"hours": 36}, "every 36 hours", "toutes les 36\u00a0heures"),
        ({"minutes": 15}, "every 15 minutes", "toutes les 15 minutes"),
        ({"minutes": 1}, "every minute", "chaque minute"),
        ({"seconds": 90}, "every 90 seconds", "toutes les 90 secondes"),
        ({"milliseconds": 10}, "every second", "chaque seconde"),
    ],
)
def test_how_often_is_said_as_people_say_it(client, monkeypatch, every, english, french):
    monkeypatch.setattr(base, "_registered", {})
    periodic.register("test.work", timedelta(**every), lambda: None)
    with translation.override("fr"):
        assert f"test.work, {english}: " in run()
    client.cookies["marigot_language"] = "fr"
    page = client.get(reverse("directory:access_jobs")).content.decode()
    assert f"test.work, {french}<" in page


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "said"), [("fr", "2 échecs de suite"), ("en", "failed 2")])
def test_those_who_run_the_site_are_told_in_their_language_and_no_reason(
    client, work, language, said, django_assert_num_queries
):
    work.error = OSError("/srv/secret/name.pdf")
    for _ in range(2):
        periodic.attempt(job())
    client.cookies["marigot_language"] = language
    overview = client.get(reverse("directory:access")).content.decode()
    page = client.get(reverse("directory:access_jobs")).content.decode()
    assert said in overview
    assert "OSError" in page
    assert "secret" not in overview + page
    with django_assert_num_queries(1):
        periodic.standing()


@pytest.mark.django_db(transaction=True)
def test_the_clock_begins_what_is_due_and_none_waits_for_another(work):
    other = Work()
    periodic.register("test.other", HOUR, other)
    clock, stop = periodic.Clock(), threading.Event()
    assert clock.begin() == [], "soon, not at once"
    assert row().due_at <= timezone.now() + running.SOON
    make_due()
    work.go_on.clear()
    other.error = ValueError("bad")
    thread = threading.Thread(target=clock.run, args=(stop,))
    thread.start()
    try:
        until(lambda: PeriodicJob.objects.get(name="test.other").failures == 1)
        until(lambda: row().is_at_work())
        assert work.done == 0
        PeriodicJob.objects.filter(name="test.other").update(due_at=timezone.now())
        until(lambda: PeriodicJob.objects.get(name="test.other").failures == 2)
        stop.set()
        work.go_on.set()
    finally:
        stop.set()
        work.go_on.set()
        thread.join(120)
    assert not thread.is_alive()
    assert (work.done, row().failures, row().lease_owner) == (1, 0, "")


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_runs_it(work):
    for _round in range(5):
        PeriodicJob.objects.all().delete()
        clocks = [periodic.Clock() for _ in range(4)]
        clocks[0].begin()
        make_due()
        work.done = 0
        for clock in clocks:
            clock.begin()
        for clock in clocks:
            clock.wait()
        assert work.done == 1
        assert row().failures == 0


@pytest.mark.django_db(transaction=True)
def test_the_clock_goes_on_after_an_outage_of_the_database(work, caplog, monkeypatch):
    clock, stop, left = periodic.Clock(), threading.Event(), 2
    begin = clock.begin

    def met() -> list[str]:
        nonlocal left
        left -= 1
        if left >= 0:
            raise LookupError("met")
        stop.set()
        return begin()

    monkeypatch.setattr(clock, "begin", met)
    monkeypatch.setattr(running, "LOOK_SECONDS", 0.01)
    with caplog.at_level(logging.WARNING):
        clock.run(stop)
    told = [r.getMessage() for r in caplog.records if r.name == running.log.name]
    assert told == ["periodic jobs wait: met", "periodic jobs go on"]
    assert connection.connection is None
