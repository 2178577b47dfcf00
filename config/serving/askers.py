"""Who asks, for the turns in which requests are taken."""

from __future__ import annotations

from collections import OrderedDict
from http import HTTPStatus
from time import monotonic
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from directory.outside import text_from_outside
from directory.throttle import memory, person_of_browser, place_of

from .lanes import WAITING_OF_ONE, Standing

_T = TypeVar("_T")

REMEMBERED = 10_000
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
# After a start all are new, and a whole town hall may come from one address.
WAITING_OF_NEW = 4 * WAITING_OF_ONE


class Asker(NamedTuple):
    """Who asks; `most` requests of theirs may wait."""

    name: str
    most: int
    standing: Standing


class Askers:
    """Somebody is an asker of their own once a view has found them signed in with a session.

    So they are in a browser in which they have signed in before, whose cookie is ours: those who
    come in the morning do not wait for all addresses from which passwords are guessed.
    Until then the address asks: whoever invents a session for each request has one turn among
    the others, not as many as requests. Addresses are had by the dozen: where a sign-in was refused
    and none has succeeded since, it counts for as long as a wrong password does.
    The last `remembered` sessions and addresses are kept.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._most = remembered
        self._known: OrderedDict[str, str] = OrderedDict()
        self._refused: OrderedDict[str, float] = OrderedDict()

    def of(self, request: HttpRequest) -> Asker:
        """Return who asks; nothing is read but the request."""
        key = _key_of(request)
        if (person := self._known.get(key)) is not None:
            return Asker(person, WAITING_OF_ONE, Standing.KNOWN)
        if (pk := person_of_browser(request)) is not None:
            return Asker(_name(pk), WAITING_OF_ONE, Standing.KNOWN)
        address = place_of(request) or ""
        since = self._refused.get(address)
        is_held = since is not None and monotonic() - since < memory().total_seconds()
        standing = Standing.REFUSED if is_held else Standing.NEW
        if key:
            return Asker(f"{address} new", WAITING_OF_NEW, standing)
        return Asker(address, WAITING_OF_ONE, standing)

    def judge(self, request: HttpRequest, answer: HttpResponseBase) -> None:
        """Keep where a sign-in was refused; one that succeeds there takes it back."""
        address = place_of(request) or ""
        if answer.status_code in _REFUSALS:
            _keep(self._refused, address, monotonic(), self._most)
        elif answer.status_code < HTTPStatus.BAD_REQUEST:
            self._refused.pop(address, None)

    def remember(self, request: HttpRequest) -> None:
        """Keep the session of a request that was answered, where somebody is signed in by it."""
        # As the view found it; to ask for it here would ask the database, in the event loop.
        person = getattr(request, "_cached_user", None)
        if person is None or not person.is_authenticated or not (key := _key_of(request)):
            return
        _keep(self._known, key, _name(person.pk), self._most)


def _keep(rows: OrderedDict[str, _T], key: str, value: _T, most: int) -> None:
    rows[key] = value
    rows.move_to_end(key)
    if len(rows) > most:
        rows.popitem(last=False)


def _name(pk: int) -> str:
    return f"person {pk}"


def _key_of(request: HttpRequest) -> str:
    return text_from_outside(request.COOKIES.get(settings.SESSION_COOKIE_NAME), longest=100)
