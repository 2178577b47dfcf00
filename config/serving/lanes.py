"""The threads in which views run: few, so that more clients do not make each other slower.

Python runs one thread at a time. Beyond a few, threads only wait for one another, at a cost;
and each holds a database connection. Requests that wait hold neither. They are taken in turn
by who asks, so that somebody who sends a hundred waits for himself; and where one asker's may be
slow, a thread is always left to the others.

A request that reads never waits behind one that writes, which may wait for a lock; nor do
those who are signed in behind the sign-in, which may wait for a directory.

Whoever is known has every other turn, however many there are that are not: these may be as many as
there are addresses, and each of them would have a turn of its own. So have, of the turns of these,
those at whose address no sign-in was refused lately, however many there are where one was.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from http import HTTPStatus
from typing import TypeVar

_T = TypeVar("_T")
_Queues = OrderedDict[str, deque[asyncio.Future[None]]]

WAITING = 512
WAITING_OF_ONE = 64


class Standing(Enum):
    """What is known of an asker: each has a queue of its own."""

    KNOWN = auto()
    NEW = auto()
    REFUSED = auto()


class Full(Exception):
    """More is waiting than is sensible to let wait."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class FullOfOne(Full):
    """The asker alone has as much waiting as one may have; for others there is room."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Lane:
    """`threads` threads and a queue before them: at most `waiting`, of one asker `of_one`.

    Those of each standing wait apart from all others, as many of them. Where all places are taken,
    who comes has the last one of whoever has the most: few could hold all of them else.
    `shared` keeps one of several threads from whoever has all others at work.
    """

    def __init__(
        self,
        name: str,
        threads: int,
        *,
        waiting: int = WAITING,
        of_one: int = WAITING_OF_ONE,
        shared: bool = False,
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._most_at_work = max(1, threads - 1) if shared else threads
        self._at_work: Counter[str] = Counter()
        self._most = waiting
        self._most_of_one = of_one
        self._count: Counter[Standing] = Counter()
        self._waiting: dict[Standing, _Queues] = {each: OrderedDict() for each in Standing}
        self._known_next = self._new_next = True

    async def run(
        self,
        asker: str,
        work: Callable[[], _T],
        *,
        of_one: int | None = None,
        standing: Standing = Standing.NEW,
    ) -> _T:
        """Return what `work` does, in a thread, when it is the turn of `asker`.

        `of_one` is how many of theirs may wait, where it is not as many as of anybody.
        Raises Full, FullOfOne, the latter also where somebody else has its place. Cancelled while
        it waits, it is taken out of the queue; `work` under way goes on to its end, and keeps its
        thread until then.
        """
        await self._turn(asker, self._most_of_one if of_one is None else of_one, standing)
        context = contextvars.copy_context()
        job = asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)
        job.add_done_callback(lambda _job: self._release(asker))
        return await asyncio.shield(job)

    def close(self) -> None:
        """Let what is under way come to its end, and the threads with it."""
        self._threads.shutdown()

    async def _turn(self, asker: str, of_one: int, standing: Standing) -> None:
        if self._free and self._may(asker):
            self._free -= 1
            self._at_work[asker] += 1
            return
        waiting = self._waiting[standing]
        if len(waiting.get(asker, ())) >= of_one:
            raise FullOfOne
        if self._count[standing] >= self._most:
            self._make_room(waiting, asker)
            self._count[standing] -= 1
        queue = waiting.setdefault(asker, deque())
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._count[standing] += 1
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._release(asker)  # its turn had come
            raise

    def _make_room(self, waiting: _Queues, asker: str) -> None:
        """Take one place for `asker` from whoever has the most, the one that came last.

        Raises Full where nobody would have as many left as `asker` has then.
        """
        most = max(waiting.values(), key=len)
        if len(most) <= len(waiting.get(asker, ())) + 1:
            raise Full
        last = most.pop()
        if not last.done():
            last.set_exception(FullOfOne())

    def _may(self, asker: str) -> bool:
        return self._at_work[asker] < self._most_at_work

    def _release(self, asker: str) -> None:
        """Take the thread of `asker` back, and give it to the next who may have it."""
        self._at_work[asker] -= 1
        self._at_work += Counter()  # drops those who have none
        while (found := self._following()) is not None:
            following, standing = found
            waiting = self._waiting[standing]
            queue = waiting.pop(following)
            turn = queue.popleft()
            self._count[standing] -= 1
            if queue:
                waiting[following] = queue  # behind everybody else who waits
            if not turn.done():
                self._known_next = standing is not Standing.KNOWN
                if self._known_next:
                    self._new_next = standing is not Standing.NEW
                self._at_work[following] += 1
                turn.set_result(None)
                return
        self._free += 1

    def _following(self) -> tuple[str, Standing] | None:
        """Return who is next, and their standing; None where nobody may be."""
        others = [Standing.NEW, Standing.REFUSED]
        if not self._new_next:
            others.reverse()
        order = [Standing.KNOWN, *others] if self._known_next else [*others, Standing.KNOWN]
        for standing in order:
            if (asker := next(filter(self._may, self._waiting[standing]), None)) is not None:
                return asker, standing
        return None
