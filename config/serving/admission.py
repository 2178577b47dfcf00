"""Which bodies are taken in before the view is asked: a small form, of somebody signed in."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from config import errors
from directory.incoming import is_on_the_wire
from documents.uploads import TooBusy, TooManyAtOnce, TooSlow
from documents.uploads.asking import FORM, ask_for_body, failure_of, takes_its_body

_Next = Callable[[HttpRequest], HttpResponseBase]

_TOLD = (TooManyAtOnce, TooBusy, TooSlow, RequestDataTooBig)


class BodyMiddleware:
    """Asks for the form of a request, up to FORM bytes, where its view does not do so itself.

    Whatever is larger is for a view that does (`asks_for_its_body`), which knows the right first.
    Where there is no view nothing is taken. Somebody who is not signed in sends no more than the
    server takes in from anybody. It stands after the person is known and before anything reads
    the form.
    """

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle one request."""
        try:
            if request.method in ("GET", "HEAD"):
                if (failure := failure_of(request)) is not None:
                    raise failure
            elif _is_read_unasked(request):
                if is_on_the_wire(request) and not request.user.is_authenticated:
                    raise RequestDataTooBig
                if (wanted := ask_for_body(request, limit=FORM, take=None)) is not None:
                    return wanted
        except _TOLD as failure:
            return _told(request, failure)
        return self._next(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Tell why the body that a view asked for itself did not come."""
        return _told(request, error) if isinstance(error, _TOLD) else None


def _is_read_unasked(request: HttpRequest) -> bool:
    """Tell whether the address has a view that reads the body without asking for it."""
    try:
        return not takes_its_body(resolve(request.path_info).func)
    except Resolver404:
        return False


def _told(request: HttpRequest, failure: Exception) -> HttpResponse:
    if isinstance(failure, TooManyAtOnce):
        return errors.too_many_at_once(request)
    if isinstance(failure, RequestDataTooBig):
        return errors.handler400(request, failure)
    if isinstance(failure, TooSlow):
        return errors.too_slow(request)
    return errors.busy(request)
