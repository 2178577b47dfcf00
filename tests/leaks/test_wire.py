"""Every address, asked on the wire by a client that keeps to no rule: never a fault, no silence.

One server of its own is written raw bytes: request lines, headers, methods, bodies and handshakes
of a WebSocket that are none, chosen by a fixed seed. Each is answered or closed, the log tells of
no fault, and afterwards the site answers as before. What fields hold is `test_hostile`'s, through
Django's client; another seed and more rounds look further than the suite has time for.
"""

from __future__ import annotations

import re
from random import Random

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from directory.models import User
from tests.intranet.notices.factories import make_notice
from tests.intranet.notices.serving import Site, running, session_of
from tests.leaks.route import ROLES, Route
from tests.leaks.test_hostile import distinct, entering
from tests.leaks.test_routes import whole_world
from tests.leaks.wire import BODIES, FRAMES, NAMES, NOISE, Headers
from tests.leaks.world import World
from tests.leaks.writing import (
    Person,
    exchange,
    handshake,
    handshakes,
    hostile_headers,
    hostile_line,
    is_fault,
    replaced,
    request,
    status_of,
    with_body,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="test_hostile asks the database the same"
    ),
]

SEED = 15
ROUNDS = 1
# One line each, without a traceback: see config.logs.
OF_THE_CLIENT = re.compile(r"ERROR:? +(django\.security\.|Invalid UTF-8 sequence)")
_TOKEN = "a" * 32
_SOCKET = b"/ws/notices/"
# Addresses that are asked before and afterwards.
ALIKE = (b"/", b"/sign-in/", b"/spaces/", b"/notices/", b"/search/?q=a", b"/none/")


class Wire:
    """Writes to one server as people of the world, and keeps what was wrong."""

    def __init__(self, site: Site, world: World) -> None:
        self.world = world
        self.faults: list[str] = []
        self.host = site.address.encode()
        self._address = ("127.0.0.1", site.port)
        self._keys: dict[str, str] = {}

    def person(self, role: str) -> Person:
        """Return somebody who is signed in now, whatever a form did before."""
        cookies = f"{settings.CSRF_COOKIE_NAME}={_TOKEN}"
        if role != "anonymous":
            user = User.objects.get(pk=self.world.people[role].pk)
            proof = user.get_session_auth_hash()
            key = self._keys.get(proof, "")
            if not Session.objects.filter(pk=key).exists():
                key = self._keys[proof] = session_of(user)
            cookies += f"; {settings.SESSION_COOKIE_NAME}={key}"
        return Person(cookies.encode(), _TOKEN.encode())

    def write(self, sent: bytes, frames: bytes = b"") -> int:
        """Send bytes; return the status of the answer, 0 where there was only a close."""
        heard = b""
        try:
            heard = exchange(self._address, sent, frames)
        except TimeoutError:
            self.faults.append(f"no answer: {sent[:300]!r} {frames[:60]!r}")
        if is_fault(heard):
            self.faults.append(f"{heard[:40]!r}: {sent[:300]!r}")
        return status_of(heard)

    def ask(self, role: str, target: bytes) -> int:
        """Return the status of an address, asked as browsers ask."""
        return self.write(request(b"GET", target, self.person(role).headers(self.host)))

    def honest(self, route: Route, role: str) -> Headers:
        """Return the headers with which `role` asks for `route`."""
        sent = [(name.encode(), value.encode()) for name, value in route.headers.items()]
        return replaced(self.person(role).headers(self.host), sent)


def hostile_requests(wire: Wire, chance: Random) -> None:
    """At each address; first where one looks only, then where a form may change something."""
    bodies: list[tuple[Headers, bytes]] = []
    for route in sorted(distinct(), key=lambda route: route.method != "get"):
        role = entering(route) or chance.choice(ROLES)
        target, headers = route.url(wire.world).encode(), wire.honest(route, role)
        if route.method == "get":
            odd = hostile_headers(chance, wire.person(role), NAMES, 3)
            wire.write(request(b"GET", target, replaced(headers, odd)))
            method, line, version = hostile_line(chance, target)
            wire.write(request(method, line, headers, version=version))
        else:
            bodies = bodies or chance.sample(BODIES, len(BODIES))
            said, body = with_body(*bodies.pop())
            wire.write(
                request(route.method.upper().encode(), target, replaced(headers, said), body)
            )


def hostile_sockets(wire: Wire, chance: Random) -> None:
    """Handshakes, and what is said after one."""
    person = wire.person("member")
    for sent in handshakes(chance, person, wire.host, _SOCKET):
        wire.write(sent)
    for frames in FRAMES:
        wire.write(handshake(person, wire.host, _SOCKET), frames)


def faults_told(site: Site) -> list[str]:
    """Return the lines of the log that tell of a fault of ours, not of one of the client."""
    return [line for line in site.errors() if not OF_THE_CLIENT.search(line)]


def test_on_the_wire_nothing_is_a_fault_and_all_is_answered() -> None:
    world = whole_world()
    with running(Site()) as site:
        wire, chance = Wire(site, world), Random(SEED)
        before = {(role, path): wire.ask(role, path) for role in ROLES for path in ALIKE}
        assert set(before.values()) == {200, 302, 404}
        for _ in range(ROUNDS):
            for noise in NOISE:
                wire.write(noise)
            hostile_sockets(wire, chance)
            hostile_requests(wire, chance)
        assert not wire.faults, "\n" + "\n".join(wire.faults)
        assert not faults_told(site), site.log
        # Among the forms is the one by which an IT administrator closes somebody's account.
        User.objects.filter(pk__in=[who.pk for who in world.people.values()]).update(is_active=True)
        assert {key: wire.ask(*key) for key in before} == before
        with site.open(session_of(User.objects.get(pk=world.people["member"].pk))) as ear:
            notice = make_notice()
            assert ear.next_notice()["id"] == notice.pk
