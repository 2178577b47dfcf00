"""What is taken for an outage of the database, and what is not."""

from __future__ import annotations

import pytest
from django.db import Error, InterfaceError, OperationalError, connection

from directory import trouble
from directory.sqlite3.queue import Busy

from .outages import closed_under_a_question, missing_table, out_of_reach, row_that_is_no_text

needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no such states"
)


@pytest.mark.django_db
def test_a_database_out_of_reach_is_down_and_one_that_answers_is_not():
    assert trouble.is_down(out_of_reach())
    assert not trouble.is_down(missing_table())
    assert not trouble.is_down(Busy("database is locked: too many are writing"))
    assert not trouble.is_down(OperationalError("of nowhere"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps nothing but text")
@pytest.mark.django_db
def test_a_row_that_cannot_be_read_is_the_fault_of_that_row():
    """SQLite's library raises it as what it raises for a file that is gone, without a code."""
    error = row_that_is_no_text()
    assert isinstance(error, OperationalError)
    assert not trouble.is_down(error)
    assert not trouble.is_of_the_moment(error)


@pytest.mark.django_db
def test_how_the_database_fares_is_of_the_moment():
    for passing in (out_of_reach(), Busy("database is locked"), InterfaceError("closed")):
        assert trouble.is_of_the_moment(passing)
    assert not trouble.is_of_the_moment(ValueError("of a row"))


@needs_postgresql
@pytest.mark.django_db
def test_a_connection_that_is_closed_under_a_question_is_an_outage():
    error = closed_under_a_question()
    assert isinstance(error, InterfaceError)
    assert trouble.is_down(error)
    assert trouble.is_of_the_moment(error)


@needs_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "down"),
    [
        *(("08006", True), ("53300", True), ("57P01", True), ("57P03", True)),
        *(("40P01", False), ("40001", False), ("57014", False), ("55P03", False)),
        ("53100", False),
    ],
)
def test_a_state_of_postgresql_tells(state, down):
    """Deadlocks, serialization, time-outs and a full disk are no outage."""
    with pytest.raises(Error) as told, connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")
    assert isinstance(told.value, OperationalError)
    assert trouble.is_down(told.value) == down


@needs_postgresql
@pytest.mark.django_db
def test_a_connection_that_the_server_ends_is_an_outage_also_for_what_comes_after():
    mine = connection.copy()
    with mine.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [number])
    for _ in range(2):
        with pytest.raises(Error) as told, mine.cursor() as cursor:
            cursor.execute("SELECT 1")
        assert trouble.is_down(told.value)
    mine.close()
