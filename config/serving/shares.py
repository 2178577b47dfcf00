"""How many transfers may be under way at once: of one person, and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from documents.uploads import TooBusy, TooManyAtOnce


class Shares:
    """At most `each` at once for one owner, and `all` in this process."""

    def __init__(self, *, each: int, all: int) -> None:
        self._each = each
        self._all = all
        self._taken: Counter[str] = Counter()

    @contextmanager
    def held(self, owner: str) -> Iterator[None]:
        """Hold one. Raises TooManyAtOnce, TooBusy."""
        if self._taken[owner] >= self._each:
            raise TooManyAtOnce
        if self._taken.total() >= self._all:
            raise TooBusy
        self._taken[owner] += 1
        try:
            yield
        finally:
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]
