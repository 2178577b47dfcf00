"""Signing in and out."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.http import HttpRequest
from django.utils import timezone

from directory import journal, throttle
from directory.models import JournalEntry, User


def sign_in(*, request: HttpRequest, actor: User) -> None:
    """Open a session, with a new key, for somebody whose password was right."""
    with journal.transaction():
        login(request, actor)
        journal.append(
            "session.signed_in",
            obj=actor,
            actor=actor,
            payload={"via": "directory" if hasattr(actor, "person") else "local"},
        )


def sign_out(*, request: HttpRequest, actor: User) -> None:
    """Close the session of the request."""
    with journal.transaction():
        journal.append("session.signed_out", obj=actor, actor=actor)
        logout(request)


def refuse(*, request: HttpRequest, attempted: str, why: str, user: User | None = None) -> None:
    """Note that somebody was not let in: once for a cause, login and address in a while.

    What was typed as login is kept where an account has it, else a short fingerprint:
    people type passwords there by mistake. All unknown logins of an address count as one.
    """
    known = throttle.is_known(attempted)
    mark = throttle.fingerprint(why, attempted if known else "", throttle.place_of(request))
    payload = {"login": attempted if known else "", "why": why, "mark": mark}
    if not known:
        payload["unknown"] = throttle.fingerprint(attempted)[:6]
    with journal.transaction():
        noted = JournalEntry.objects.filter(
            action="session.refused",
            at__gt=timezone.now() - throttle.memory(),
            payload__mark=mark,
        )
        if not noted.exists():
            journal.append(
                "session.refused", obj=user, actor=None, outcome="denied", payload=payload
            )
