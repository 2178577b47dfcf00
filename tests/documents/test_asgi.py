"""Uploads under ASGI: the body stays on the wire until the view reads it."""

from __future__ import annotations

import asyncio
from http.cookies import SimpleCookie

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.test import Client

from documents.models import Node
from documents.uploads import asgi
from documents.uploads.asgi import IncomingBody, StreamingHandler

from .conftest import make_world
from .factories import content_of

pytestmark = pytest.mark.django_db(transaction=True)
PIECE = b"x" * 65536


class Exchange:
    """One request: what the client sends, in pieces, and what it is answered."""

    def __init__(self, method, path, headers, pieces, *, ends=True):
        self.scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path.partition("?")[0],
            "query_string": path.partition("?")[2].encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "server": ("testserver", 80),
            "client": ("127.0.0.1", 1),
        }
        self.pieces = list(pieces)
        self.ends = ends
        self.asked = 0
        self.sent = []
        self.answered = asyncio.Event()

    async def receive(self):
        self.asked += 1
        if self.pieces:
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}
        if self.ends:  # stays connected until it is answered
            await self.answered.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.answered.set()

    async def run(self):
        await StreamingHandler()(self.scope, self.receive, self.send)
        return self.sent[0]["status"] if self.sent else None


def signed_in(person):
    client = Client()
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    client.cookies["csrftoken"] = "a" * 32
    cookies: SimpleCookie = client.cookies
    return {
        "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()),
        "X-CSRFToken": "a" * 32,
        "Accept": "application/json",
        "Host": "testserver",
    }


def prepare(who):
    world = make_world()
    return world, signed_in(getattr(world, who))


def names():
    return set(Node.objects.exclude(name="").values_list("name", flat=True))


async def test_a_file_is_taken_piece_by_piece(blob_folder):
    world, headers = await sync_to_async(prepare)("contributor")
    pieces = [PIECE] * 40
    headers |= {"Content-Length": str(sum(map(len, pieces)))}
    exchange = Exchange("PUT", f"/d/{world.space.root_id}/files?name=a.bin", headers, pieces)
    assert await exchange.run() == 201
    node = await Node.objects.aget(name="a.bin")
    assert await sync_to_async(content_of)(node) == PIECE * 40


async def test_who_may_not_send_is_answered_before_the_body(blob_folder):
    world, headers = await sync_to_async(prepare)("member")
    exchange = Exchange("PUT", f"/d/{world.space.root_id}/files?name=a.bin", headers, [PIECE] * 40)
    assert await exchange.run() == 404
    assert exchange.asked == 0
    assert not blob_folder.exists()


async def test_a_form_is_taken_from_the_wire_too(blob_folder):
    world, headers = await sync_to_async(prepare)("contributor")
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        + PIECE * 3
        + b"\r\n--b--\r\n"
    )
    headers |= {
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(len(form)),
    }
    pieces = [form[at : at + 50_000] for at in range(0, len(form), 50_000)]
    exchange = Exchange("POST", f"/d/{world.space.root_id}/upload/", headers, pieces)
    assert await exchange.run() == 302
    node = await Node.objects.aget(name="a.bin")
    assert await sync_to_async(content_of)(node) == PIECE * 3


async def test_a_client_that_leaves_leaves_nothing(blob_folder):
    world, headers = await sync_to_async(prepare)("contributor")
    headers |= {"Content-Length": "10000000"}

    class Leaving(Exchange):
        async def receive(self):
            if self.asked >= 3:
                self.asked += 1
                return {"type": "http.disconnect"}
            return await super().receive() | {"more_body": True}

    exchange = Leaving("PUT", f"/d/{world.space.root_id}/files?name=a.bin", headers, [PIECE] * 40)
    await exchange.run()
    await asyncio.sleep(0.2)
    assert await sync_to_async(names)() == set()
    assert list((blob_folder / "tmp").iterdir()) == []


async def test_a_body_shorter_than_announced_is_told_and_leaves_nothing(blob_folder):
    world, headers = await sync_to_async(prepare)("contributor")
    headers |= {"Content-Length": "500"}
    exchange = Exchange("PUT", f"/d/{world.space.root_id}/files?name=a", headers, [b"short"])
    assert await exchange.run() == 400
    assert b"interrupted" in exchange.sent[1]["body"]
    assert await sync_to_async(names)() == set()
    assert list((blob_folder / "tmp").iterdir()) == []


async def test_a_silent_client_is_given_up(blob_folder, monkeypatch):
    monkeypatch.setattr(asgi, "SILENCE", 0.2)
    world, headers = await sync_to_async(prepare)("contributor")

    class Silent(Exchange):
        async def receive(self):
            if self.asked >= 2:
                await asyncio.Event().wait()
            return await super().receive()

    exchange = Silent("PUT", f"/d/{world.space.root_id}/files?name=a", headers, [PIECE] * 9)
    assert await exchange.run() == 400
    assert await sync_to_async(names)() == set()


async def test_other_requests_are_as_ever():
    _world, headers = await sync_to_async(prepare)("member")
    assert await Exchange("GET", "/spaces/", headers, [b""]).run() == 200
    assert await Exchange("POST", "/d/trash/", headers, [b"node=1"]).run() == 404


async def test_the_body_is_not_read_in_the_loop():
    async def receive():
        raise AssertionError

    with pytest.raises(RuntimeError):
        IncomingBody(receive).read(1)


async def test_a_line_is_read():
    pieces = [b"one\ntw", b"o"]

    async def receive():
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    body = IncomingBody(receive)
    lines = await asyncio.to_thread(lambda: [body.readline(), body.readline(), body.readline()])
    assert lines == [b"one\n", b"two", b""]


def test_the_site_is_served_by_this_handler():
    from config.asgi import application

    assert isinstance(application.application_mapping["http"], StreamingHandler)
    assert django_settings.ASGI_APPLICATION == "config.asgi.application"
