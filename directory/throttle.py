"""Too many wrong passwords: who waits, and who must not be made to wait by others.

What failed in the last quarter of an hour is counted in three ways: the failures of a login
from one address (somebody guesses), those of a login from anywhere (many machines guess
together), and the different logins refused at an address (one password tried on everybody).
The last two could be used to shut colleagues out; so a browser in which a person has signed in
before is known for that person, and its failures count for itself alone (OWASP Authentication
Cheat Sheet, device cookies). See docs/decisions/0023-an-address-is-counted-by-its-logins.md.

A directory takes several spellings for one login, each site's its own: other blanks, accents, an
address. What it finds an entry for counts as the login of that entry (`counts_as`).

Every login is counted under a fingerprint of its folded text without a domain, whether an account
has it or not: were they counted apart, the count would tell which logins exist. What was typed is
kept nowhere: it may be a password.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import Aggregate, Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from directory.models import User
from directory.outside import is_text, network_from_outside, text_from_outside
from directory.text import folded

COOKIE = "marigot_browser"
_SALT = "directory.throttle.browser"
_LIFE = timedelta(days=180)
_FAILURES: Aggregate = Sum("failures_since_start")
_LOGINS: Aggregate = Count("username", distinct=True)
_PEOPLE_OF_A_BROWSER = 8  # at a counter several share one


class Throttle(AxesDatabaseHandler):
    """django-axes' own records, counted as said above."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """Return how far the nearest limit is reached, in the measure of `AXES_FAILURE_LIMIT`."""
        login = login_of(request, _typed(request, credentials))
        return max(
            way.count() * settings.AXES_FAILURE_LIMIT // way.limit for way in _ways(request, login)
        )

    def user_login_failed(
        self,
        sender: object,
        credentials: dict[str, str],
        request: HttpRequest | None = None,
        **kwargs: object,
    ) -> None:
        """Keep a failure: one row for a login and an address, or for the browser it knows.

        What a browser calls itself makes no row of its own: it may call itself anything.
        """
        if request is not None:
            login = login_of(request, _typed(request, credentials))
            request.axes_user_agent = _mark(request, login)  # type: ignore[attr-defined]
        super().user_login_failed(sender, credentials, request, **kwargs)


def minutes_to_wait(request: HttpRequest, login: str) -> float:
    """Return for how many minutes `login` is still refused to the one who asks."""
    now = timezone.now()
    ends = [way.held_until() for way in _ways(request, login_of(request, login))]
    last = max((end for end in ends if end is not None), default=now)
    return max(0.0, (last - now).total_seconds() / 60)


def is_held(login: str) -> bool:
    """Tell whether `login` is refused now for its own failures: somewhere, or in some browser.

    An address that is held for the many logins refused at it says nothing of any one of them.
    """
    own = _recent().filter(username=name_of(login))
    if _Way(own.filter(user_agent=""), settings.FAILURES_OF_LOGIN).is_held():
        return True
    # What a browser that is known has failed counts wherever it is; what others have, where.
    by_place = own.filter(user_agent="").values("ip_address")
    by_browser = own.exclude(user_agent="").values("user_agent")
    return any(
        each.annotate(n=_FAILURES).filter(n__gte=settings.AXES_FAILURE_LIMIT).exists()
        for each in (by_place, by_browser)
    )


def client_username(request: HttpRequest, credentials: dict[str, str] | None) -> str:
    """Return the name under which failures are counted; django-axes calls this."""
    return name_of(login_of(request, _typed(request, credentials)))


def counts_as(request: HttpRequest, login: str) -> bool:
    """Have what was typed count as `login`, which the directory has for it.

    Returns whether that may be tried now. A login that an account has as it was typed counts
    as itself: there may be accounts of Marigot itself beside those of a directory.
    """
    request.found_login = login  # type: ignore[attr-defined]
    counted = login_of(request, _typed(request, None))
    return not any(way.is_held() for way in _ways(request, counted))


def login_of(request: HttpRequest, typed: str) -> str:
    """Return the login that `typed` means: what the directory has found for it, if it has."""
    found: str | None = getattr(request, "found_login", None)
    return typed if found is None or is_known(typed) else found


def name_of(login: str) -> str:
    """Return the name under which `login` is counted, the same for all spellings of one."""
    alone = folded(login).rpartition("\\")[2]
    return f"?{fingerprint(alone.partition('@')[0] or alone)}"


def _typed(request: HttpRequest, credentials: dict[str, str] | None) -> str:
    given = (credentials or {}).get("username")
    return given or text_from_outside(request.POST.get("username"), longest=150)


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
    return network_from_outside(request.META.get("REMOTE_ADDR", ""))


def memory() -> timedelta:
    """Return how long a failure counts."""
    return timedelta(hours=settings.AXES_COOLOFF_TIME)


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Have the browser that receives `response` be known for `user`, who signed in with it."""
    known = _cookie(request)
    people = [user.pk, *(pk for pk in known.get("people", []) if pk != user.pk)]
    value: _Known = {
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


def is_browser_of(request: HttpRequest, login: str) -> bool:
    """Tell whether whoever has `login` has signed in before in the browser that asks."""
    return bool(_mark(request, login_of(request, login)))


def person_of_browser(request: HttpRequest) -> int | None:
    """Return who signed in last in the browser that asks; None where nobody has in half a year.

    That is said by its cookie, which is signed; the database is not asked.
    """
    people: list[int] = _cookie(request).get("people", [])
    return people[0] if people else None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of counting: the failures of `attempts`, or the `logins` in them, up to `limit`.

    Of a login and an address there is one row, for as long as its last failure counts.
    """

    attempts: QuerySet[AccessAttempt]
    limit: int
    logins: bool = False

    def count(self) -> int:
        counted = _LOGINS if self.logins else _FAILURES
        return self.attempts.aggregate(n=counted)["n"] or 0

    def is_held(self) -> bool:
        return self.count() >= self.limit

    def held_until(self) -> datetime | None:
        """Return when so much is forgotten that the count is below its limit, None if it is now."""
        counted = 0
        rows = self.attempts.order_by("-attempt_time")
        for moment, failures in rows.values_list("attempt_time", "failures_since_start"):
            counted += 1 if self.logins else failures
            if counted >= self.limit:
                return moment + memory()
        return None


def _ways(request: HttpRequest, login: str) -> list[_Way]:
    """Return the ways of counting that may refuse `login` to the one who asks."""
    mark, pair = _mark(request, login), settings.AXES_FAILURE_LIMIT
    alike = _recent().filter(user_agent=mark)
    name, of_address = name_of(login), alike.filter(ip_address=place_of(request))
    of_login = alike.filter(username=name)
    if mark:
        return [_Way(of_login, pair)]
    return [
        _Way(of_address.filter(username=name), pair),
        _Way(of_login, settings.FAILURES_OF_LOGIN),
        _Way(of_address, settings.LOGINS_OF_ADDRESS, logins=True),
    ]


def _recent() -> QuerySet[AccessAttempt]:
    return AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - memory())


class _Known(TypedDict, total=False):
    """What a browser's cookie says; nothing where there is none."""

    id: str
    people: list[int]


def _cookie(request: HttpRequest) -> _Known:
    """Return what the browser's cookie says, nothing where it is missing, old or forged."""
    try:
        found: _Known = signing.loads(
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
