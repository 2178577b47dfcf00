"""Signing in and out."""

from __future__ import annotations

import re

from django.contrib.auth import login, logout
from django.http import HttpRequest

from directory import journal
from directory.models import User

_LOGIN = re.compile(r"[\w.@+'~-]{1,64}")


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


def refuse(*, attempted: str, why: str, user: User | None = None) -> None:
    """Note that somebody was not let in.

    `attempted` is kept only where it can be a login: people type passwords there by mistake.
    """
    with journal.transaction():
        journal.append(
            "session.refused",
            obj=user,
            actor=None,
            outcome="denied",
            payload={"login": attempted if _LOGIN.fullmatch(attempted) else "", "why": why},
        )
