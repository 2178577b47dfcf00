"""Live notices: how long until a notice is in every browser, and what an open socket costs."""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from websockets.asyncio.client import ClientConnection, connect

from directory import journal
from directory.models import AccessGroup, AccessScope, Role, User
from directory.wakeup.local import LocalWakeUp
from intranet.notices.querysets import state_of
from tests.bench.measuring import interleaved, quantile, queries, resident, wall_seconds
from tests.bench.report import Report
from tests.directory.factories import event
from tests.intranet.notices.factories import make_notice
from tests.intranet.notices.serving import Site

WAIT = 60.0


def run(report: Report) -> None:
    """Serve Marigot and the floor side by side and measure both in turns."""
    accounts = report.size(50_000, small=60)
    sockets = report.size(500, small=20)
    people = make_people(accounts)
    for number in range(report.size(500, small=5)):
        make_notice(f"Avis {number}")
    publishing(report, people)
    keys = [session_of(person) for person in people[:sockets]]
    # The floor has a folder of its own: what is published does not wake it.
    apart = settings.DATA.with_name("floor")
    with (
        served(Site()) as marigot,
        served(Site(application="tests.bench.floor:application", data=apart)) as floor,
    ):
        asyncio.run(delivering(report, marigot, floor, keys))


def publishing(report: Report, people: list[User]) -> None:
    """Publish to everybody: a few rows, however many people there are."""
    taken = [wall_seconds(make_notice) * 1000 for _ in range(report.size(50, small=3))]
    report.line(
        f"publish to {len(people)} people",
        statistics.median(taken),
        "ms",
        more=f"{queries(make_notice)} statements",
    )
    person = people[0]
    (count,) = interleaved([lambda: state_of(person)], times=report.size(50, small=3))
    report.line("unread count of one person", count, "ms CPU", more="1 statement")


async def delivering(report: Report, marigot: Site, floor: Site, keys: list[str]) -> None:
    """Open the sockets of both, wake both in turns, then revoke."""
    async with AsyncExitStack() as stack:
        ours = Crowd(marigot, keys)
        bare = Crowd(floor, keys)
        for crowd in (ours, bare):
            await crowd.open(stack, keys[:10])  # what is loaded once is loaded here
            crowd.start()
        for crowd in (ours, bare):
            crowd.accepting = await timed(crowd.open(stack, keys[10:]))
            crowd.after = resident(crowd.site.pid)
        number = len(keys)
        report.line(
            f"accepts, {number} sockets",
            (number - 10) / ours.accepting,
            "1/s",
            floor=(number - 10) / bare.accepting,
        )
        report.line("memory of a socket", ours.per_socket, "KiB", floor=bare.per_socket)
        rounds = report.size(40, small=3)
        for _ in range(rounds):
            await bare.woken(sync_to_async(lambda: wake(floor)))
            await asyncio.sleep(0.1)
            await ours.woken(sync_to_async(publish))
            await asyncio.sleep(0.2)
        for label, share in (("p50", 0.50), ("p99", 0.99)):
            report.line(
                f"commit to browser, {label} of {number} × {rounds}",
                quantile(ours.delays, share),
                "ms",
                floor=quantile(bare.delays, share),
            )
        report.held("notices that arrived", len(ours.delays), number * rounds)
        closed = [await revoke(ours, index) for index in range(report.size(30, small=3))]
        report.line("session ended to socket closed, p50", quantile(closed, 0.5), "ms")
        report.line("session ended to socket closed, p99", quantile(closed, 0.99), "ms")


class Crowd:
    """Open sockets on one server, and how long each message took."""

    def __init__(self, site: Site, keys: list[str]) -> None:
        self.site = site
        self.keys = keys
        self.sockets: list[ClientConnection] = []
        self.delays: list[float] = []
        self.accepting = 0.0
        self.before = self.after = 0

    async def open(self, stack: AsyncExitStack, keys: list[str]) -> None:
        for start in range(0, len(keys), 50):
            opened = await asyncio.gather(*(self._open(k) for k in keys[start : start + 50]))
            for socket in opened:
                stack.push_async_callback(socket.close)
            self.sockets += opened

    async def _open(self, key: str) -> ClientConnection:
        socket = await connect(
            f"ws://{self.site.address}/ws/notices/",
            origin=f"http://{self.site.address}",
            additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"},
            compression=None,
            ping_interval=None,
            proxy=None,
        )
        await socket.send('{"since":null}')
        while json.loads(await socket.recv())["t"] != "caught":
            pass
        return socket

    def start(self) -> None:
        self.before = resident(self.site.pid)

    @property
    def per_socket(self) -> float:
        return (self.after - self.before) / (len(self.sockets) - 10)

    async def woken(self, trigger: Any) -> None:
        """Set `trigger` off and wait until everybody has heard."""
        heard = [asyncio.create_task(self._hear(socket)) for socket in self.sockets]
        await asyncio.sleep(0)
        started = await trigger()
        async with asyncio.timeout(WAIT):
            self.delays += [(await task - started) * 1000 for task in heard]

    async def _hear(self, socket: ClientConnection) -> float:
        while '"t":"n"' not in str(await socket.recv()):
            pass
        return time.perf_counter()


def wake(floor: Site) -> float:
    """Wake the floor; return when."""
    started = time.perf_counter()
    LocalWakeUp(floor.data / "run" / "wakeup").notify()
    return started


def publish() -> float:
    """Publish a notice to everybody; return when it was committed."""
    stamps: list[float] = []
    with journal.transaction():
        transaction.on_commit(lambda: stamps.append(time.perf_counter()))
        make_notice("Un avis")
    return stamps[0]


async def revoke(crowd: Crowd, index: int) -> float:
    """End the session of a socket; return how many milliseconds later it was closed."""
    socket = crowd.sockets[index]
    started = await sync_to_async(end_session)(crowd.keys[index])
    async with asyncio.timeout(WAIT):
        await socket.wait_closed()
    return (time.perf_counter() - started) * 1000


def end_session(key: str) -> float:
    """Sign out; return when it was committed."""
    user = User.objects.get(pk=Session.objects.get(pk=key).get_decoded()[SESSION_KEY])
    with journal.transaction():
        Session.objects.filter(pk=key).delete()
        journal.append(event("session.signed_out"), obj=user, actor=user)
    return time.perf_counter()


def make_people(number: int) -> list[User]:
    """Make accounts that are in the group of everybody."""
    users = [User(username=f"p{n}", password=f"!{secrets.token_hex(20)}") for n in range(number)]
    User.objects.bulk_create(users, batch_size=2000)
    group = AccessGroup.objects.get(role=Role.EVERYONE).group
    through = User.groups.through
    through.objects.bulk_create(
        [through(user_id=user.pk, group_id=group.pk) for user in users], batch_size=2000
    )
    assert AccessScope.site() is not None
    return users


def session_of(user: User) -> str:
    """Sign in without a browser."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "directory.backends.DirectoryBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


@contextmanager
def served(site: Site) -> Iterator[Site]:
    """Serve for the time of the block."""
    site.start()
    try:
        yield site
    finally:
        site.stop()


async def timed(work: Any) -> float:
    """Return the seconds that `work` takes."""
    started = time.perf_counter()
    await work
    return time.perf_counter() - started
