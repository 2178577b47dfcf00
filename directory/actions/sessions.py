"""Signing in and out, and ending sessions."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth import HASH_SESSION_KEY, login, logout
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from directory import events, journal, throttle
from directory.batching import batched
from directory.models import JournalEntry, User


def sign_in(*, request: HttpRequest, actor: User) -> None:
    """Open a session, with a new key, for somebody whose password was right."""
    with journal.transaction():
        login(request, actor)
        journal.append(
            events.SESSION_SIGNED_IN,
            obj=actor,
            actor=actor,
            payload={"via": "directory" if hasattr(actor, "person") else "local"},
        )


def sign_out(*, request: HttpRequest, actor: User) -> None:
    """Close the session of the request."""
    with journal.transaction():
        journal.append(events.SESSION_SIGNED_OUT, obj=actor, actor=actor)
        logout(request)


def end_sessions(*, actor: User | None, users: Collection[User], why: str) -> None:
    """End every session of `users` at their next request, with their open pages.

    `why`: "it" where an IT admin asks, "self", or "password" where it was changed in the
    directory. Costs the same however many sessions there are.
    """
    with journal.transaction():
        for some in batched(sorted(user.pk for user in users)):
            User.objects.filter(pk__in=some).update(session_epoch=F("session_epoch") + 1)
        for user in users:
            journal.append(events.SESSION_ALL_ENDED, obj=user, actor=actor, payload={"why": why})


def end_other_sessions(*, request: HttpRequest, actor: User) -> None:
    """End every session of `actor` but that of the request."""
    with journal.transaction():
        end_sessions(actor=actor, users=[actor], why="self")
        actor.refresh_from_db(fields=["session_epoch"])
        request.session[HASH_SESSION_KEY] = actor.get_session_auth_hash()
        # Written with the rest: whoever reads the entry finds the session in order.
        request.session.save()


def refuse(*, request: HttpRequest, attempted: str, why: str, user: User | None = None) -> None:
    """Note that somebody was not let in: once for a cause, login and address in a while.

    What was typed as login is kept where an account has it, or that which the directory has
    found for it, else a short fingerprint: people type passwords there by mistake. All unknown
    logins of an address count as one.
    """
    attempted = throttle.login_of(request, attempted)
    known = throttle.is_known(attempted)
    mark = throttle.fingerprint(why, attempted if known else "", throttle.place_of(request) or "")
    payload = {"login": attempted if known else "", "why": why, "mark": mark}
    if not known:
        payload["unknown"] = throttle.fingerprint(attempted)[:6]
    noted = JournalEntry.objects.filter(
        action=events.SESSION_REFUSED.name,
        at__gt=timezone.now() - throttle.memory(),
        payload__mark=mark,
    )
    if noted.exists():
        return  # nearly always, and at no cost to those who write
    with journal.transaction():
        journal.lock()
        if not noted.all().exists():
            journal.append(
                events.SESSION_REFUSED, obj=user, actor=None, outcome="denied", payload=payload
            )
