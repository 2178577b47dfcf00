"""Every address × every role that is refused there: answered before the body, and nothing kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.urls import resolve
from django.utils import translation

from config.serving.handler import Handler
from documents.uploads.asking import FORM, takes_its_body
from intranet import sending
from intranet.lock import gate
from intranet.pictures import preparing
from tests.config.serving.exchange import Exchange, handler_with, signed_in
from tests.leaks.route import ROLES, Route
from tests.leaks.test_routes import ROUTES, whole_world
from tests.leaks.world import World

pytestmark = pytest.mark.django_db(transaction=True)

_PIECE = b"x" * FORM
_BEGINNING = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
_END = b"\r\n--b--\r\n"
_LARGE = [_BEGINNING, *[_PIECE] * 48, _END]
_SMALL = [_BEGINNING + b"x" * 500 + _END]
_REFUSED = {302, 401, 403, 404, 405, 413}


def prepared() -> tuple[World, dict[str, dict[str, str]]]:
    """The world of the manifest, and with what each role asks."""
    world = whole_world()
    asking = {role: signed_in(world.people[role]) for role in ROLES if role != "anonymous"}
    asking["anonymous"] = {"Host": "testserver"}
    return world, {
        role: headers | {"Content-Type": "multipart/form-data; boundary=b"}
        for role, headers in asking.items()
    }


def refused(world: World) -> Iterator[tuple[str, str, str, Route]]:
    """Yield method, address and role wherever somebody is refused.

    What is only looked at by the manifest is sent a form too, by one of those who are refused.
    """
    seen = set()
    for route in ROUTES:
        looked_at = route.method == "get"
        method, url = "POST" if looked_at else route.method.upper(), route.url(world)
        roles = [role for role in ROLES if is_refused(route, role)]
        for role in roles[-1:] if looked_at else roles:
            if (method, url, role) not in seen:
                seen.add((method, url, role))
                yield method, url, role, route


def is_refused(route: Route, role: str) -> bool:
    status = route.expect[role]
    return status in (403, 404, 405) or (role == "anonymous" and status == 302)


async def asked(
    handler: Handler, method: str, url: str, headers: dict[str, str], pieces: list[bytes]
) -> tuple[int | None, int]:
    """Return the status, and for how many pieces of the body the client was asked."""
    exchange = Exchange(method, url, headers, pieces)
    return await exchange.run(handler), exchange.asked


async def test_who_is_refused_is_answered_before_the_body(settings, tmp_path):
    # A file that is kept would find no folder: 500.
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "none")
    world, asking = await sync_to_async(prepared)()
    wrong = []
    with handler_with() as handler:
        for method, url, role, route in await sync_to_async(lambda: list(refused(world)))():
            headers = asking[role]
            length = {"Content-Length": str(sum(map(len, _LARGE)))}
            found = await asked(handler, method, url, headers | length, _LARGE)
            if found[0] not in _REFUSED or found[1] > 0:
                wrong.append((method, url, role, "large", *found))
            if route.method == "get" and route.name not in preparing.BRINGING:
                continue
            # Of a length that is not told, no more comes than a form may have.
            untold = {"Transfer-Encoding": "chunked"}
            found = await asked(handler, method, url, headers | untold, _LARGE)
            if found[0] not in {*_REFUSED, 400} or found[1] > 2:
                wrong.append((method, url, role, "untold", *found))
            length = {"Content-Length": str(len(_SMALL[0]))}
            found = await asked(handler, method, url, headers | length, _SMALL)
            if found[0] not in {*_REFUSED, 400}:
                wrong.append((method, url, role, "small", *found))
    assert not wrong, "\n" + "\n".join(map(str, wrong))


async def test_what_is_no_address_or_only_read_takes_nothing_large():
    _world, asking = await sync_to_async(prepared)()
    headers = asking["member"] | {"Content-Length": str(sum(map(len, _LARGE)))}
    with handler_with() as handler:
        assert await asked(handler, "POST", "/nowhere/", headers, _LARGE) == (404, 0)
        for path in ("/health/live", "/spaces/", "/notices/", "/fr/", "/search/"):
            assert await asked(handler, "POST", path, headers, _LARGE) == (413, 0)


def view_of(url: str) -> Callable[..., Any]:
    with translation.override("en" if url.startswith("/en/") else "fr"):
        return resolve(urlsplit(url).path).func


def test_few_views_take_more_than_a_form():
    """Outside of the gate of Wagtail's admin, which asks for the right of each of its views."""
    world = whole_world()
    large = {route.name for route in ROUTES if takes_its_body(view_of(route.url(world)))}
    admin = {r.name for r in ROUTES if r.url(world).startswith("/admin/")}
    assert large - admin == {"documents:files", "documents:upload"}
    assert admin <= large
    assert sending.PAGES | preparing.BRINGING <= gate.OPEN
