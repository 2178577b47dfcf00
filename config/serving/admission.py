"""Which bodies are taken in, how large, and with files in them or not: asked before they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from config import errors
from directory.incoming import is_on_the_wire
from documents.uploads import TooBusy, TooManyAtOnce, TooSlow
from documents.uploads.asking import ask_for_body, failure_of

_Next = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class Body:
    """What a view takes: `limit` bytes in all; with `files` in it, or none.

    A view that `asks` does so itself, once it knows the right.
    """

    limit: int
    files: bool = False
    asks: bool = False


_MEGABYTE = 1024 * 1024
_FORM = Body(5 * _MEGABYTE)
_PICTURE = Body(12 * _MEGABYTE, files=True)
_FILE = Body(0, asks=True)

# By name of the view. All others take forms without files.
BODIES = {
    "documents:files": _FILE,
    "documents:upload": _FILE,
    "wagtailimages:add": _PICTURE,
    "wagtailimages:add_multiple": _PICTURE,
    "wagtailimages:create_multiple_from_uploaded_image": _PICTURE,
    "wagtailimages:edit": _PICTURE,
    "wagtailimages_chooser:create": _PICTURE,
}


_TOLD = (TooManyAtOnce, TooBusy, TooSlow, RequestDataTooBig)


class BodyMiddleware:
    """Asks for the body of a request whose sender may send one.

    It stands after the person is known and before anything reads the form. Somebody who is
    not signed in sends no more than the server takes in from anybody.
    """

    def __init__(self, get_response: _Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle one request."""
        if request.method in ("GET", "HEAD") and failure_of(request) is None:
            return self._next(request)
        try:
            body = BODIES.get(resolve(request.path_info).view_name, _FORM)
        except Resolver404:
            body = _FORM
        if body.files:
            request.upload_handlers = [TemporaryFileUploadHandler(request)]
        if not body.asks:
            if is_on_the_wire(request) and not request.user.is_authenticated:
                return _told(request, RequestDataTooBig())
            try:
                wanted = ask_for_body(request, limit=body.limit, take=None)
            except _TOLD as failure:
                return _told(request, failure)
            if wanted is not None:
                return wanted
        return self._next(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Tell why the body that a view asked for itself did not come."""
        return _told(request, error) if isinstance(error, _TOLD) else None


def _told(request: HttpRequest, failure: Exception) -> HttpResponse:
    if isinstance(failure, TooManyAtOnce):
        return errors.too_many_at_once(request)
    if isinstance(failure, RequestDataTooBig):
        return errors.handler400(request, failure)
    if isinstance(failure, TooSlow):
        return errors.too_slow(request)
    return errors.busy(request)
