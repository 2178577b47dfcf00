"""What one client sends, or one damaged row says, stops nobody else's news."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import DataError, OperationalError, connection
from django.test import Client

from directory import journal
from directory.models import JournalEntry
from intranet.notices.hub import Hub, isolated, store
from tests.directory.factories import event, make_person
from tests.directory.test_journal import raw

from .factories import make_notice
from .serving import SOON, Site, running, session_of

# A quoted value may carry any octet: the first is a NUL, which PostgreSQL refuses.
NO_KEYS = ['"abcdefgh\\000ijkl"', '"\\377\\376abcdefghijkl"', "²" * 32, "A" * 32, "a" * 41]


@pytest.mark.parametrize("key", NO_KEYS)
def test_a_cookie_that_is_no_key_spoils_nobody_elses_news(site, listen, key):
    zoe = make_person("zoe.finance")
    ear, hers = listen(zoe), listen(zoe)
    bad = [site.open(key.encode().decode("latin-1"), hello=False) for _ in range(3)]
    late = site.open(session_of(zoe))
    notice = make_notice()
    for good in (ear, hers, late):
        assert good.next_notice()["id"] == notice.pk
        good.close()
    for refused in bad:
        assert refused.close_code() == 4401
        refused.close()


MANY = [f"X-{n}: n" for n in range(200)]


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("POST", ["Content-Length: 5"], b"400"),
        ("PUT", ["Transfer-Encoding: chunked"], b"400"),
        ("GET", ["Content-Length: 5"], b"400"),
        ("GET", MANY, b"431"),
    ],
)
def test_a_handshake_that_is_none_is_answered_and_its_connection_closed(
    site, line, headers, status
):
    wanted = ["Upgrade: websocket", "Connection: Upgrade", f"Origin: http://{site.address}"]
    wanted += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
    lines = [f"{line} /ws/notices/ HTTP/1.1", f"Host: {site.address}", *wanted, *headers]
    with socket.create_connection(("127.0.0.1", site.port), timeout=SOON) as client:
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(1000), b""))
    assert answer.split(b" ")[1] == status
    ear = site.open(session_of(make_person("zoe.finance")))
    assert make_notice().pk == ear.next_notice()["id"]
    ear.close()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["abcdefgh\x00ijkl", "²" * 32, "a" * 5000])
def test_a_page_asked_for_with_such_a_cookie_asks_to_sign_in(key):
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = key
    assert browser.get("/notices/").status_code == 302


@pytest.mark.django_db
def test_the_database_is_asked_for_what_can_be_a_key_alone(django_assert_num_queries):
    for key in ("abcdefgh\x00ijkl", "²" * 32, "a" * 41, "short", ""):
        with django_assert_num_queries(0):
            assert store._store()(key).session_key is None


def test_of_many_items_the_bad_one_alone_is_left_out():
    asked = []

    def read(items):
        asked.append(list(items))
        if 3 in items:
            raise DataError
        return {item: item * item for item in items}

    assert isolated.each_for_itself(read, [1, 2, 3, 4], "an item") == {1: 1, 2: 4, 4: 16}
    assert asked == [[1, 2, 3, 4], [1], [2], [3], [4]]


def test_a_database_that_is_down_is_not_the_fault_of_an_item():
    def read(_items):
        raise OperationalError

    with pytest.raises(OperationalError):
        isolated.each_for_itself(read, [1, 2], "an item")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", ["session.signed_out", "grant.revoked", "notice.published"])
def test_a_damaged_entry_of_the_journal_silences_nobody(action):
    """The damaged one comes in the same piece as what must pass."""
    zoe, ivo = make_person("zoe.finance"), make_person("ivo.schools")
    with running(Site()) as site:
        hers, his = site.open(session_of(zoe)), site.open(session_of(ivo))
        with journal.transaction():
            bad = journal.append(event(action), actor=None, obj=zoe)
            journal.append(event("person.deactivated"), actor=None, obj=zoe)
            type(zoe).objects.filter(pk=zoe.pk).update(is_active=False)
            bad.then = lambda number: damage(number)
            notice = make_notice()
        assert his.next_notice()["id"] == notice.pk
        assert hers.close_code() == 4401
        hers.close()
        his.close()


# What SQLite alone keeps: PostgreSQL has columns of text and of numbers for these.
LOOSE: list[Callable[[int], None]] = [
    lambda number: no_text("directory_journalentry", "action", "sequence", number),
    lambda number: raw(number, "action", b"\xff"),
    lambda number: raw(number, "scope_id", "abc"),
    lambda number: raw(number, "scope_id", 1e30),
]
ROWS: list[Callable[[int], None]] = [
    # JSON to both databases; Python makes no number of it.
    lambda number: raw(number, "payload", '{"user": %s}' % ("9" * 5000)),
    *(LOOSE if connection.vendor == "sqlite" else []),
]


@pytest.mark.django_db
@pytest.mark.parametrize("harm", ROWS)
def test_a_row_that_cannot_be_read_is_passed_by_and_taken_for_anything(
    harm, django_assert_num_queries
):
    head = journal.last_sequence()
    zoe = make_person("zoe.finance")
    with journal.transaction():
        journal.append(event("grant.revoked"), actor=None, then=harm)
        journal.append(event("person.deactivated"), actor=None, obj=zoe)
    news = store.news_since(head)
    assert news.rights
    assert zoe.pk in news.suspects
    assert news.head == journal.last_sequence()
    with django_assert_num_queries(1):
        assert not store.news_since(news.head).rights


@pytest.mark.django_db(transaction=True)
def test_rows_that_cannot_be_read_silence_nobody():
    zoe, ivo = make_person("zoe.finance"), make_person("ivo.schools")
    with running(Site()) as site:
        hers, his = site.open(session_of(zoe)), site.open(session_of(ivo))
        with journal.transaction():
            for harm in ROWS:
                journal.append(event("grant.revoked"), actor=None, then=harm)
        first = make_notice()
        assert his.next_notice()["id"] == first.pk
        with journal.transaction():
            journal.append(event("person.deactivated"), actor=None, obj=zoe)
            type(zoe).objects.filter(pk=zoe.pk).update(is_active=False)
        assert hers.close_code() == 4401
        with site.open(session_of(ivo)) as late:
            second = make_notice()
            assert late.next_notice()["id"] == his.next_notice()["id"] == second.pk
        hers.close()
        his.close()


def damage(number: int) -> None:
    """Have the entry `number` say what no entry says."""
    JournalEntry.objects.filter(pk=number).update(payload=["damaged"], object_id="²")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps nothing but text")
@pytest.mark.django_db(transaction=True)
def test_a_session_or_an_account_that_cannot_be_read_spoils_nobody_elses_news():
    """SQLite's library raises what it raises for an outage."""
    zoe, ivo, sam = (make_person(login) for login in ("zoe.finance", "ivo.schools", "sam.works"))
    key, late = session_of(zoe), session_of(zoe)
    with running(Site()) as site:
        his, hers, other = site.open(session_of(ivo)), site.open(key), site.open(session_of(sam))
        no_text("django_session", "session_data", "session_key", late)
        no_text("directory_user", "username", "id", zoe.pk)
        refused = site.open(late, hello=False)
        assert refused.close_code() == 4401
        with journal.transaction():
            for person in (zoe, sam):
                journal.append(event("person.deactivated"), actor=None, obj=person)
            type(sam).objects.filter(pk=sam.pk).update(is_active=False)
            notice = make_notice()
        assert his.next_notice()["id"] == notice.pk
        for ended in (hers, other):
            assert ended.close_code() == 4401
        for ear in (his, hers, other, refused):
            ear.close()


