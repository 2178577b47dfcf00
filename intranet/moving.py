"""What a move does to who reads a page: asked of whoever moves a published one.

See `intranet.views.moving`. A draft has no readers: what it links to is asked about when it is
published, where it stands then.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from django.db.models import QuerySet

from directory import access
from directory.models import User
from directory.sorting import BY_NAME
from intranet.links import NAMED, ClosedLink, closed_to
from intranet.models import BasePage


@dataclass(frozen=True, slots=True)
class Some:
    """Some people: how many, and the names of the first of them."""

    count: int
    names: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.names)


@dataclass(frozen=True, slots=True)
class Moving:
    """A page whose readers change by a move.

    `scope` is the one that it will stand in. `gains` read it only then, `loses` no longer;
    `links` are those, pictures among them, that the first cannot open.
    """

    page: BasePage
    scope: int
    gains: Some
    loses: Some
    links: list[ClosedLink]


def scope_below(page: BasePage, parent: BasePage) -> int | None:
    """Return the id of the scope that `page` will stand in below `parent` (`BasePage.place`)."""
    moved = copy(page)
    moved.service = parent.service or page.service
    return moved.scope_here()


def changes(pages: Iterable[BasePage], parent: BasePage, person: User) -> list[Moving]:
    """Return the published pages, those below included, whose readers change below `parent`.

    Four queries for each that changes its scope, and those of its links where it has new
    readers. What `person` may not know of is left out.
    """
    found = []
    for top in pages:
        if top.is_child_of(parent):
            continue
        for page in BasePage.objects.descendant_of(top, inclusive=True).live().specific():
            scope = scope_below(page, parent)
            if scope is None or scope == page.scope_id:
                continue
            before, after = access.readers(page.scope_id), access.readers(scope)
            new = after.exclude(pk__in=before.values("pk"))
            gains, loses = _some(new), _some(before.exclude(pk__in=after.values("pk")))
            if gains.count or loses.count:
                links = closed_to(new, page, person) if gains.count else []
                found.append(Moving(page, scope, gains, loses, links))
    return found


def _some(people: QuerySet[User]) -> Some:
    count = people.count()
    first = people.order_by(*BY_NAME)[:NAMED] if count else ()
    return Some(count, tuple(str(each) for each in first))
