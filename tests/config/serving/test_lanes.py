"""The threads of the views: few, in turn by who asks, given back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from config.serving.lanes import Full, FullOfOne, Lane

from .exchange import until


class Work:
    """Work that is held until it is let go; tells how much of it was under way at once."""

    def __init__(self):
        self.gate = threading.Event()
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.done: list[str] = []

    def by(self, name):
        def work():
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            self.gate.wait(120)
            with self.lock:
                self.now -= 1
                self.done.append(name)
            return name

        return work


@pytest.fixture
def work():
    work = Work()
    yield work
    work.gate.set()


async def sent(lane, work, *names):
    """The requests of `names`, queued in this order."""
    tasks = []
    for name in names:
        tasks.append(asyncio.ensure_future(lane.run(name[0], work.by(name))))
        await asyncio.sleep(0)
    return tasks


async def test_no_more_views_are_at_work_than_there_are_threads(work):
    lane = Lane("test", 2)
    tasks = await sent(lane, work, *(f"a{n}" for n in range(20)))
    await until(lambda: work.now == 2)
    work.gate.set()
    await asyncio.gather(*tasks)
    assert work.most == 2
    lane.close()


async def test_those_who_wait_are_taken_in_turn_by_who_asks(work):
    """Somebody who sent many waits behind himself, not others behind him."""
    lane = Lane("test", 1)
    tasks = await sent(lane, work, "a1", "a2", "a3", "a4", "b1", "c1", "b2")
    work.gate.set()
    await asyncio.gather(*tasks)
    assert work.done == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    lane.close()


async def test_nobody_has_all_threads_of_a_lane_that_is_shared(work):
    lane = Lane("test", 3, shared=True)
    tasks = await sent(lane, work, "a1", "a2", "a3", "a4")
    await until(lambda: work.now == 2)
    tasks += await sent(lane, work, "b1")
    await until(lambda: work.now == 3)
    tasks += await sent(lane, work, "b2", "c1")
    assert work.now == 3
    work.gate.set()
    await asyncio.gather(*tasks)
    assert sorted(work.done) == ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
    assert not lane._at_work
    lane.close()


@pytest.mark.parametrize("threads", [1, 2])
async def test_who_asks_alone_is_served_one_after_the_other(work, threads):
    lane = Lane("test", threads, shared=True)
    tasks = await sent(lane, work, "a1", "a2", "a3")
    await until(lambda: work.now == 1)
    work.gate.set()
    await asyncio.gather(*tasks)
    assert work.done == ["a1", "a2", "a3"]
    assert work.most == 1
    lane.close()


async def test_no_more_waits_than_is_sensible(work):
    lane = Lane("test", 1, waiting=3, of_one=2)
    tasks = await sent(lane, work, "a1", "a2", "a3")
    with pytest.raises(FullOfOne):
        await lane.run("a", work.by("a4"))
    tasks += await sent(lane, work, "b1")
    with pytest.raises(Full):
        await lane.run("c", work.by("c1"))
    work.gate.set()
    await asyncio.gather(*tasks)
    assert await lane.run("c", work.by("c2")) == "c2"
    lane.close()


async def test_who_left_is_not_worked_for_and_takes_no_thread(work):
    lane = Lane("test", 1)
    first, second, third = await sent(lane, work, "a1", "b1", "c1")
    await until(lambda: work.now == 1)
    second.cancel()
    first.cancel()  # under way: it goes on to its end
    work.gate.set()
    assert await third == "c1"
    assert work.done == ["a1", "c1"]
    assert await lane.run("a", work.by("a2")) == "a2"
    lane.close()


async def test_a_fault_gives_the_thread_back():
    lane = Lane("test", 1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await lane.run("a", lambda: 1 // 0)
    assert await lane.run("a", lambda: 1) == 1
    lane.close()


async def test_closing_waits_for_the_end_of_what_is_under_way(work):
    """It may be within a transaction, though nobody waits for its answer any more."""
    lane = Lane("test", 1)
    (task,) = await sent(lane, work, "a1")
    await until(lambda: work.now == 1)
    task.cancel()
    closing = asyncio.ensure_future(asyncio.to_thread(lane.close))
    await asyncio.sleep(0.05)
    assert not closing.done()
    work.gate.set()
    await closing
    assert work.done == ["a1"]