def no_text(table: str, column: str, key: str, value: object) -> None:
    """Have SQLite keep what is no text, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = CAST(x'ff' AS TEXT) WHERE {key} = %s",  # noqa: S608
            [value],
        )


@pytest.mark.django_db(transaction=True)
def test_nothing_ends_the_task_of_a_hub(caplog):
    key = session_of(make_person("zoe.finance"))

    class Failing(Hub):
        failures = 1

        async def _turn(self) -> None:
            if self.failures:
                self.failures -= 1
                raise RecursionError
            await super()._turn()

    async def come_before_and_after() -> None:
        hub = Failing()
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(hub.admit(key), 60)
        task = hub._task
        assert await asyncio.wait_for(hub.admit(key), 60) is not None
        assert hub._task is task
        assert task is not None
        task.cancel()
        await asyncio.wait({task})

    asyncio.run(come_before_and_after())
    assert [r.exc_info[0] for r in caplog.records if r.levelname == "ERROR"] == [RecursionError]


@pytest.mark.django_db(transaction=True)
def test_a_step_that_fails_for_the_moment_keeps_no_other_from_its_turn():
    """What takes access away is looked at also where the news cannot be read."""
    zoe = make_person("zoe.finance")
    key = session_of(zoe)
    closed: list[dict[str, object]] = []

    class Deaf(Hub):
        async def _hear(self) -> None:
            raise OperationalError("deadlock detected")

    async def lose_the_account() -> None:
        hub = Deaf()
        session = await hub.admit(key)
        assert session is not None
        over = asyncio.Event()

        async def send(message: dict[str, object]) -> None:
            closed.append(message)
            over.set()

        hub.attach(send, session)
        await asyncio.to_thread(deactivate)
        await asyncio.wait_for(over.wait(), 60)
        assert hub._task is not None
        hub._task.cancel()
        await asyncio.wait({hub._task})

    def deactivate() -> None:
        type(zoe).objects.filter(pk=zoe.pk).update(is_active=False)
        connection.close()

    asyncio.run(lose_the_account())
    assert [(m["type"], m["code"]) for m in closed] == [("websocket.close", 4401)]


@pytest.mark.django_db(transaction=True)
def test_a_hub_whose_task_died_answers_the_next_handshake():
    key = session_of(make_person("zoe.finance"))

    async def come_before_and_after() -> list[bool]:
        hub = Hub()
        before = await hub.admit(key)
        assert hub._task is not None
        hub._task.cancel()
        await asyncio.wait({hub._task})
        after = await asyncio.wait_for(hub.admit(key), 60)
        return [before is not None, after is not None]

    assert asyncio.run(come_before_and_after()) == [True, True]


@pytest.mark.django_db(transaction=True)
def test_a_handshake_that_waits_when_the_task_dies_is_told_to_come_again():
    async def come_too_late() -> None:
        hub = Hub()
        waiting = asyncio.ensure_future(hub.admit("a" * 32))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the task has begun, and asks the database
        assert hub._task is not None
        hub._task.cancel()
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(waiting, 60)

    asyncio.run(come_too_late())
