"""Too many wrong passwords: who waits, and who must not be made to wait by others.

What failed in the last quarter of an hour is counted in three ways: the failures of a login
from one address (somebody guesses), those of a login from anywhere (many machines guess
together), and the different logins refused at an address (one password tried on everybody).
The last two could be used to shut colleagues out; so a browser in which a person has signed in
before is known for that person, and its failures count for itself alone (OWASP Authentication
Cheat Sheet, device cookies). See docs/decisions/0023-an-address-is-counted-by-its-logins.md.

A login that no account has is kept nowhere: people type passwords there. It is counted under
a fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import Aggregate, Count, Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from directory.models import User
from directory.outside import is_text, text_from_outside

COOKIE = "marigot_browser"
_SALT = "directory.throttle.browser"
_LIFE = timedelta(days=180)
_PEOPLE_OF_A_BROWSER = 8  # at a counter several share one


class Throttle(AxesDatabaseHandler):
    """django-axes' own records, counted as said above."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return how far the nearest limit is reached, in the measure of `AXES_FAILURE_LIMIT`."""
        login = get_client_username(request, credentials) or ""
        return max(
            counted * settings.AXES_FAILURE_LIMIT // limit
            for counted, limit, _newest in _counts(request, login)
        )

    def user_login_failed(
        self,
        sender: Any,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        """Keep a failure: one row for a login and an address, or for the browser it knows.

        What a browser calls itself makes no row of its own: it may call itself anything.
        """
        if request is not None:
            login = get_client_username(request, credentials) or ""
            request.axes_user_agent = _mark(request, login)  # type: ignore[attr-defined]
        super().user_login_failed(sender, credentials, request, **kwargs)


def minutes_to_wait(request: HttpRequest, login: str) -> float:
    """Return for how many minutes `login` is still refused to the one who asks."""
    login = name_of(login)
    held = [newest for counted, limit, newest in _counts(request, login) if counted >= limit]
    last = max((newest for newest in held if newest is not None), default=timezone.now())
    return max(0.0, (last + memory() - timezone.now()).total_seconds() / 60)


def is_held(login: str) -> bool:
    """Tell whether `login` is refused now, at some address or everywhere."""
    attempts = _recent().filter(username=login)
    if (attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0) >= settings.FAILURES_OF_LOGIN:
        return True
    by_address = attempts.values("ip_address").annotate(n=Sum("failures_since_start"))
    return by_address.filter(n__gte=settings.AXES_FAILURE_LIMIT).exists()


def client_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the name under which failures are counted; django-axes calls this."""
    given = (credentials or {}).get("username")
    return name_of(given or text_from_outside(request.POST.get("username"), longest=150))


def name_of(login: str) -> str:
    """Return `login` where an account has it, else a fingerprint: it may be a password."""
    return login if is_known(login) else f"?{fingerprint(login)}"


def is_known(login: str) -> bool:
    """Tell whether an account has that login."""
    return is_text(login) and User.objects.filter(username=login).exists()


def fingerprint(*texts: str) -> str:
    """Return a short name of `texts` that tells nothing of them without the site's key."""
    return salted_hmac("directory.throttle", json.dumps(texts), algorithm="sha256").hexdigest()[:16]


def place_of(request: HttpRequest) -> str | None:
    """Return where a request comes from: its address, of IPv6 that of the network of one site.

    None where the server was told none. django-axes calls this too.
    """
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return None
    # As a server that listens to both calls those of IPv4.
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), 64), strict=False).network_address)


def memory() -> timedelta:
    """Return how long a failure counts."""
    return timedelta(hours=settings.AXES_COOLOFF_TIME)


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Have the browser that receives `response` be known for `user`, who signed in with it."""
    known = _cookie(request)
    people = [user.pk, *(pk for pk in known.get("people", []) if pk != user.pk)]
    value = {
        "id": known.get("id") or secrets.token_urlsafe(24),
        "people": people[:_PEOPLE_OF_A_BROWSER],
    }
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=_SALT),
        max_age=int(_LIFE.total_seconds()),
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _counts(request: HttpRequest, login: str) -> Iterator[tuple[int, int, datetime | None]]:
    """Yield, for each way of counting: the count, its limit, and when the last failure was."""
    failures: Aggregate = Sum("failures_since_start")
    logins: Aggregate = Count("username", distinct=True)
    mark, pair = _mark(request, login), settings.AXES_FAILURE_LIMIT
    alike = _recent().filter(user_agent=mark)
    of_login, of_address = alike.filter(username=login), alike.filter(ip_address=place_of(request))
    if mark:
        ways = [(of_login, failures, pair)]
    else:
        ways = [
            (of_address.filter(username=login), failures, pair),
            (of_login, failures, settings.FAILURES_OF_LOGIN),
            (of_address, logins, settings.LOGINS_OF_ADDRESS),
        ]
    for attempts, counted, limit in ways:
        found = attempts.aggregate(n=counted, newest=Max("attempt_time"))
        yield found["n"] or 0, limit, found["newest"]


def _recent() -> QuerySet[AccessAttempt]:
    return AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - memory())


def _cookie(request: HttpRequest) -> dict[str, Any]:
    """Return what the browser's cookie says, nothing where it is missing, old or forged."""
    try:
        found: dict[str, Any] = signing.loads(
            text_from_outside(request.COOKIES.get(COOKIE), longest=4096),
            salt=_SALT,
            max_age=_LIFE,
        )
    except signing.BadSignature:
        return {}
    return found


def _mark(request: HttpRequest, login: str) -> str:
    """Return the mark of a browser known for `login`, "" for any other."""
    known = _cookie(request)
    if not known:
        return ""
    if not User.objects.filter(username=login, pk__in=known["people"]).exists():
        return ""
    return f"known browser {hashlib.sha256(known['id'].encode()).hexdigest()}"
