"""The threads of the views: few, in turn by who asks, given back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from config.serving.lanes import Full, FullOfOne, Lane, Standing

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


async def sent(lane, work, *names, **options):
    """The requests of `names`, queued in this order."""
    tasks = []
    for name in names:
        tasks.append(asyncio.ensure_future(lane.run(name[0], work.by(name), **options)))
        await asyncio.sleep(0)
    return tasks


async def refused(lane, work, name, error, **options):
    """Whether the request of `name` is refused with `error`, which is decided at once."""
    (task,) = await sent(lane, work, name, **options)
    return task.done() and isinstance(task.exception(), error)


async def begun(lane, work, **askers):
    """Wait until each of `askers` has so many threads; others than these are a fault at once.

    Who has a thread is decided in the thread of the event loop: there is nothing to wait for.
    """
    assert dict(lane._at_work) == askers
    await until(lambda: work.now == sum(askers.values()))


async def ended(lane, work, tasks):
    """Let the work go, and wait for `tasks`; one that waits beside idle threads is a fault.

    All threads meet once they have done what they were given. What they had is ended by then,
    and so is the next who waited given a thread, perhaps behind the meeting: where nothing was
    done at two meetings in a row, nothing comes any more.
    """
    work.gate.set()
    threads = lane._threads._max_workers
    in_vain = 0
    while not all(task.done() for task in tasks):
        before = len(work.done)
        met = threading.Barrier(threads)
        loop = asyncio.get_running_loop()
        meeting = [loop.run_in_executor(lane._threads, met.wait) for _ in range(threads)]
        await asyncio.gather(*meeting)
        for _ in range(20):  # the steps from the end of one to the beginning of the next
            await asyncio.sleep(0)
        stuck = [task for task in tasks if not task.done()]
        in_vain = 0 if len(work.done) > before else in_vain + 1
        assert not stuck or in_vain < 2, "they wait, and no thread is at work"
    return [task.result() for task in tasks]


async def test_no_more_views_are_at_work_than_there_are_threads(work):
    lane = Lane("test", 2)
    tasks = await sent(lane, work, *(f"a{n}" for n in range(20)))
    await begun(lane, work, a=2)
    await ended(lane, work, tasks)
    assert work.most == 2
    lane.close()


async def test_those_who_wait_are_taken_in_turn_by_who_asks(work):
    """Somebody who sent many waits behind himself, not others behind him."""
    lane = Lane("test", 1)
    tasks = await sent(lane, work, "a1", "a2", "a3", "a4", "b1", "c1", "b2")
    await ended(lane, work, tasks)
    assert work.done == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    lane.close()


async def test_those_who_are_known_have_every_other_turn(work):
    """Nor do they keep all others out, who come to sign in."""
    lane = Lane("test", 1)
    tasks = await sent(lane, work, *(f"{name}1" for name in "abcde"))
    tasks += await sent(lane, work, "k1", "k2", "l1", standing=Standing.KNOWN)
    await ended(lane, work, tasks)
    assert work.done == ["a1", "k1", "b1", "l1", "c1", "k2", "d1", "e1"]
    lane.close()


async def test_those_where_nothing_was_refused_do_not_wait_for_all_where_it_was(work):
    """Somebody with a new browser comes to sign in beside a flood from many addresses."""
    lane = Lane("test", 1)
    tasks = await sent(lane, work, "a1")
    tasks += await sent(lane, work, *(f"{name}1" for name in "bcdef"), standing=Standing.REFUSED)
    tasks += await sent(lane, work, "n1", "m1", "n2")
    tasks += await sent(lane, work, "k1", "k2", standing=Standing.KNOWN)
    await ended(lane, work, tasks)
    assert work.done == ["a1", "k1", "n1", "k2", "b1", "m1", "c1", "n2", "d1", "e1", "f1"]
    lane.close()


async def test_a_crowd_of_strangers_takes_no_place_from_those_who_are_known(work):
    lane = Lane("test", 1, waiting=3)
    tasks = await sent(lane, work, "a1", "b1", "c1", "d1")
    assert await refused(lane, work, "e1", Full)
    tasks += await sent(lane, work, "k1", "l1", "m1", standing=Standing.KNOWN)
    assert await refused(lane, work, "n1", Full, standing=Standing.KNOWN)
    await ended(lane, work, tasks)
    assert len(work.done) == 7
    lane.close()


async def test_nobody_has_all_threads_of_a_lane_that_is_shared(work):
    lane = Lane("test", 3, shared=True)
    tasks = await sent(lane, work, "a1", "a2", "a3", "a4")
    await begun(lane, work, a=2)
    tasks += await sent(lane, work, "b1")
    await begun(lane, work, a=2, b=1)
    tasks += await sent(lane, work, "b2", "c1")
    await begun(lane, work, a=2, b=1)
    await ended(lane, work, tasks)
    assert sorted(work.done) == ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]
    assert not lane._at_work
    lane.close()


@pytest.mark.parametrize("threads", [1, 2])
async def test_who_asks_alone_is_served_one_after_the_other(work, threads):
    lane = Lane("test", threads, shared=True)
    tasks = await sent(lane, work, "a1", "a2", "a3")
    await begun(lane, work, a=1)
    await ended(lane, work, tasks)
    assert work.done == ["a1", "a2", "a3"]
    assert work.most == 1
    lane.close()


async def test_no_more_waits_than_is_sensible(work):
    lane = Lane("test", 1, waiting=3, of_one=2)
    tasks = await sent(lane, work, "a1", "a2", "a3")
    assert await refused(lane, work, "a4", FullOfOne)
    tasks += await sent(lane, work, "b1")
    assert await refused(lane, work, "b2", Full)
    await ended(lane, work, tasks)
    assert await ended(lane, work, await sent(lane, work, "c2")) == ["c2"]
    lane.close()


async def test_who_has_the_most_places_gives_way_where_all_are_taken(work):
    """Two could hold all of them else, and who comes to sign in would be turned away."""
    lane = Lane("test", 1, waiting=6, of_one=4)
    first = await sent(lane, work, "a1", "a2", "a3", "a4", "b1", "b2", "b3")
    later = await sent(lane, work, "c1", "d1", "c2")
    assert [task.done() and isinstance(task.exception(), FullOfOne) for task in first] == [
        *(False, False, False, True),
        *(False, False, True),
    ]
    assert later[2].done()
    assert isinstance(later[2].exception(), Full)
    assert not isinstance(later[2].exception(), FullOfOne)
    going = [task for task in (*first, *later) if not task.done()]
    await ended(lane, work, going)
    assert work.done == ["a1", "a2", "b1", "c1", "d1", "a3", "b2"]
    assert not +lane._count
    lane.close()


async def test_who_left_while_their_place_was_taken_gives_no_thread_back(work):
    lane = Lane("test", 1, waiting=2)
    tasks = await sent(lane, work, "a1", "a2", "a3")
    await begun(lane, work, a=1)
    taking = asyncio.ensure_future(lane.run("b", work.by("b1")))
    await asyncio.sleep(0)
    tasks[2].cancel()
    await asyncio.gather(tasks[2], return_exceptions=True)
    assert lane._at_work == {"a": 1}
    await ended(lane, work, [tasks[0], tasks[1], taking])
    assert lane._free == 1
    lane.close()


async def test_who_left_is_not_worked_for_and_takes_no_thread(work):
    lane = Lane("test", 1)
    first, second, third = await sent(lane, work, "a1", "b1", "c1")
    await begun(lane, work, a=1)
    second.cancel()
    first.cancel()  # under way: it goes on to its end
    assert await ended(lane, work, [third]) == ["c1"]
    assert work.done == ["a1", "c1"]
    assert await ended(lane, work, await sent(lane, work, "a2")) == ["a2"]
    lane.close()


async def test_a_fault_gives_the_thread_back(work):
    lane = Lane("test", 1)
    with pytest.raises(ZeroDivisionError):
        await lane.run("a", lambda: 1 // 0)
    assert await ended(lane, work, await sent(lane, work, "a1")) == ["a1"]
    lane.close()


async def test_closing_waits_for_the_end_of_what_is_under_way(work):
    """It may be within a transaction, though nobody waits for its answer any more."""
    lane = Lane("test", 1)
    (task,) = await sent(lane, work, "a1")
    await begun(lane, work, a=1)
    task.cancel()
    closing = asyncio.ensure_future(asyncio.to_thread(lane.close))
    await asyncio.sleep(0.05)
    assert not closing.done()
    work.gate.set()
    await closing
    assert work.done == ["a1"]
