"""What is sent to Wagtail's admin: all of it of those who edit, nothing of anybody else."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.urls import reverse

from config.serving.incoming import SMALL
from directory.models import Role
from intranet.models import NotePage, SiteImage
from tests.directory.factories import make_person, make_service
from tests.intranet.factories import make_image, make_note, make_section, png
from tests.intranet.test_admin_writing import form

from .exchange import FORM, MULTIPART, Exchange, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

_TOKEN = "a" * 32


def prepare() -> SimpleNamespace:
    """A service with a note and a picture, its head and a head of another."""
    finance, schools = make_service("finance"), make_service("schools")
    make_section(schools)
    world = SimpleNamespace(
        finance=finance,
        head=make_person("hal.head", service=finance, role=Role.HEAD),
        member=make_person("mia.member", service=finance),
        other=make_person("olga.other", service=schools, role=Role.HEAD),
        note=make_note(finance, "Before"),
        picture=make_image(finance.scope),
        open_picture=make_image(finance.public_scope),
    )
    world.add = reverse(
        "wagtailadmin_pages:add", args=["intranet", "notepage", make_section(finance)["fr"].pk]
    )
    return world


def large_form(token: str) -> bytes:
    """A note of some 900 kB, as a form without scripts sends it."""
    fields = form("Long") | {"body-0-value-text": "é" * 150_000, "csrfmiddlewaretoken": token}
    return urlencode(fields).encode()


def picture_form(size: int, **fields: str | int) -> bytes:
    """A form with a picture to which `size` bytes are added, which no reader of it minds."""
    fields = {"title": "Plan", "csrfmiddlewaretoken": _TOKEN} | fields
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts.append(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + png() + b"\x00" * size + b"\r\n--b--\r\n"
    )
    return b"".join(parts)


async def send(handler, person, url, content, kind=FORM) -> Exchange:
    """Send a form as a browser without scripts does: its token is among the fields."""
    headers = await sync_to_async(signed_in)(person)
    del headers["X-CSRFToken"]
    headers |= kind | {"Content-Length": str(len(content)), "Accept": "text/html"}
    pieces = [content[at : at + 65536] for at in range(0, len(content), 65536)]
    exchange = Exchange("POST", url, headers, pieces)
    await exchange.run(handler)
    return exchange


async def test_a_long_page_is_taken_whole_of_who_writes_in_its_section(handler):
    world = await sync_to_async(prepare)()
    for person in (world.member, world.other):
        refused = await send(handler, person, world.add, large_form(_TOKEN))
        assert (refused.status, refused.asked) == (404, 0)
    written = await send(handler, world.head, world.add, large_form(_TOKEN))
    assert written.status == 302, written.content.decode()[:2000]
    note = await NotePage.objects.aget(title="Long")
    assert len(note.body[0].value["text"]) == 150_000


async def test_the_token_of_a_form_is_looked_for_once_the_right_is_known(handler):
    world = await sync_to_async(prepare)()
    for content in (large_form("b" * 32), urlencode(form("Short")).encode()):
        assert (await send(handler, world.head, world.add, content)).status == 403
        assert (await send(handler, world.member, world.add, content)).status == 404
    assert not await NotePage.objects.filter(title__in=["Long", "Short"]).aexists()


async def test_a_picture_is_taken_of_who_may_put_it_there(handler, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    world = await sync_to_async(prepare)()
    content = picture_form(3_000_000, scope=world.finance.scope.pk)
    add = reverse("wagtailimages:add")
    refused = await send(handler, world.member, add, content, MULTIPART)
    assert (refused.status, refused.asked) == (404, 0)
    taken = await send(handler, world.head, add, content, MULTIPART)
    assert taken.status == 302, taken.content.decode()[:2000]
    assert (await SiteImage.objects.aget(title="Plan")).file.size > 3_000_000


async def test_a_picture_is_replaced_only_where_it_is_ones_own(handler, settings, tmp_path):
    """Nor is a file of those made that are small enough to have come before anything is known."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "none")
    world = await sync_to_async(prepare)()
    for pk in (world.picture.pk, world.open_picture.pk, 999_999):
        edit = reverse("wagtailimages:edit", args=[pk])
        for size in (10, 2 * SMALL):
            refused = await send(handler, world.other, edit, picture_form(size), MULTIPART)
            assert refused.status == 404
            assert refused.asked == 0 or size < SMALL
