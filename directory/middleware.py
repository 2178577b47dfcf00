"""What happens around every request."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions import middleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from directory import context
from directory.access.memory import remembering
from directory.outside import text_from_outside

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_Next = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request an identifier, for the log, the journal and the answer's header."""

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        given = text_from_outside(request.headers.get("X-Request-ID"), longest=200)
        identifier = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        token = context.request_id.set(identifier)
        try:
            response = self._next(request)
        finally:
            context.request_id.reset(token)
        response["X-Request-ID"] = identifier
        return response


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's sessions, of which only a sign-out takes the cookie back.

    A request of a session that is over may be answered after its person has signed in again over
    the page: with the cookie of then, Django would take that of the new session away.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keep the session, and set its cookie."""
        response = super().process_response(request, response)
        if request.session.is_empty() and not getattr(request.session, "is_signed_out", False):
            response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return response


class CsrfCookieMiddleware:
    """Sends the browser no CSRF cookie that it has already; it stands before Django's check.

    Django renews the cookie in each answer with a form. An answer to what was asked before a
    sign-in and comes after it would put back the token of before: what the page sends would be
    refused. Each sign-in makes a new one, which lives longer than the session.
    """

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        response = self._next(request)
        name = settings.CSRF_COOKIE_NAME
        if name in response.cookies and response.cookies[name].value == request.COOKIES.get(name):
            del response.cookies[name]
        return response


OPEN = ("/sign-in/", "/session/", "/language/", "/health/", settings.STATIC_URL, "/favicon.ico")
"""Beginnings of the paths that are open to somebody who is not signed in."""
SIGN_IN = "Marigot-Sign-In"


class SignInRequiredMiddleware:
    """Lets nobody see more than the door.

    Every path answers the same to somebody who is not signed in, whether it exists or not:
    a redirect to the sign-in page. A script is answered 401 with `Marigot-Sign-In: required`,
    on which the page has its person sign in over it (<m-session>) and asks again.
    """

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if request.user.is_authenticated or request.path.startswith(OPEN):
            response = self._next(request)
            if not request.path.startswith(settings.STATIC_URL):
                # A page of one person must never come out of a cache for another.
                response.headers.setdefault("Cache-Control", "private, no-store")
            return response
        if is_from_a_script(request):
            return HttpResponse(
                status=401, headers={SIGN_IN: "required", "Cache-Control": "no-store"}
            )
        target = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        query = f"?{urlencode({'next': target})}" if target != "/" else ""
        return HttpResponseRedirect(resolve_url(settings.LOGIN_URL) + query)


def is_from_a_script(request: HttpRequest) -> bool:
    """Tell whether a script reads the answer; a redirect would give it a page it has no use for."""
    headers = request.headers
    if headers.get("HX-Request") or headers.get("X-Requested-With") == "XMLHttpRequest":
        return True
    if "application/json" in headers.get("Accept", ""):
        return True
    # What browsers say of each request, where the site has HTTPS.
    return headers.get("Sec-Fetch-Dest") == "empty" and headers.get("Sec-Fetch-Mode") != "navigate"


class RememberingMiddleware:
    """Lets a request that only reads ask once what its person may see and do.

    It stands after the person is known. A request that may write asks the database each time.
    """

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if request.method not in ("GET", "HEAD") or not request.user.is_authenticated:
            return self._next(request)
        with remembering(request.user.pk):
            return self._next(request)
