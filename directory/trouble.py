"""What kind of trouble an error is, whichever library it came through.

Three kinds are nobody's fault at the keyboard and pass: the disk is full, too many write at once,
or the database does not answer.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, OperationalError

from directory.sqlite3.queue import Busy

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_OF_TANTIVY = f"(os error {errno.ENOSPC})"  # which has no class of its own for it
_DISK_FULL = "53100"  # PostgreSQL's disk_full
_BUSY_STATES = {"53300", "55P03"}  # too_many_connections, lock_not_available
# Connection exceptions; shut down, starting up, dropped; no connection left.
_DOWN_STATES = ("08", "57P0", "53300")
_FILE_GONE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}


class NoRoom(Exception):
    """There is no room for what was to be written; nothing of it was. For the reader."""


def is_full(error: BaseException) -> bool:
    """Tell whether the disk, or the room that a database was given, is used up."""
    return any(_tells_full(one) for one in _with_causes(error))


def is_busy(error: BaseException) -> bool:
    """Tell whether the database had no turn for this one, who may ask again in a moment."""
    return any(_tells_busy(one) for one in _with_causes(error))


def is_of_the_moment(error: BaseException) -> bool:
    """Tell whether it was raised for how the database fares, not for what it was asked.

    It is down, too many write, two wait for one another: nothing is wrong with any item of a
    group then. `is_down` tells which.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    cause = error.__cause__
    # What Python could not read of a row that SQLite gave has the same class, without a code.
    return not isinstance(cause, sqlite3.Error) or _code_of(cause) is not None


def is_down(error: BaseException) -> bool:
    """Tell whether the database does not answer, whatever was asked of it.

    A deadlock, a turn that never came, a missing table or a row that cannot be read are no
    outage: where those were raised is worth knowing. Never raises.
    """
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = _code_of(cause)
        return isinstance(error, OperationalError) and code is not None and code in _FILE_GONE
    if isinstance(error, InterfaceError):
        return True  # the connection was closed under the question
    if not isinstance(error, OperationalError) or cause is None:
        return False
    # psycopg's class for what came from the server has its state; for a lost connection, none.
    state = getattr(cause, "sqlstate", "")
    return state is None or state.startswith(_DOWN_STATES)


def _code_of(error: sqlite3.Error) -> int | None:
    """Return SQLite's own code, None where the error is Python's and not SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _tells_full(error: BaseException) -> bool:
    if isinstance(error, NoRoom):
        return True
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    if isinstance(error, DatabaseError):
        return "database or disk is full" in str(error)
    if isinstance(error, ValueError):
        return _OF_TANTIVY in str(error)
    return getattr(error, "sqlstate", None) == _DISK_FULL


def _tells_busy(error: BaseException) -> bool:
    if isinstance(error, Busy):
        return True
    if isinstance(error, DatabaseError):
        return "database is locked" in str(error)
    return getattr(error, "sqlstate", None) in _BUSY_STATES


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
