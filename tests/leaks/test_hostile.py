"""Every address × hostile numbers, text, headers and cookies × every role: no answer is 500.

The fields that a view asks for are found by asking once as it is; then each address is asked
by each role, and once more by one that may enter: with hostile values, with one of them beside
others that find something, and, where it takes the text of a page, with hostile values in its
blocks. What is sent is chosen by a fixed seed; another one and more rounds look further than the
suite has time for.

All roles ask on PostgreSQL, the database of production, whose columns and texts refuse more. On
SQLite one that may enter asks, and some others: a view that keeps a role out does so alike on
both, before it reads what was sent.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.test import Client, override_settings

from tests.leaks.hostile import (
    ASKED,
    COOKIES,
    GOOD,
    HEADERS,
    NOTHING,
    RAW,
    VALUES,
    as_query,
    hostile_path,
)
from tests.leaks.hostile_blocks import hostile_text
from tests.leaks.route import ROLES, Route
from tests.leaks.test_routes import ROUTES, whole_world
from tests.leaks.world import World

SEED = 15
ROUNDS = 1
# Of an address that is there for nobody, of a form sent where the manifest has none, and of any
# address on SQLite.
OTHERS = 2
# Texts of pages that are sent to each form which takes one.
TEXTS = 4
_TOKEN = "a" * 32
ENTERING = ("head", "it_admin", "member", "outsider", "stranger", "anonymous")
# Each header and each cookie is tried at a few addresses, and some of them at any.
HEADERS_AT = ("directory:sign_in", "wagtail_serve", "documents:download", "wagtailadmin_home")
# With these, what is asked never comes to a view.
STOPPED = {"Host", "Content-Length", "Content-Type"}
ANYWHERE = [headers for headers in HEADERS if not STOPPED.intersection(headers)]


def distinct() -> list[Route]:
    """Return the first line of the manifest for each address and method.

    What somebody may look at is sent a form, too: most such pages take one.
    """
    listed = {(route.name, route.method): route for route in reversed(ROUTES)}
    forms = [
        replace(route, method="post", data=None)
        for (name, method), route in listed.items()
        if method == "get" and (name, "post") not in listed and entering(route)
    ]
    return [*listed.values(), *forms]


def entering(route: Route) -> str | None:
    """Return a role that `route` lets in, the one that may most."""
    kept_out = {302, 401, 403, 404} if route.expect["anonymous"] == 302 else {401, 403, 404}
    inside = [role for role in ENTERING if route.expect[role] not in kept_out]
    return inside[0] if inside else next((r for r in ENTERING if route.expect[r] == 302), None)


class Asking:
    """Asks addresses as people of the world, and keeps what failed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults: dict[str, str] = {}
        self._raised: list[str] = []
        self._cookies: dict[str, str] = {}
        for role in ROLES:
            client = Client()
            if role != "anonymous":
                client.force_login(
                    world.people[role], backend="directory.backends.DirectoryBackend"
                )
            self._cookies[role] = client.cookies.output(header="", sep=";").strip()

    def form_of(self, route: Route) -> dict[str, Any]:
        data = route.data(self.world) if callable(route.data) else route.data
        return dict(data or {})

    def ask(
        self,
        route: Route,
        role: str,
        url: str,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        cookie: str = "",
    ) -> None:
        """Ask `url` as `role` by the method of `route`; take back what that wrote."""
        # As a page of the site sends it: the check of its token reads the form before the view.
        client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        token = f"{settings.CSRF_COOKIE_NAME}={_TOKEN}"
        sent = {"X-CSRFToken": _TOKEN, **route.headers, **(headers or {})}
        sent["Cookie"] = "; ".join(each for each in (cookie, token, self._cookies[role]) if each)
        self._raised.clear()
        got_request_exception.connect(self._note)
        try:
            with transaction.atomic():
                response = getattr(client, route.method)(url, data=data, headers=sent)
                status = response.status_code
                read_whole(response)
                transaction.set_rollback(True)
        finally:
            got_request_exception.disconnect(self._note)
        if status == 500 or self._raised:
            key = f"{route}: {self._raised[0] if self._raised else status}"
            fields = {name: str(value)[:12] for name, value in (data or {}).items()}
            self.faults.setdefault(
                key, f"as {role}: {url[:150]} {fields} {headers or ''} {cookie}"[:400]
            )

    def _note(self, sender: Any, **kwargs: Any) -> None:
        kind, error, _traceback = sys.exc_info()
        self._raised.append(f"{kind.__name__ if kind else '?'}: {str(error)[:100]}")

    def fields_of(self, route: Route, role: str) -> list[str]:
        """Return the fields that the address asks for, having asked it as it is."""
        ASKED.clear()
        noted = [*settings.MIDDLEWARE, "tests.leaks.hostile.noting_fields"]
        with override_settings(MIDDLEWARE=noted):
            self.ask(route, role, route.url(self.world), self.form_of(route))
        return sorted(ASKED - {"csrfmiddlewaretoken"})  # a wrong one lets nothing through

    def attack(self, route: Route, role: str, fields: list[str], chance: Random) -> None:
        """Ask once as `role` with hostile values in some of `fields`, or a hostile path."""
        url, data = route.url(self.world), self.form_of(route)
        beside: dict[str, Any] = {}
        if chance.random() < 0.5:
            beside = {"headers": chance.choice(ANYWHERE), "cookie": chance.choice(COOKIES)}
        if not fields or chance.random() < 0.25:
            self.ask(route, role, hostile_path(url, chance), data, **beside)
            return
        chosen = [field for field in fields if chance.random() < 0.6] or fields[:1]
        # One kind of value in all of them, or one of any kind in each.
        values = list(VALUES.values()) + (list(RAW.values()) if route.method == "get" else [])
        one = chance.choice(values)
        mixed = chance.random() < 0.5
        hostile = {field: chance.choice(values) if mixed else one for field in chosen}
        if route.method == "post":
            self.ask(route, role, url, data | hostile, **beside)
        else:
            url = f"{url}{'&' if '?' in url else '?'}{as_query(hostile)}"
            self.ask(route, role, url, data or None, **beside)

    def attack_beside_good(
        self, route: Route, role: str, fields: list[str], chance: Random
    ) -> None:
        """Ask as `role` with one value that finds nothing, then one hostile, beside good ones."""
        known = [field for field in fields if field in GOOD]
        if len(known) < 2:
            return
        for field in known:
            good = {each: GOOD[each] for each in known}
            for value in (NOTHING, chance.choice(list(VALUES.values()))):
                url, data = route.url(self.world), self.form_of(route)
                if route.method == "post":
                    self.ask(route, role, url, data | good | {field: value})
                else:
                    query = as_query(good | {field: value})
                    self.ask(route, role, f"{url}{'&' if '?' in url else '?'}{query}")

    def attack_text(self, route: Route, role: str, chance: Random) -> None:
        """Send as `role` hostile texts of a page, in whole and as the editor saves by itself."""
        form = self.form_of(route)
        for number in range(TEXTS if "body-count" in form else 0):
            headers = {"Accept": "application/json"} if number % 2 else {}
            self.ask(
                route, role, route.url(self.world), form | hostile_text(chance), headers=headers
            )

    def report(self) -> str:
        return "\n" + "\n".join(f"{key}\n    {what}" for key, what in self.faults.items())


