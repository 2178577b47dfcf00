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

LOGINS_NAMED = 8
"""Entries on refused logins that one address makes in a while, before one tells of the others."""


def sign_in(*, request: HttpRequest, actor: User, chose_password: bool = False) -> None:
    """Open a session, with a new key, for somebody whose password was right.

    `chose_password`: it is one that they have just given themselves in the directory.
    """
    with journal.transaction():
        if chose_password:
            journal.append(events.PASSWORD_CHOSEN, obj=actor, actor=actor)
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
        request.session.is_signed_out = True  # type: ignore[attr-defined]  # our store's


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
    logins of an address count as one, and so do the known ones after the first few.
    """
    attempted = throttle.login_of(request, attempted)
    login = attempted if throttle.is_known(attempted) else ""
    place = throttle.place_of(request) or ""
    if _untold(login, place, why) is None:
        return  # nearly always, and at no cost to those who write
    with journal.transaction():
        journal.lock()
        payload = _untold(login, place, why)
        if payload is None:
            return
        if not login:
            payload["unknown"] = throttle.fingerprint(attempted)[:6]
        about = user if payload["login"] else None
        journal.append(
            events.SESSION_REFUSED, obj=about, actor=None, outcome="denied", payload=payload
        )


def _untold(login: str, place: str, why: str) -> dict[str, str | bool] | None:
    """Return what is to be told of the refusal of `login`, empty for an unknown one; or nothing.

    None where it was told already; one query then, nearly always.
    """
    mark, marked_place = throttle.fingerprint(why, login, place), throttle.fingerprint(place)
    if _noted(mark=mark):
        return None
    told: dict[str, str | bool] = {"login": login, "why": why, "mark": mark, "place": marked_place}
    if not login or _noted(place=marked_place) < LOGINS_NAMED:
        return told
    # Whoever tries a password on everybody would write an entry for each.
    several = throttle.fingerprint(why, "several", place)
    if _noted(mark=several):
        return None
    return told | {"login": "", "mark": several, "several": True}


def _noted(**details: str) -> int:
    """Return how many refusals with such details are told of, of those that count yet."""
    return JournalEntry.objects.filter(
        action=events.SESSION_REFUSED.name,
        at__gt=timezone.now() - throttle.memory(),
        **{f"payload__{key}": value for key, value in details.items()},
    ).count()
