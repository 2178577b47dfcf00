"""What is written to a directory, as it is written: asked for from one position to the next."""

from __future__ import annotations

import time
import uuid
from datetime import datetime
from typing import Final

from directory.ldap import changes as written
from directory.ldap.connection import Connection
from directory.ldap.errors import UnusableEntry
from directory.models import GroupMember, Person, SyncRun

from . import config, increment
from .increment import Whole

_QUIET_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 5.0
_AT_ONCE_SECONDS: Final = 0.1
_REST: Final = 4
"""Times as long as a comparison of who is there has taken, none is begun."""

Ids = set[uuid.UUID]


class LiveFeed:
    """Follows a directory over one connection, from a position of which everything was read.

    What was written since is asked for at every step that finds it moved. An entry that was
    deleted, moved away or made to match no filter is written nowhere: once it is quiet, or
    after five seconds, all who are there are compared, a part at each step, on a connection of
    its own; and what was written is asked for once more, for a server may count what it does not
    show yet.
    """

    def __init__(self, connection: Connection, position: str) -> None:
        self._connection = connection
        self._settled = self._seen = position
        self._first_moved = self._last_moved = 0.0  # since it settled; 0 for not at all
        self._rests_until = 0.0
        self._comparison: _Comparison | None = None
        self._doubted: Ids = set()  # who differs, and was left to a reading of everything
        self._left_alone: Ids = set()

    @property
    def is_unsettled(self) -> bool:
        """Whether there is something to be done although nothing is written."""
        return bool(self._last_moved)

    @property
    def is_comparing(self) -> bool:
        """Whether the next step should come soon."""
        return self._comparison is not None

    def close(self) -> None:
        """Leave the server, but for the connection that was given."""
        if self._comparison is not None:
            self._comparison.close()
            self._comparison = None

    def restart(self, position: str) -> None:
        """Go on from `position`, of which everything was read.

        What differs all the same that reading has left as it is.
        """
        self.close()
        self._left_alone |= self._doubted
        self._doubted = set()
        self._settled = self._seen = position
        self._first_moved = self._last_moved = 0.0

    def step(self, position: str) -> SyncRun | None:
        """Follow what is written up to `position`, where the directory is now.

        Raises Whole where everything has to be read, DirectoryError, `lock.Busy`.
        """
        now, run = time.monotonic(), None
        if position != self._seen:
            run = self._follow(position)
            self._seen = position
            self._first_moved, self._last_moved = self._first_moved or now, now
        # Where something is written between any two steps, too.
        if self._comparison is None and self._is_time_to_compare(now):
            self._comparison = _Comparison(self._connection, position)
        if self._comparison is None or not self._comparison.goes_on():
            return run
        return self._settle(self._comparison, position) or run

    def _is_time_to_compare(self, now: float) -> bool:
        if not self._last_moved or now < self._rests_until:
            return False
        is_quiet = now > self._last_moved + _QUIET_SECONDS
        return is_quiet or now - self._first_moved >= _LONGEST_SECONDS

    def _settle(self, comparison: _Comparison, position: str) -> SyncRun | None:
        new, gone = comparison.differs()
        self._left_alone &= new | gone
        new, gone = new - self._left_alone, gone - self._left_alone
        self._doubted = new | gone
        if gone and comparison.is_vague:
            raise Whole("one of those who are missing may be shown without an identifier")
        run = self._follow(position, new=new, gone=gone)
        self._doubted = set()
        self._settled = comparison.position
        if comparison.position == position:
            self._first_moved = self._last_moved = 0.0
        else:
            self._first_moved = time.monotonic()
        self._rests_until = time.monotonic() + _REST * comparison.seconds
        self.close()
        return run

    def _follow(
        self, position: str, *, new: Ids | None = None, gone: Ids | None = None
    ) -> SyncRun | None:
        condition = self._connection.config.schema.position.since(self._settled, position)
        if condition is None:
            raise Whole(f"what was written from {self._settled} to {position} cannot be told")
        return self._compare(condition, position, new=new, gone=gone)

    def close_expired(self, since: datetime, until: datetime) -> SyncRun | None:
        """Close the accounts whose last day ended between two moments: nothing is written then.

        Raises as `step`.
        """
        expiring = self._connection.config.schema.expiring
        return self._compare(expiring(since, until), self._seen) if expiring else None

    def _compare(
        self, condition: str, position: str, *, new: Ids | None = None, gone: Ids | None = None
    ) -> SyncRun | None:
        try:
            changes = written.written_since(self._connection, condition)
            written.look_at(self._connection, changes, new or set())
            return increment.follow(
                self._connection,
                changes,
                gone=gone or set(),
                position=position,
                at_rest=gone is not None,
            )
        except increment.Later:
            return None
        except (written.TooMany, UnusableEntry) as error:
            raise Whole(str(error)) from error


class _Comparison:
    """Who is shown against who is known, begun where the directory was at `position`.

    `seconds`: how long it has taken so far.
    """

    def __init__(self, connection: Connection, position: str) -> None:
        self.position, self.seconds = position, 0.0
        # Several readings by pages disturb one another on one connection.
        self._connection = Connection(connection.config)
        self._shown = written.all_identifiers(self._connection)
        self._found: Ids = set()
        self.is_vague = False  # whether somebody is shown of whom it cannot be told who that is

    def goes_on(self) -> bool:
        """Look at more entries, for a moment; tell whether that was all."""
        began = time.monotonic()
        try:
            for identifier in self._shown:
                if identifier is None:
                    self.is_vague = True
                else:
                    self._found.add(identifier)
                if time.monotonic() >= began + _AT_ONCE_SECONDS:
                    return False
            return True
        finally:
            self.seconds += time.monotonic() - began

    def differs(self) -> tuple[Ids, Ids]:
        """Return who is shown and not known, and who is known and not shown.

        Nobody misses groups that are gone, and people whose account the directory has closed,
        unless a group lists them.
        """
        source = config.source()
        known, missed = set(), set()
        for identifier, closed in Person.objects.filter(source=source).values_list(
            "external_id", "disabled_at"
        ):
            known.add(identifier)
            if closed is None:
                missed.add(identifier)
        listed = GroupMember.objects.filter(
            person__source=source, person__disabled_at__isnull=False
        )
        missed |= set(listed.values_list("person__external_id", flat=True))
        groups = set(source.groups.filter(gone_at=None).values_list("external_id", flat=True))
        return self._found - known - groups, (missed | groups) - self._found

    def close(self) -> None:
        self._connection.unbind()