def read_whole(response: HttpResponseBase) -> None:
    if not isinstance(response, StreamingHttpResponse):
        return
    if response.is_async:
        response.close()
    else:
        b"".join(response)


@pytest.fixture
def asking(db: None) -> Asking:
    world = whole_world()
    return Asking(world)


def test_hostile_fields_and_paths_as_every_role(asking):
    chance = Random(SEED)
    by_all = connection.vendor != "sqlite"
    for route in distinct():
        within = entering(route)
        fields = asking.fields_of(route, within) if within else []
        whole = within and route in ROUTES and by_all
        for role in ROLES if whole else chance.sample(ROLES, OTHERS):
            asking.attack(route, role, fields, chance)
        if not within:
            continue
        for _ in range(ROUNDS):
            asking.attack(route, within, fields, chance)
        asking.attack_beside_good(route, within, fields, chance)
        asking.attack_text(route, within, chance)
    assert not asking.faults, asking.report()


def test_hostile_headers_and_cookies(asking):
    chance = Random(SEED)
    routes = [route for route in distinct() if route.name in HEADERS_AT and route.method == "get"]
    assert len(routes) == len(HEADERS_AT)
    for headers in HEADERS:
        for route in routes:
            role = chance.choice(ROLES)
            asking.ask(route, role, route.url(asking.world), headers=headers)
    for cookie in COOKIES:
        route, role = chance.choice(routes), chance.choice(ROLES)
        asking.ask(route, role, route.url(asking.world), cookie=cookie)
        asking.ask(route, "anonymous", route.url(asking.world), cookie=cookie)
    both = ("directory:sign_in", "post")
    (signing_in,) = [route for route in distinct() if (route.name, route.method) == both]
    for token in VALUES.values():
        sent = asking.form_of(signing_in) | {"csrfmiddlewaretoken": token}
        asking.ask(signing_in, "anonymous", signing_in.url(asking.world), sent)
    assert not asking.faults, asking.report()
