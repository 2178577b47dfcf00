"""How many statements each page takes, as committed: a rise is seen in review.

`MARIGOT_TEST_COUNTS=write` writes the file anew, for a change that is meant.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.leaks.route import Route
from tests.leaks.test_routes import ROUTES, body, signed_in, whole_world
from tests.leaks.world import World

FILE = Path(__file__).with_name("query_counts.json")
WRITE = "MARIGOT_TEST_COUNTS"
# Whoever is asked of first; who is let in takes the most.
ASKED = ("head", "it_admin", "contributor", "member", "outsider", "stranger", "anonymous")


def count(route: Route, world: World, session: str) -> int:
    """Return how many statements the second GET of an address takes."""
    client = Client(headers=dict(route.headers))
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    data = route.data(world) if callable(route.data) else route.data
    with transaction.atomic():
        body(client.get(route.url(world), data=data))
        with CaptureQueriesContext(connection) as asked:
            body(client.get(route.url(world), data=data))
        transaction.set_rollback(True)
    return len(asked)


def counts(world: World) -> dict[str, int]:
    """Return the statements of each address that opens for somebody, by its name and number."""
    sessions = {role: signed_in(world, role) for role in ASKED}
    found: dict[str, int] = {}
    for route in ROUTES:
        opens = [role for role in ASKED if route.expect[role] == 200]
        if route.method != "get" or not opens:
            continue
        same = [name for name in found if name.partition(" ")[0] == route.name]
        name = f"{route.name} {len(same) + 1}" if same else route.name
        found[name] = count(route, world, sessions[opens[0]])
    return found


@pytest.mark.django_db
@pytest.mark.one_database
def test_no_page_takes_more_statements_than_before():
    now = counts(whole_world())
    if os.environ.get(WRITE) == "write":
        FILE.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    before = json.loads(FILE.read_text(encoding="utf-8"))
    changed = {name: (before.get(name), now.get(name)) for name in before.keys() | now.keys()}
    changed = {name: pair for name, pair in sorted(changed.items()) if pair[0] != pair[1]}
    assert not changed, (
        "statements (before, now) of these addresses changed; where that is meant, "
        f"write the file anew: {WRITE}=write\n"
        + "\n".join(f"{name}: {pair}" for name, pair in changed.items())
    )
