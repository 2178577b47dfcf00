"""How many searches of one person are at work at once, in this process.

A search takes processor time that others wait for. Whoever asks for many at once is told to ask
again, rather than served while everybody else's pages stand still. Most never are: once they are
known, what they ask for waits in a queue of their own (`config.serving.lanes`).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings

from directory.models import User

from .engines.base import SearchError

RETRY_SECONDS: Final = 2


class SearchBusy(SearchError):
    """The person has as many searches at work as one person may have: to be asked again."""


class Turns:
    """Counts what is at work for each person; nobody has more than `most` at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._at_work: Counter[int] = Counter()
        self._counting = threading.Lock()

    @contextmanager
    def one(self, person: User) -> Iterator[None]:
        """Take one of the person's turns for the block. Raises SearchBusy, without waiting."""
        with self._counting:
            if self._at_work[person.pk] >= self.most:
                raise SearchBusy(f"{self.most} searches of one person are at work.")
            self._at_work[person.pk] += 1
        try:
            yield
        finally:
            with self._counting:
                self._at_work[person.pk] -= 1
                if not self._at_work[person.pk]:
                    del self._at_work[person.pk]


# One thread of those that read is left to everybody else, whatever one person looks for.
SEARCHES: Final = Turns(max(1, settings.VIEWS_AT_WORK - 1))
