"""The hub: in each process one task that tails the journal for all open sockets.

It is woken, or looks by itself every two seconds; reads what the journal says since its
position; asks the database which of the connected people a notice is for, and marks their
sockets. All of its database work happens in one thread with one connection, however many
sockets there are. It remembers nothing that cannot be asked again: a restarted server
learns from each client's `since` what that one missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db import Error, connections
from django.utils import timezone

from directory import trouble, wakeup
from directory.outage import Outage

from . import isolated, store
from .asking import deliveries, missed, news_since, proven, take_some
from .counts import Counts
from .handshakes import Handshakes
from .socket import SIGNED_OUT, TOO_MANY, Person, Send, Socket, digest_of
from .store import Session

POLL_SECONDS = 2.0
PROOF_SECONDS = 30.0
HEARTBEAT_SECONDS = 25.0
STUCK_SECONDS = 10.0
SOCKETS_PER_PERSON = 60
# Looked at in one go, about as long as a notice may have to wait for it.
CHECKS_AT_ONCE = 500
PROOFS_AT_ONCE = 40
# Notices sent one by one to a client that was away; the list has the older ones.
CATCH_UP = 50
# Sockets marked before other work of the process gets its turn.
BREATH = 500
log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Hub:
    """The hub of one event loop. All methods but the database's run in that loop."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.sockets: set[Socket] = set()
        self.position: int | None = None
        self._by_digest: dict[str, set[Socket]] = {}
        self._handshakes = Handshakes()
        self._greetings: dict[Socket, int | None] = {}
        self._unchecked: dict[int, None] = {}
        self._unproven: dict[int, None] = {}
        self._asked = asyncio.Event()
        self._checked = self._proved = self._beaten = 0.0
        self._ran_out: datetime = timezone.now()
        self._database: ThreadPoolExecutor  # lives as long as the task
        self._counts = Counts(self.people, self._off_loop)
        self._outage = Outage(log, "the notices go on")
        self._task: asyncio.Task[None] | None = None

    # What the sockets say

    async def admit(self, key: str) -> Session | None:
        """Return the session of that key where it is signed in, else None."""
        self._start()
        answer = self._handshakes.add(key)
        self._asked.set()
        return await answer

    def attach(self, send: Send, session: Session) -> Socket:
        """Take in a socket that was admitted; it hears nothing before its hello."""
        person = self.people.get(session.user_id)
        if person is None:
            person = self.people[session.user_id] = Person(session.user_id)
        socket = Socket(send, session, person)
        if len(person.sockets) >= SOCKETS_PER_PERSON:
            socket.close(TOO_MANY, "too many windows")
            return socket
        person.sockets.add(socket)
        self.sockets.add(socket)
        self._by_digest.setdefault(socket.digest, set()).add(socket)
        return socket

    def greet(self, socket: Socket, since: int | None) -> None:
        """Bring a socket up to date; None: it has nothing to catch up with."""
        if socket in self.sockets:
            self._greetings[socket] = since
            # What its person has read since the last count, here or elsewhere, is not known.
            self._counts.distrust(socket.person)
            self._asked.set()

    def detach(self, socket: Socket) -> None:
        """Let go of a socket whose client is gone."""
        self.sockets.discard(socket)
        self._greetings.pop(socket, None)
        person = socket.person
        person.sockets.discard(socket)
        if not person.sockets and self.people.get(person.pk) is person:
            del self.people[person.pk]
            self._counts.forget(person.pk)
        if same := self._by_digest.get(socket.digest):
            same.discard(socket)
            if not same:
                del self._by_digest[socket.digest]

    # The task

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._database = ThreadPoolExecutor(1, thread_name_prefix="notices-hub")
            self._task = asyncio.get_running_loop().create_task(self._run(), name="notices-hub")

    async def _run(self) -> None:
        listening = asyncio.create_task(self._listen(), name="notices-hub-listener")
        try:
            while True:
                await self._asked.wait()
                self._asked.clear()
                try:
                    await self._turn_or_wait()
                except Exception:
                    # Sockets that are open have no other hub: whatever it is, it goes on.
                    log.exception("The notices' hub failed, and goes on")
                    self._handshakes.refuse()
                    await asyncio.sleep(POLL_SECONDS)
                    self._asked.set()
        finally:
            listening.cancel()
            self._handshakes.refuse()  # nobody would answer them
            self._database.submit(connections.close_all)
            self._database.shutdown(wait=False)

    async def _turn_or_wait(self) -> None:
        """Take a turn; where the database fares badly, tell that and have another soon."""
        try:
            await self._turn()
            if self.sockets:  # else nothing was asked
                self._outage.end()
        except Error as error:
            self._outage.tell_of("the notices wait", error)
            self._handshakes.refuse()
            await self._off_loop(connections.close_all)
            await asyncio.sleep(POLL_SECONDS)
            self._asked.set()

    async def _listen(self) -> None:
        """Ask for a turn at each wake-up, and every two seconds without one."""
        while True:
            try:
                async with wakeup.listen_async() as listener:
                    while True:
                        await listener.wait(POLL_SECONDS)
                        self._asked.set()
            except Exception:
                log.exception("No wake-ups; the notices are polled for")
                await asyncio.sleep(POLL_SECONDS)
                self._asked.set()

    async def _off_loop(self, function: Callable[..., _T], *args: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._database, function, *args)

    async def _turn(self) -> None:
        """Do a little of everything that is to be done; what fails stops nothing else.

        Raises what is of the moment (`directory.trouble`): at once where the database is down,
        else when all has been tried.
        """
        waits = await self._guarded(self._answer_handshakes)
        if self.sockets:
            for step in (self._hear, self._count, self._bring_up_to_date, self._check):
                waits = await self._guarded(step) or waits
            self._beat()
        elif self.position is not None:
            self.position = None
            await self._off_loop(connections.close_all)
        if waits is not None:
            raise waits

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> Error | None:
        """Take one step of a turn; a fault in it is told, and tried again in two seconds.

        Returns what is of the moment and keeps no other step from trying. Raises an outage.
        """
        try:
            await step()
        except Exception as error:
            if trouble.is_down(error):
                raise
            if isinstance(error, Error) and trouble.is_of_the_moment(error):
                return error
            log.exception("The notices' hub failed in %s", step.__name__)
        return None

    async def _answer_handshakes(self) -> None:
        try:
            await self._handshakes.answer(self._off_loop)
        except Exception as error:
            if not trouble.is_of_the_moment(error):
                self._handshakes.refuse()  # the client comes again
            raise
        if self._handshakes:
            self._asked.set()

    async def _hear(self) -> None:
        """Hear what the journal says; what takes something away comes first."""
        news = await self._off_loop(news_since, self.position)
        try:
            await self._follow(news)
        except Exception as error:
            if trouble.is_of_the_moment(error):
                raise  # the position stands where it was: the next turn takes the same up again
            # Taken up again it would fail again, and silence all that follows.
            log.exception("The notices' hub could not follow the journal up to %s", news.head)
        self.position = news.head
        if news.more:
            self._asked.set()

    async def _follow(self, news: store.News) -> None:
        self._recount(news)
        if news.rights or news.people or news.suspects:
            self._take_back()
        if suspects := news.suspects & self.people.keys():
            await self._doubt(suspects)
        self._counts.compare(news.read)
        if news.published:
            await self._deliver(news.published)

    # Coming in

    async def _bring_up_to_date(self) -> None:
        """Send each socket that said hello what it missed, then `caught`."""
        if not self._greetings or self.position is None:
            return
        greetings, self._greetings = self._greetings, {}
        try:
            found = await self._missed(greetings, self.position)
        except Exception as error:
            if trouble.is_of_the_moment(error):
                self._greetings = greetings | self._greetings
            raise
        head = self.position
        for socket in greetings:
            if socket.closing or socket not in self.sockets:
                continue
            position = greetings[socket]
            socket.greet(head if position is None else min(position, head))
            for sequence, notice_id in found.get(socket, ()):
                socket.offer(sequence, notice_id)
            socket.tell(head)

    async def _missed(
        self, greetings: dict[Socket, int | None], head: int
    ) -> dict[Socket, list[tuple[int, int]]]:
        """Return what came up to `head` after what each socket says it has."""
        sinces = [since for since in greetings.values() if since is not None and since < head]
        published: list[int] = []
        if sinces:
            published = await self._off_loop(store.published_between, min(sinces), head)
        away = {s: n for s, n in greetings.items() if n is not None and n < head and published}
        people = {socket.person.pk for socket in away}
        notices: dict[Socket, list[tuple[int, int]]] = {socket: [] for socket in away}
        if away and len(published) <= min(len(people), CATCH_UP):
            for found in await self._off_loop(deliveries, published, people):
                for socket, since in away.items():
                    if found.sequence > since and socket.person.pk in found.people:
                        notices[socket].append((found.sequence, found.notice_id))
        else:
            for socket, since in away.items():
                notices[socket] = await self._off_loop(
                    missed, socket.person.pk, since, head, CATCH_UP
                )
        return notices

    # Going out

    async def _deliver(self, published: Iterable[int]) -> None:
        """Send the notices `published` to those whom they are for."""
        connected = set(self.people)
        for delivery in await self._off_loop(deliveries, published, connected):
            marked = 0
            for pk in delivery.people:
                person = self.people.get(pk)
                if person is None:
                    continue
                if person.unread is not None and delivery.sequence > person.as_of:
                    person.unread += 1
                    person.as_of = delivery.sequence
                for socket in person.sockets:
                    # One that has not said hello, or is still to catch up, gets it then.
                    if socket.position is not None and socket not in self._greetings:
                        socket.offer(delivery.sequence, delivery.notice_id)
                        marked += 1
                if marked >= BREATH:
                    marked = 0
                    await asyncio.sleep(0)

    async def _count(self) -> None:
        """Count the unread notices of a few people; the others' turn comes next."""
        await self._counts.notice_reading(asyncio.get_running_loop().time())
        if not self._counts:
            return
        for person in await self._counts.make():
            for socket in person.sockets:
                if socket.position is not None and socket not in self._greetings:
                    socket.tell(self.position or 0)
        if self._counts:
            self._asked.set()

    def _recount(self, news: store.News) -> None:
        """Mark the counts that may have changed; a count of what is out of reach would tell."""
        affected = set(self.people) if news.rights else news.people & self.people.keys()
        for pk in affected:
            self._counts.distrust(self.people[pk])

    # Revocation

    def _sign_out(self, digests: Iterable[str]) -> None:
        for digest in digests:
            for socket in list(self._by_digest.get(digest, ())):
                socket.close(SIGNED_OUT, "signed out")

    def _take_back(self) -> None:
        """Ask again for what waits for slow sockets: they may have lost the right to it."""
        for socket in self.sockets:
            if socket.waiting and not socket.closing:
                socket.take_back()
                self._greetings.setdefault(socket, socket.position)

    async def _check(self) -> None:
        """Close the sockets whose session or account is over, and those that are stuck.

        Every two seconds; the proofs that sessions carry are looked at every thirty. Some
        at a time, so that a notice does not wait for all of them.
        """
        now = asyncio.get_running_loop().time()
        for socket in list(self.sockets):
            if socket.sending_since is not None and now - socket.sending_since > STUCK_SECONDS:
                log.info("A socket of account %s does not read; cut off", socket.person.pk)
                socket.drop()
        if not self._unchecked and now - self._checked >= POLL_SECONDS * 0.9:
            self._checked = now
            self._unchecked = dict.fromkeys(self.people)
        if self._unchecked:
            some = take_some(self._unchecked, CHECKS_AT_ONCE)
            sessions = self._sessions(some)
            there, active = await self._off_loop(store.standing, [s.key for s in sessions], some)
            self._end(s for s in sessions if s.key not in there or s.user_id not in active)
        if now - self._proved > PROOF_SECONDS:
            self._proved = now
            self._unproven = dict.fromkeys(self.people)
            await self._mind_the_clock()
        if self._unproven:
            few = take_some(self._unproven, PROOFS_AT_ONCE)
            claims = self._sessions(few)
            good = await self._off_loop(proven, claims)
            self._end(session for session in claims if session not in good)
        if self._unchecked or self._unproven:
            self._asked.set()

    def _sessions(self, people: Iterable[int]) -> list[Session]:
        """Return the sessions with which `people` have sockets open, each once."""
        known = [person for pk in people if (person := self.people.get(pk)) is not None]
        return list({socket.session for person in known for socket in person.sockets})

    async def _doubt(self, people: Iterable[int]) -> None:
        """Look at every session of `people` anew, as when it came in."""
        sessions = self._sessions(people)
        keys = [session.key for session in sessions]
        good = await self._off_loop(
            isolated.each_for_itself, store.authenticate, keys, "a session in doubt"
        )
        self._end(session for session in sessions if session.key not in good)
        # One that stays may carry another proof now: its person ended all the others.
        for key, session in good.items():
            for socket in self._by_digest.get(digest_of(key), ()):
                socket.session = session

    def _end(self, sessions: Iterable[Session]) -> None:
        self._sign_out([digest_of(session.key) for session in sessions])

    async def _mind_the_clock(self) -> None:
        """Nothing is written when a grant or a notice runs out: ask by the clock."""
        until = timezone.now()
        if await self._off_loop(store.something_ran_out, self._ran_out, until):
            self._take_back()
            for person in self.people.values():
                self._counts.distrust(person)
        self._ran_out = until

    def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._beaten >= HEARTBEAT_SECONDS:
            self._beaten = now
            for socket in self.sockets:
                if socket.position is not None:
                    socket.beat()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current() -> Hub:
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub()
    return found
