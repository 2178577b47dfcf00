"""A row says who is at work: one process at a time, and another once that one is gone."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from directory.outside import number_from_outside

log = logging.getLogger(__name__)

LASTS = timedelta(seconds=15)
HEARTBEAT_SECONDS = 4.0


@cache
def this_machine() -> str:
    """Return a name for where the numbers of processes are ours: this start, and this container.

    Host names alone are not: two containers may share one, and number 7 of one is not the other's.
    """
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        where = f"{start[:8]}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        where = uuid.uuid4().hex  # nobody is taken for one of ours: leases run out by themselves
    return f"{socket.gethostname()[:40]}/{where}"


def this_process() -> str:
    """Return a name for one who works in this process, unlike that of any other."""
    return f"{this_machine()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def is_dead(owner: str) -> bool:
    """Tell whether `owner` was a process of this machine that is no more."""
    machine, _, rest = owner.partition(":")
    pid = number_from_outside(rest.partition(":")[0], most=2**31 - 1)
    if machine != this_machine() or pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


_Row = TypeVar("_Row", bound=Model)


class Lease(Generic[_Row]):
    """The lease of one row with `lease_owner` and `lease_until`, which `rows` returns.

    It is taken by a conditional update, runs out by itself, and falls at once where its owner
    was a process of this machine that is no more. `name` is what the log calls it.
    """

    def __init__(self, name: str, rows: Callable[[], QuerySet[_Row]]) -> None:
        self.owner = this_process()
        self._name = name
        self._rows = rows
        self._lost = threading.Event()

    def take(self, *only: Q, **changes: object) -> bool:
        """Take it, or renew what is ours, and write `changes` with it; tell whether it is ours.

        Not where the row is none of `only` any more.
        """
        now = timezone.now()
        free = Q(lease_owner__in=["", self.owner]) | Q(lease_until__lt=now)
        owner = self._rows().values_list("lease_owner", flat=True).first()
        if owner and is_dead(owner):
            free |= Q(lease_owner=owner)
        taken = self._rows().filter(free, *only)
        return bool(taken.update(lease_owner=self.owner, lease_until=now + LASTS, **changes))

    def release(self, **changes: object) -> bool:
        """Give it back and write `changes` with it; False where it was not ours any more."""
        return bool(self.held().update(lease_owner="", lease_until=None, **changes))

    def held(self) -> QuerySet[_Row]:
        """Return the row as long as it is ours."""
        return self._rows().filter(lease_owner=self.owner)

    def is_lost(self) -> bool:
        """Tell whether another has taken it since it was last kept."""
        return self._lost.is_set()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew it from a thread of its own meanwhile."""
        over = threading.Event()
        self._lost.clear()

        def beat() -> None:
            try:
                while not over.wait(HEARTBEAT_SECONDS):
                    try:
                        kept = self.held().update(lease_until=timezone.now() + LASTS)
                    except DatabaseError:
                        log.warning("%s: its lease could not be renewed", self._name)
                        connection.close()
                        continue
                    if not kept:
                        self._lost.set()
                        return
            finally:
                connection.close()

        thread = threading.Thread(target=beat, name=f"lease-{self._name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
