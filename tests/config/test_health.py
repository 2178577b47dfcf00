"""What the two addresses of health tell, and that they tell anybody no more than that."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import room
from directory import consumers, health, journal, periodic
from directory.models import ConsumerCursor, JournalEntry, PeriodicJob, SyncRun
from directory.outage import of_database
from directory.sync import engine
from tests.directory.factories import event
from tests.directory.outages import out_of_reach

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_known():
    """An answer of the directory is kept for seconds: each test begins without one."""
    health.door.forget()
    room.writes.forget()


def ready(status: int = 200) -> dict:
    answer = Client().get("/health/ready")
    assert answer.status_code == status, answer.content
    return answer.json()


def all_at_work(**changes: object) -> None:
    """Have every consumer run by somebody, who has done all there is."""
    ConsumerCursor.objects.all().delete()
    fields = {"lease_owner": "here:1:a", "lease_until": timezone.now() + timedelta(seconds=15)}
    fields |= {"sequence": journal.last_sequence()} | changes
    for consumer in consumers.registered():
        ConsumerCursor.objects.create(name=consumer.name, **fields)
    PeriodicJob.objects.all().delete()
    for job in periodic.registered():
        due, ran = timezone.now() + job.every, {"started_at": timezone.now(), "milliseconds": 1}
        PeriodicJob.objects.create(name=job.name, due_at=due, finished_at=timezone.now(), **ran)


def test_it_lives_without_asking_anything(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().get("/health/live").json() == {"status": "ok"}


def test_workers_that_are_not_there_are_told_and_pages_are_served():
    answer = ready()
    assert answer["status"] == "degraded"
    assert answer["parts"]["workers"] == "stopped"
    assert answer["parts"]["directory"] == "none"
    all_at_work()
    assert ready()["parts"]["workers"] == "ok"
    all_at_work(lease_until=timezone.now() - timedelta(seconds=1))
    assert ready()["parts"]["workers"] == "stopped"


def test_one_consumer_that_nobody_runs_is_enough():
    all_at_work()
    ConsumerCursor.objects.filter(name=consumers.registered()[0].name).delete()
    assert ready()["parts"]["workers"] == "stopped"


def test_workers_are_behind_when_an_entry_has_waited_too_long():
    with journal.transaction():
        journal.append(event("thing.done"), actor=None)
    all_at_work(sequence=journal.last_sequence() - 1)
    assert ready()["parts"]["workers"] == "ok", "it was written a moment ago"
    JournalEntry.objects.update(at=timezone.now() - health.LATE - timedelta(seconds=5))
    assert ready()["parts"]["workers"] == "behind"


def test_a_job_that_waits_or_fails_is_told_without_its_reason():
    assert ready()["parts"]["periodic"] == "late", "no worker has seen them"
    all_at_work()
    assert ready()["parts"]["periodic"] == "ok"
    one = PeriodicJob.objects.filter(name=periodic.registered()[0].name)
    one.update(failures=1, failed_at=timezone.now(), failure="OSError: /srv/secret")
    answer = Client().get("/health/ready")
    assert (answer.json()["status"], answer.json()["parts"]["periodic"]) == ("degraded", "failing")
    assert "secret" not in answer.content.decode()
    one.update(due_at=timezone.now() - periodic.LATE - timedelta(seconds=5))
    assert ready()["parts"]["periodic"] == "late"
    until = timezone.now() + timedelta(seconds=9)
    one.update(lease_owner="another-host:1:x", lease_until=until, failures=0)
    assert ready()["parts"]["periodic"] == "ok", "somebody is at work on it"


def test_a_data_folder_that_is_gone_makes_it_unready(settings, tmp_path):
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    assert ready()["parts"]["data"] == "ok"
    shutil.rmtree(settings.DATA)
    answer = ready(503)
    assert (answer["status"], answer["parts"]["data"]) == ("unavailable", "not writable")


def test_the_directory_is_told_by_what_the_last_reading_was(ldap_server):
    assert ready()["parts"]["directory"] == "not followed"
    engine.synchronise(trigger=SyncRun.Trigger.COMMAND)
    assert ready()["parts"]["directory"] == "ok"
    SyncRun.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    assert ready()["parts"]["directory"] == "not followed"
    SyncRun.objects.update(state=SyncRun.State.FAILED)
    assert ready()["parts"]["directory"] == "failing"


def test_a_directory_that_is_down_is_told_without_its_address(ldap_server):
    address = ldap_server.django["url"]
    ldap_server.stop()
    answer = Client().get("/health/ready")
    assert answer.json()["parts"]["directory"] == "unavailable"
    assert answer.json()["status"] == "degraded"
    body = answer.content.decode()
    assert address not in body
    assert str(ldap_server.port) not in body


def test_the_server_is_knocked_at_once_for_many_questions(caplog):
    door = health.Door(kept_for=60.0)
    url = "ldap://127.0.0.1:9"
    assert [door.answers(url) for _ in range(5)] == [False] * 5
    assert len([r for r in caplog.records if "does not answer" in r.message]) == 1


def test_every_word_is_one_of_those_documented():
    all_at_work()
    answer = ready()
    words = {"ok", "none", "no index", "unavailable", "failing", "not followed", "behind"}
    assert set(answer) == {"status", "parts"}
    assert set(answer["parts"]) == {
        "database",
        "data",
        "store",
        "search",
        "directory",
        "workers",
        "periodic",
    }
    assert set(answer["parts"].values()) <= words


def test_an_outage_of_the_database_is_said_once_and_so_is_its_end(caplog):
    error = out_of_reach()

    def down(*_asked: object) -> None:
        raise error

    for _ in range(2):
        with connection.execute_wrapper(down):
            for _ in range(3):
                assert ready(503)["parts"]["database"] == "unavailable"
        ready()
    said = [record for record in caplog.records if record.name == "config.health"]
    assert [of_database(error) in record.message for record in said] == [True, False] * 2
    assert not any(record.exc_info for record in said)


def test_free_space_is_told_before_there_is_none(settings):
    all_at_work()
    settings.DISK_WARNING_BYTES = 1 << 60
    answer = ready()
    assert (answer["status"], answer["parts"]["data"]) == ("degraded", "nearly full")
    settings.DISK_RESERVE_BYTES = 1 << 60
    answer = ready(503)
    assert (answer["status"], answer["parts"]["data"]) == ("unavailable", "full")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_answers_and_takes_nothing_makes_it_unready():
    if connection.vendor != "sqlite":
        pytest.skip("has its own way to read only")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only=ON")
        try:
            assert ready(503)["parts"]["database"] == "unavailable"
        finally:
            cursor.execute("PRAGMA query_only=OFF")
    assert ready()["parts"]["database"] == "ok"
