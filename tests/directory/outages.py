"""Databases that do not answer, and errors of one that does: as they are raised, not made up."""

from __future__ import annotations

from django.db import Error, connection, transaction


def out_of_reach() -> Error:
    """The error of a database that is not there."""
    there_is_none = connection.copy()
    if connection.vendor == "sqlite":
        there_is_none.settings_dict["NAME"] = "/nowhere/marigot.sqlite3"
    else:
        there_is_none.settings_dict |= {"HOST": "127.0.0.1", "PORT": 9}
    return _raised_by(there_is_none.ensure_connection)


def missing_table() -> Error:
    """The error of a table that is missing, of the database of the test."""

    def ask() -> None:
        # Within a savepoint: PostgreSQL would answer nothing more in the transaction of a test.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM there_is_none")

    return _raised_by(ask)


def row_that_is_no_text() -> Error:
    """The error of a text that SQLite gives and Python cannot read."""

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(x'ff' AS TEXT)")
            cursor.fetchall()

    return _raised_by(ask)


def closed_under_a_question() -> Error:
    """The error of a cursor that PostgreSQL's library has closed."""

    def ask() -> None:
        mine = connection.copy()
        try:
            with mine.cursor() as cursor:
                cursor.cursor.close()
                cursor.execute("SELECT 1")
        finally:
            mine.close()

    return _raised_by(ask)


def _raised_by(function) -> Error:
    try:
        function()
    except Error as error:
        return error
    raise AssertionError("nothing went wrong")
