"""Every address × every role: the status, and no secret in the answer."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.leaks import routes
from tests.leaks.route import ROLES, Route
from tests.leaks.world import SECRET, World, build_world

MODULES: list[ModuleType] = [
    importlib.import_module(f"{routes.__name__}.{info.name}")
    for info in pkgutil.iter_modules(routes.__path__)
]
ROUTES: list[Route] = [route for module in MODULES for route in module.ROUTES]
KEPT_OUT = ("outsider", "stranger", "it_admin", "anonymous")


def addresses(
    patterns: list[URLPattern | URLResolver], namespace: str = "", prefix: str = ""
) -> Iterator[str]:
    """Yield the name of every view the site resolves, or its pattern where it has none."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner, path)
        else:
            yield f"{namespace}{pattern.name}" if pattern.name else path


def test_every_address_is_in_the_manifest():
    listed = {route.name for route in ROUTES}
    existing = set(addresses(get_resolver().url_patterns))
    assert existing - listed == set(), "addresses without a line in tests/leaks/routes/"
    assert listed - existing == set(), "lines of tests/leaks/routes/ without an address"


def whole_world() -> World:
    """Make the organisation, with the content that each module of the manifest adds."""
    built = build_world()
    for module in MODULES:
        if hasattr(module, "build"):
            module.build(built)
    return built


@pytest.fixture
def world(db: None) -> World:
    return whole_world()


def body(response: HttpResponseBase) -> str:
    if isinstance(response, HttpResponse):
        return response.content.decode(errors="replace")
    if getattr(response, "is_async", False):
        return ""
    return b"".join(response.streaming_content).decode(errors="replace")  # type: ignore[attr-defined]


def signed_in(world: World, role: str) -> str:
    """Sign in as `role`; return the name of the session, "" where nobody is signed in."""
    if role == "anonymous":
        return ""
    client = Client()
    client.force_login(world.people[role], backend="directory.backends.DirectoryBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def ask(route: Route, world: World, role: str, session: str) -> list[str]:
    """Ask as `role` in that session, take back what it wrote, and say what was wrong."""
    client = Client(raise_request_exception=False, headers=dict(route.headers))
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    data = route.data(world) if callable(route.data) else route.data
    url = route.url(world)
    wrong: list[str] = []
    with transaction.atomic():
        response = getattr(client, route.method)(url, data=data)
        text = body(response)
        transaction.set_rollback(True)
    if response.status_code != route.expect[role]:
        wrong.append(f"{route} as {role}: {response.status_code}, not {route.expect[role]} ({url})")
    if (role in KEPT_OUT or route.expect[role] == 404) and SECRET in text.replace(url, ""):
        wrong.append(f"{route} as {role}: the secret is in the answer ({url})")
    return wrong


def test_every_address_for_every_role(world):
    sessions = {role: signed_in(world, role) for role in ROLES}
    wrong = [
        fault
        for route in ROUTES
        for role, session in sessions.items()
        for fault in ask(route, world, role, session)
    ]
    assert not wrong, "\n" + "\n".join(wrong)
