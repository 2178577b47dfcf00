"""The addresses of the search: everybody may ask, nobody finds more than they may see."""

from __future__ import annotations

from django.urls import reverse

from search.engines import engine
from search.rebuild import rebuild
from tests.leaks.route import Route, expect
from tests.leaks.world import SECRET, World

# Not the secret itself, which the page would repeat: its beginning, which the results while
# typing complete and which the page of results takes for a slip of the finger.
ALMOST = SECRET[:-1]


def build(world: World) -> None:
    """Index what the modules before this one have made."""
    rebuild(engine())


def _asking(name: str) -> Route:
    return Route(name, lambda w: f"{reverse(name)}?q={ALMOST}", expect(200))


ROUTES = [_asking("search:search"), _asking("search:suggest"), _asking("search:api")]
