"""Who is in charge changes one write at a time."""

from __future__ import annotations

from django.http import Http404

from directory import access
from directory.models import AccessScope, ScopeKind, User


def lock() -> None:
    """Keep other changes of who is in charge waiting until the transaction under way ends.

    Grants, inheritance and the IT administrators: what is read after this (who is left, what
    the giver has, what inherits from what) still holds when it is written. One lock for all of
    them, the row of the site's scope, so that there is no order to be kept between several.
    It is taken after the lock of a document space or a directory, before that of the journal.
    SQLite's transactions exclude one another anyway.
    """
    AccessScope.objects.select_for_update(no_key=True).filter(kind=ScopeKind.SITE).first()


def require_it_admin(actor: User | None) -> None:
    """Raise Http404 unless `actor` is an IT administrator now; None, Marigot itself, may act.

    Asked after `lock`: who was removed while they waited for it removes nobody any more.
    """
    if actor is not None and not access.is_it_admin(actor):
        raise Http404
