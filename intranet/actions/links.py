"""Opening what a page links to to those it is for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext

from directory import access, journal
from directory.access import Level
from directory.models import User
from documents.actions import share
from intranet.links import ClosedLink
from intranet.models import BasePage


def open_documents(
    *, actor: User, page: BasePage, links: Iterable[ClosedLink], scope: int | None = None
) -> int:
    """Let those whom `page` is for read the documents that it links to; return how many.

    `scope`: where it will stand, None for where it stands now.

    Only those that `actor` manages: a document becomes readable by itself, its folder stays
    as closed as it was. Raises ValidationError where a document may not be given so far.
    """
    scope = page.scope_here() if scope is None else scope
    assert scope is not None  # noqa: S101  (a page that links stands in a scope)
    nodes = {link.node.pk: link.node for link in links if link.node is not None}
    with journal.transaction():
        for node in nodes.values():
            access.require(actor, Level.MANAGE, node.scope_id)
            held = dict(access.given(Level.READ, node.scope_id))
            for to, until in access.given(Level.READ, scope):
                if to in held and _lasts(held[to], until):
                    continue
                share(
                    actor=actor,
                    node=node,
                    to=to,
                    level=Level.READ,
                    expires_at=until,
                    # Not its title: who sees a grant need not know of the page.
                    reason=gettext("For the readers of page no. %(number)s") % {"number": page.pk},
                )
    return len(nodes)


def _lasts(end: datetime | None, until: datetime | None) -> bool:
    """Tell whether what ends at `end` lasts until `until`; None is for good."""
    return end is None or (until is not None and end >= until)
