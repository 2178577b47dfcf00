"""The hub itself: stuck clients, what it asks of the database, and every socket event × role."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory import journal
from directory.access import Level
from directory.models import AccessScope
from intranet.notices.actions import withdraw_notice
from intranet.notices.hub import store
from tests.directory.factories import event, give, make_person, make_scope, make_service
from tests.leaks.world import SECRET, build_world

from .factories import make_notice, to_everyone, to_person, to_service
from .serving import SOON, Site, running, session_of


def websocket_of(site, key: str) -> socket.socket:
    """A handshake by hand, with the smallest receive buffer: a client that will not read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    raw.connect(("127.0.0.1", site.port))
    request = (
        f"GET /ws/notices/ HTTP/1.1\r\nHost: {site.address}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {'A' * 22}==\r\nOrigin: http://{site.address}\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={key}\r\n\r\n"
    )
    raw.sendall(request.encode())
    assert raw.recv(12) == b"HTTP/1.1 101"
    hello = b'{"since": null}'
    raw.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
    return raw


def still_held(site, client: socket.socket) -> bool:
    """Whether the server process still has its end of the connection of `client`."""
    port = f"{client.getsockname()[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{site.port:04X}") and fields[2].endswith(f":{port}"):
            return fields[9] != "0"  # inode 0: an orphan that the kernel alone remembers
    return False


@pytest.fixture
def narrow_site(transactional_db):
    with running(Site(application="tests.intranet.notices.narrow:application")) as site:
        yield site


@pytest.mark.slow
def test_a_client_that_does_not_read_is_cut_off_and_holds_nobody_up(narrow_site):
    stuck = websocket_of(narrow_site, session_of(make_person("sam.stuck")))
    ear = narrow_site.open(session_of(make_person("zoe.finance")))
    published = []
    for _ in range(20):
        with journal.transaction():
            published += [make_notice() for _ in range(25)]
        # Each batch is heard by the one before the next is written: the other has not held it up.
        while len(ear.notices) < len(published):
            ear.next_notice()
    assert ear.notices == [notice.pk for notice in published]
    deadline = time.monotonic() + 120
    while still_held(narrow_site, stuck):
        assert time.monotonic() < deadline, "the client that does not read is still held"
        time.sleep(0.1)
    stuck.settimeout(SOON)
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while part := stuck.recv(65536):
            heard += part
    assert 0 < heard.count(b'"t":"n"') < len(published)
    late = make_notice()
    assert ear.next_notice()["id"] == late.pk
    ear.close()
    stuck.close()
    assert narrow_site.errors() == []


def test_a_line_at_rest_is_shown_to_be_alive(narrow_site):
    with narrow_site.open(session_of(make_person("zoe.finance"))) as ear:
        beats = [json.loads(ear.connection.recv(timeout=SOON)) for _ in range(2)]
    assert beats == [{"t": "h"}, {"t": "h"}]


def queries(function, *arguments) -> int:
    with CaptureQueriesContext(connection) as captured:
        function(*arguments)
    return len(captured)


@pytest.mark.django_db
def test_what_the_hub_asks_does_not_grow_with_the_sockets():
    finance = make_service("finance")
    people = [make_person(f"p{number}.x", service=finance) for number in range(12)]
    keys = [session_of(person) for person in people]
    start = journal.last_sequence()
    notices = [make_notice(scope=finance.scope, audiences=to_service(finance)) for _ in range(3)]
    pks = [person.pk for person in people]
    assert queries(store.news_since, journal.last_sequence()) == 1
    assert queries(store.news_since, start) == 1
    for some in (1, 12):
        assert queries(store.authenticate, keys[:some]) == 2
        assert queries(store.still_there, keys[:some]) == 1
        assert queries(store.still_active, pks[:some]) == 1
        assert queries(store.read_lately, 30.0) == 1
        assert queries(store.deliveries, [notice.pk for notice in notices], pks[:some]) == 2 + 3
    assert queries(store.states, pks) == 1 + 12
    assert queries(store.missed, pks[0], 0, journal.last_sequence(), 50) == 2
    found = store.deliveries([notices[0].pk], pks[:4])
    assert found[0].people == frozenset(pks[:4])


