"""Answers go out at the client's pace, and hold nothing that others need meanwhile."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from config.serving.pace import Pace
from config.serving.shares import Shares
from config.settings import base
from tests.directory.factories import make_person
from tests.documents.conftest import make_world
from tests.documents.factories import make_document

from .exchange import Exchange, handler_with, signed_in, until

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"0123456789abcdef" * 200_000


class Stalled(Exchange):
    """A client that takes the beginning of its answer, and no more."""

    async def send(self, message):
        await super().send(message)
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()


def prepare():
    world = make_world()
    node = make_document(world.space.root, "big.bin", content=CONTENT)
    return world, f"/d/{node.pk}/download", signed_in(world.member), signed_in(world.head)


async def stalled(handler, path, headers, count):
    exchanges = [Stalled("GET", path, headers) for _ in range(count)]
    tasks = [asyncio.ensure_future(each.run(handler)) for each in exchanges]
    await until(lambda: all(len(each.sent) > 1 for each in exchanges))
    return tasks


async def ended(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_stalled_download_holds_no_thread_of_the_views(settings):
    _world, path, headers, other = await sync_to_async(prepare)()
    with handler_with() as handler:
        tasks = await stalled(handler, path, headers, settings.VIEWS_AT_WORK + 2)
        assert await Exchange("GET", "/spaces/", other).run(handler) == 200
        whole = Exchange("GET", path, other)
        assert await whole.run(handler) == 200
        assert whole.content == CONTENT
        await ended(tasks)


async def test_one_person_has_few_downloads_under_way_and_is_told():
    _world, path, headers, other = await sync_to_async(prepare)()
    with handler_with(downloads=Shares(each=2, all=3)) as handler:
        tasks = await stalled(handler, path, headers, 2)
        refused = Exchange("GET", path, headers | {"Accept": "text/html"})
        assert await refused.run(handler) == 429
        assert b"<h1>" in refused.content
        assert (b"Retry-After", b"5") in refused.sent[0]["headers"]
        tasks += await stalled(handler, path, other, 1)
        assert await Exchange("GET", path, other).run(handler) == 503
        assert await Exchange("GET", "/spaces/", headers).run(handler) == 200
        await ended(tasks)
        assert await Exchange("GET", path, headers).run(handler) == 200


async def test_who_takes_too_little_is_cut_off():
    _world, path, headers, _other = await sync_to_async(prepare)()
    with handler_with(pace=Pace(grace=0.3, rate=1e9), downloads=Shares(each=1, all=1)) as handler:
        exchange = Stalled("GET", path, headers)
        await exchange.run(handler)
        assert exchange.status == 200
        assert len(exchange.content) < len(CONTENT)
        whole = Exchange("GET", path, headers)
        assert await whole.run(handler) == 200
        assert whole.content == CONTENT


async def test_a_page_that_nobody_takes_is_given_up():
    _world, _path, headers, _other = await sync_to_async(prepare)()
    with handler_with(pace=Pace(grace=0.3, rate=1e9)) as handler:
        assert await Stalled("GET", "/spaces/", headers).run(handler) == 200


async def test_a_client_that_left_is_sent_nothing_more():
    _world, path, headers, _other = await sync_to_async(prepare)()

    class Leaving(Exchange):
        async def send(self, message):
            await super().send(message)
            self.answered.set()
            await asyncio.sleep(0)

    with handler_with() as handler:
        exchange = Leaving("GET", path, headers)
        await exchange.run(handler)
        assert len(exchange.content) < len(CONTENT)


async def test_what_a_view_yields_is_gathered_before_it_is_sent(settings):
    """The export reads the journal as it goes: not at the pace of its reader."""
    _world, _path, _headers, _other = await sync_to_async(prepare)()
    admin = await sync_to_async(lambda: signed_in(make_person("it.admin", it_admin=True)))()
    with handler_with() as handler:
        form = admin | {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "1"}
        export = Exchange("POST", "/access/journal/export/", form, [b"a"])
        assert await export.run(handler) == 200
        assert export.content.startswith("\ufeff".encode())
        assert export.content.count(b"\n") > 2


noted: list[int] = []
"""The threads in which requests were answered."""


def noting(get_response):
    """A middleware that notes in which thread it is called."""

    def middleware(request):
        response = get_response(request)
        noted.append(threading.get_ident())
        return response

    return middleware


async def test_there_are_few_connections_however_many_clients_come(settings):
    """A connection belongs to a thread, and there are few threads."""
    settings.MIDDLEWARE = [f"{__name__}.noting", *settings.MIDDLEWARE]
    _world, _path, headers, _other = await sync_to_async(prepare)()
    noted.clear()
    with handler_with() as handler:
        requests = [Exchange("GET", "/spaces/", headers).run(handler) for _ in range(20)]
        assert set(await asyncio.gather(*requests)) == {200}
    assert len(noted) == 20
    assert len(set(noted)) <= settings.VIEWS_AT_WORK


def test_a_site_keeps_its_connections_and_looks_at_them_first():
    """Opening one costs more than many a query: five settings on SQLite, a sign-in elsewhere."""
    database = base.DATABASES["default"]
    assert database["CONN_MAX_AGE"] is None or database["CONN_MAX_AGE"] >= 60
    assert database["CONN_HEALTH_CHECKS"]
