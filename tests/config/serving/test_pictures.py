"""A picture, however slow, holds up nobody but who brings it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.urls import reverse
from wagtail.models import Collection

from directory.models import Role
from intranet.models import Rendition, SiteImage
from intranet.pictures import looking
from intranet.pictures.completing import complete
from intranet.pictures.preparing import SPECS, VIEWS
from tests.directory.factories import make_person, make_service
from tests.intranet.factories import make_image, make_note, make_section, png

from .exchange import Exchange, handler_with, signed_in, until

pytestmark = pytest.mark.django_db(transaction=True)


class HeldSandbox:
    """Starts no child for a picture until it is let go."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.gate = threading.Event()
        self.asked = 0

    def run(self, *args, **options):
        self.asked += 1
        self.gate.wait(120)
        return self.sandbox.run(*args, **options)


@pytest.fixture
def sandbox(monkeypatch):
    held = HeldSandbox(looking._sandbox)
    monkeypatch.setattr(looking, "_sandbox", held)
    yield held
    held.gate.set()


def with_pictures():
    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Root")  # of a migration: another test has emptied the tables
    service = make_service("finance")
    make_section(service)
    heads = [make_person(f"{name}.head", service=service, role=Role.HEAD) for name in "ab"]
    return service, *map(signed_in, heads), signed_in(make_person("olga.other"))


def upload(headers, scope, content):
    form = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in {"title": "plan", "scope": scope, "description": ""}.items()
    )
    form += (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--b--\r\n"
    )
    sent = {
        "Accept": "text/html",
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(len(form)),
    }
    return Exchange("POST", "/admin/images/add/", headers | sent, [form])


async def test_a_picture_that_takes_long_holds_up_nobody_but_who_brings_it(sandbox):
    """Nobody's writing waits for it, nor another's picture; one's own pictures come in turn."""
    service, first, second, other = await sync_to_async(with_pictures)()
    with handler_with() as handler:
        for headers in (first, second, other):
            assert await Exchange("GET", "/session/", headers).run(handler) == 200
        uploads = [
            asyncio.ensure_future(upload(first, service.scope_id, png(size=(90, n))).run(handler))
            for n in range(60, 60 + settings.VIEWS_AT_WORK + 1)
        ]
        await until(lambda: sandbox.asked)
        uploads.append(
            asyncio.ensure_future(upload(second, service.scope_id, png(size=(90, 50))).run(handler))
        )
        await until(lambda: sandbox.asked == 2)
        read = Exchange("POST", "/notices/read/", other | {"Content-Length": "0"})
        assert await read.run(handler) < 400
        assert sandbox.asked == 2
        assert not any(each.done() for each in uploads)
        sandbox.gate.set()
        assert await asyncio.gather(*uploads) == [302] * len(uploads)
    assert await SiteImage.objects.acount() == len(uploads)
    assert await Rendition.objects.acount() == len(uploads) * len(SPECS)


async def test_a_page_is_read_without_rendering_its_pictures(sandbox):
    """Those that have no renditions leave a gap, until the worker has made them."""

    def prepare():
        service, head, _second, _other = with_pictures()
        pictures = [make_image(service.scope, name) for name in ("one", "two")]
        body = [
            {"type": "image", "value": {"image": each.pk, "alt_text": "x", "decorative": False}}
            for each in pictures
        ]
        return make_note(service, "note", body=body).address_own, head

    sandbox.gate.set()
    address, head = await sync_to_async(prepare)()
    before = sandbox.asked
    with handler_with() as handler:
        for page in (address, "/admin/images/", f"/admin/images/{(await first_image()).pk}/"):
            assert await Exchange("GET", page, head).run(handler) == 200
        assert sandbox.asked == before
        assert not await Rendition.objects.aexists()
        assert await sync_to_async(complete)(set()) == 2
        asked = sandbox.asked
        shown = Exchange("GET", address, head)
        assert await shown.run(handler) == 200
        assert shown.content.count(b"/images/images/") >= 2 * 4
        assert sandbox.asked == asked


async def first_image():
    return await SiteImage.objects.order_by("pk").afirst()


def test_every_view_that_takes_pictures_is_one_whose_threads_are_their_own():
    under = reverse("wagtailimages:index")
    for view in VIEWS:
        arguments = [1] if view.endswith(("edit", "from_uploaded_image")) else []
        assert reverse(view, args=arguments).startswith(under)