@pytest.mark.django_db
def test_what_the_journal_says_is_understood():
    finance = make_service("finance")
    zoe = make_person("zoe.finance", service=finance)
    head = journal.last_sequence()
    cases = {
        "session.signed_in": (zoe, {}, (set(), set(), False)),
        "session.signed_out": (zoe, {}, ({zoe.pk}, set(), False)),
        "person.deactivated": (zoe, {}, ({zoe.pk}, set(), False)),
        "membership.removed": (zoe, {}, ({zoe.pk}, {zoe.pk}, False)),
        "grant.revoked": (None, {"user": zoe.pk}, ({zoe.pk}, {zoe.pk}, False)),
        "service.renamed": (finance, {}, (set(), set(), False)),
        "notice.withdrawn": (None, {}, (set(), set(), True)),
        "session.refused": (zoe, {}, (set(), set(), False)),
        # Of the next release, in a worker that is that far already: it may take something away.
        "thing.taken": (None, {}, (set(), set(), True)),
        "document.uploaded": (None, {}, (set(), set(), False)),
    }
    for action, (about, payload, (suspects, people, rights)) in cases.items():
        with journal.transaction():
            journal.append(event(action), actor=None, obj=about, payload=payload)
        news = store.news_since(head)
        assert (news.suspects, news.people, news.rights) == (suspects, people, rights), action
        head = news.head
    # A grant to a group: everybody may be concerned, but only where a notice stands below.
    for expected in (False, True):
        with journal.transaction():
            journal.append(
                event("grant.revoked"), actor=None, scope=finance.scope, payload={"group": 1}
            )
        news = store.news_since(head)
        assert news.rights is expected
        make_notice(scope=finance.scope)
        head = journal.last_sequence()


@pytest.mark.django_db
def test_a_long_absence_is_read_in_pieces(monkeypatch):
    monkeypatch.setattr(store, "ENTRIES", 4)
    notices = [make_notice(str(number)) for number in range(10)]
    position, found = 0, []
    while True:
        news = store.news_since(position)
        found += news.published
        position = news.head
        if not news.more:
            break
    assert found == [notice.pk for notice in notices]
    assert position == journal.last_sequence()


# Every event that a socket may carry, and who gets it: the socket's side of the manifest of
# addresses in tests/leaks. A kind of message that is not named here fails the test.
EVERYBODY = {"outsider", "member", "contributor", "head", "it_admin"}
ITS_PEOPLE = {"member", "contributor", "head"}
NOTICES = {
    "site, its readers": EVERYBODY,
    "site, one person": {"it_admin"},
    "site, the service": ITS_PEOPLE,
    "public part, everyone": EVERYBODY,
    "service, its readers": ITS_PEOPLE,
    "service, the service": ITS_PEOPLE,
    "service, an outsider by name": set(),
    "service, everyone": ITS_PEOPLE,
    "withdrawn at once": set(),
}
EVENTS = {"n", "caught", "h"}


def publish_each(world) -> dict[str, int]:
    """Publish one notice of each line of `NOTICES`; return their ids."""
    service, site = world.service, AccessScope.site()
    to = {
        "site, its readers": (site, None),
        "site, one person": (site, to_person(world.people["it_admin"])),
        "site, the service": (site, to_service(service)),
        "public part, everyone": (
            service.public_scope,
            to_everyone(),
        ),
        "service, its readers": (service.scope, None),
        "service, the service": (service.scope, to_service(service)),
        "service, an outsider by name": (service.scope, to_person(world.people["outsider"])),
        "service, everyone": (service.scope, to_everyone()),
    }
    made = {
        name: make_notice(SECRET, scope=scope, audiences=audiences)
        for name, (scope, audiences) in to.items()
    }
    with journal.transaction():
        made["withdrawn at once"] = make_notice(SECRET)
        withdraw_notice(actor=None, notice=made["withdrawn at once"])
    assert made.keys() == NOTICES.keys()
    return {name: notice.pk for name, notice in made.items()}


def test_every_event_for_every_role(site):
    world = build_world()
    ears = {role: site.open(session_of(person)) for role, person in world.people.items()}
    start = journal.last_sequence()
    made = publish_each(world)
    # Everybody, the stranger too, may read this one: nothing of before comes after it.
    open_scope = make_scope("open")
    for person in world.people.values():
        give(person, Level.READ, open_scope)
    marker = make_notice("marker", scope=open_scope)
    for role, ear in ears.items():
        while ear.next_notice()["id"] != marker.pk:
            pass
        expected = {made[name] for name, roles in NOTICES.items() if role in roles}
        assert set(ear.notices) - {marker.pk} == expected, role
        again = site.open(session_of(world.people[role]), start)
        assert set(again.notices) - {marker.pk} == expected, role
        assert again.heard[-1]["u"] == len(expected) + 1, role
        kinds = {message["t"] for message in ear.heard + again.heard}
        assert kinds <= EVENTS, role
        assert SECRET not in json.dumps(ear.heard + again.heard)
        ear.close()
        again.close()
    anonymous = site.open("", hello=False)
    assert anonymous.close_code() == 4401
    assert anonymous.heard == []
