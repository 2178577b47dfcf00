"""Asking for the body of a request, once it is known that it may be sent.

A large body is left on the wire. A view that takes one checks the right, then answers with
what `ask_for_body` gives; the server takes the body in, while no view waits for the client,
and calls the view again, with the body there. The right is so asked on both sides of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import translation

from directory.incoming import is_on_the_wire
from directory.outside import number_from_outside
from directory.throttle import place_of

Take = Callable[[HttpRequest], None]
"""Takes the body of a request in, in a thread that has no database connection."""
_View = TypeVar("_View", bound=Callable[..., object])

FORM = 64 * 1024
"""Bytes of a form whose view does not ask for it. What the fields of any such form may hold at
most, and the five hundred documents that are moved at once, come to less."""


class TooSlow(UnreadablePostError):
    """The body came more slowly than the least rate, or not at all for too long."""


class TooManyAtOnce(Exception):
    """The person has as many transfers under way as one may have."""


class TooBusy(Exception):
    """The server has as many transfers under way as it takes."""


BODY_FAILURES = (UnreadablePostError, RequestDataTooBig, TooManyAtOnce, TooBusy)
"""Why a body that was asked for did not come."""


class BodyWanted(HttpResponse):
    """Not an answer to the client: the view wants the body of the request, up to `limit` bytes.

    `take` takes it in; without one it is kept as it is, for Django to read. `owner` is whose
    share of the transfers it counts in.
    """

    status_code = 202

    def __init__(self, *, limit: int, take: Take | None, owner: str) -> None:
        super().__init__()
        self.limit = limit
        self.take = take
        self.owner = owner
        self.language = translation.get_language()


def asks_for_its_body(view: _View) -> _View:
    """Decorate, outermost, a view that calls `ask_for_body` once it knows the right.

    Nothing may read the form before it: Django's check of the token must come after.
    """
    view.asks_for_its_body = True  # type: ignore[attr-defined]
    return view


def takes_its_body(view: Callable[..., object]) -> bool:
    """Tell whether a view is one that `asks_for_its_body`."""
    return bool(getattr(view, "asks_for_its_body", False))


def owner_of(request: HttpRequest) -> str:
    """Return under what a request counts: its person, or its network where nobody is known."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"person {user.pk}"
    return f"address {place_of(request) or ''}"


def failure_of(request: HttpRequest) -> Exception | None:
    """Return why the body that was asked for is not there; None where it is."""
    return getattr(request, "body_failure", None)


def ask_for_body(request: HttpRequest, *, limit: int, take: Take | None) -> BodyWanted | None:
    """Return the answer that asks for the body, None where it is there.

    Raises what BODY_FAILURES names, and what `take` raised, where it was asked for in vain.
    """
    if (failure := failure_of(request)) is not None:
        raise failure
    if not is_on_the_wire(request):
        return None
    if (number_from_outside(request.META.get("CONTENT_LENGTH")) or 0) > limit:
        raise RequestDataTooBig
    return BodyWanted(limit=limit, take=take, owner=owner_of(request))
