"""A form that comes without a session: carried by the sign-in page, and sent again after it.

Scripts see to it before a form leaves (<m-session>); this is for browsers without, and for the
session that ends in between. What is carried is what the browser sent: nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render, resolve_url

from directory.forms.session import SignInForm
from directory.incoming import is_on_the_wire
from directory.middleware import OPEN, is_from_a_script
from directory.outside import address_from_outside

MOST = 12_000
"""Characters that are carried, compressed and signed: the sign-in takes no larger form in."""

_SALT = "directory.carrying"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Carried:
    """A form that was not sent: its address, its fields, and whether files were left behind."""

    to: str
    fields: list[tuple[str, str]]
    files: bool


class CarryingMiddleware:
    """Answers a form of this site that has no session with the sign-in page, which carries it.

    It stands before SignInRequiredMiddleware, which answers all the rest. A form that another
    site had sent is not carried. Neither is one that is too large: the page then says where it is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle one request."""
        if request.method != "POST" or request.user.is_authenticated:
            return self._next(request)
        if request.path.startswith(OPEN) or is_from_a_script(request):
            return self._next(request)
        carried = _carried(request)
        sealed = _sealed(carried) if carried else ""
        too_large = not sealed and (carried is not None or is_on_the_wire(request))
        if not sealed and not (too_large and is_of_this_site(request)):
            return self._next(request)
        home = page_of_the_form(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
        shown = {
            "form": SignInForm(),
            "next": home,
            "sent": sealed,
            "carried": None if too_large else carried,
            "too_large": too_large,
        }
        return render(request, "directory/sign_in.html", shown, status=401)


def unsealed(text: str) -> Carried | None:
    """Return what a sign-in page carried; None where it carried nothing, or for too long."""
    try:
        to, fields, files = signing.loads(text, salt=_SALT, max_age=settings.SESSION_COOKIE_AGE)
    except signing.BadSignature:
        return None
    return Carried(to, [(name, value) for name, value in fields], files)


def _sealed(carried: Carried) -> str:
    """Return `carried` as `unsealed` reads it; nothing where it is too large."""
    parts = [carried.to, carried.fields, carried.files]
    text = signing.dumps(parts, salt=_SALT, compress=True)
    return text if len(text) <= MOST else ""


def _carried(request: HttpRequest) -> Carried | None:
    """Return the form of a request, None where it is not one of this site with fields in it."""
    # Of somebody who is not signed in no more is read than has come by itself.
    if is_on_the_wire(request) or request.content_type not in _FORMS:
        return None
    skipping = _Skipping(request)
    request.upload_handlers = [skipping]
    # Browsers name the site that a form is on; the token proves it.
    if not is_of_this_site(request) or _Token(_nothing).refusal(request):
        return None
    fields = entered(request)
    return Carried(request.get_full_path(), fields, skipping.skipped) if fields else None


def is_of_this_site(request: HttpRequest) -> bool:
    """Tell whether a form was sent by a page of this site, as browsers tell by `Origin`."""
    is_form = request.content_type in _FORMS
    return is_form and "Origin" in request.headers and _Token(_nothing).knows_the_site(request)


class _Skipping(FileUploadHandler):
    """Reads past the files of a form, and remembers that there were some."""

    skipped = False

    def new_file(self, *args: object, **kwargs: object) -> None:
        self.skipped = True
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        raise AssertionError("Every file is skipped.")

    def file_complete(self, file_size: int) -> None:
        return None


class _Token(CsrfViewMiddleware):
    """Django's own check of a form, whose refusal is not answered but told."""

    def refusal(self, request: HttpRequest) -> object:
        """Return None for a form of this site."""
        return self.process_view(request, _nothing, (), {})

    def knows_the_site(self, request: HttpRequest) -> bool:
        """Tell whether `Origin` names this site or one that the settings trust."""
        return self._origin_verified(request)  # type: ignore[attr-defined]

    def _reject(self, request: HttpRequest, reason: str) -> object:
        return reason


def _nothing(_request: HttpRequest) -> HttpResponse:
    raise AssertionError("No view is behind it.")


def entered(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the form that was sent; no password, and no files."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name.lower()
        for value in values
    ]


def page_of_the_form(request: HttpRequest) -> str:
    """Return the address of the page that a form was on, where the browser tells it, else ""."""
    return address_from_outside(request, request.headers.get("Referer"))
