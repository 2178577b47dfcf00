"""What is answered when a request cannot be: in the reader's language, with a way on.

What is denied and what does not exist get the same page, to the byte.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from directory import context, trouble
from directory.carrying import entered, is_of_this_site, page_of_the_form

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
_TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def _page(request: HttpRequest, status: int, title: str, text: str, **more: object) -> HttpResponse:
    if request.headers.get("HX-Request") or not request.accepts("text/html"):
        return HttpResponse(title, status=status, content_type="text/plain; charset=utf-8")
    signed_in = getattr(getattr(request, "user", None), "is_authenticated", False)
    return render(
        request,
        "design/error.html",
        {
            "layout": "base.html" if signed_in else "base_plain.html",
            "signed_in": signed_in,
            "status": status,
            "error_title": title,
            "text": text,
        }
        | more,
        status=status,
    )


def _with_token(handler: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the page of `handler` its CSRF token, without looking for one in what was sent.

    That is read where no view has done so (an address that does not exist, one without the
    check), and to read it may be what fails: a file to where none is taken, too many fields.
    """
    with_token = requires_csrf_token(handler)

    @wraps(handler)
    def handle(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        request.csrf_processing_done = True  # type: ignore[attr-defined]
        return with_token(request, *args, **kwargs)

    return handle


@_with_token
def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be understood (400), or that is too large (413)."""
    if isinstance(exception, _TOO_LARGE):
        return _page(
            request,
            413,
            _("This is too large to be sent"),
            _("Nothing was saved. Send less at once, or put large files in a document space."),
        )
    return _page(
        request,
        400,
        _("This request could not be understood"),
        _("Nothing was changed. Go back, check what you entered and try again."),
    )


@_with_token
def handler403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what is refused outright, which no page of Marigot leads to."""
    return _page(
        request,
        403,
        _("This is not open to you"),
        _("If you need it for your work, ask the head of the service concerned."),
    )


@_with_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or out of date.

    Somebody signed in again since it was opened: where a page of this site sent it, what was
    entered is on the page, to be sent with the new token.
    """
    if request.user.is_authenticated and is_of_this_site(request) and (sent := entered(request)):
        text = _(
            "You signed in again after you had opened it, so that the form was not sent. What you "
            "entered is on this page: send it again."
        )
        if request.FILES:
            text += " " + _("Files could not be kept: choose them again on the page of the form.")
        back = page_of_the_form(request) if request.FILES else ""
        return _page(request, 403, _("Send it again"), text, kept=sent, back=back)
    return _page(
        request,
        403,
        _("This page had been open for too long"),
        _(
            "For your safety the form was not sent, and nothing was changed. Go back, reload "
            "the page and send it again. If that does not help, allow cookies for this site."
        ),
        back=page_of_the_form(request),
    )


@_with_token
def handler404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what does not exist, or not for this person: nobody can tell which."""
    return _page(
        request,
        404,
        _("Page not found"),
        _(
            "The address may be mistyped, the page may have been moved or taken down, or it may "
            "not be shared with you. Search for it, or ask the colleague who gave you the link."
        ),
        missing=True,
    )


def unavailable(request: HttpRequest, what: str = "", retry_after: int = 30) -> HttpResponse:
    """Answer 503 where a part that the page cannot do without is down; `what` names it."""
    response = _page(
        request,
        503,
        what or _("This part of Marigot is unavailable for the moment"),
        _("It should be back in a moment; the rest of the site works. Nothing was lost."),
    )
    response["Retry-After"] = str(retry_after)
    return response


def busy(request: HttpRequest) -> HttpResponse:
    """Answer 503 where the server has as much under way as it takes."""
    return _later(
        request,
        503,
        _("The site is very busy"),
        _("Nothing was lost. Wait a moment, then try again."),
    )


def too_many_at_once(request: HttpRequest) -> HttpResponse:
    """Answer 429 where the person has as many transfers under way as one may have."""
    return _later(
        request,
        429,
        _("You have many transfers under way"),
        _("Nothing was lost. Wait until one of your uploads or downloads is over, then try again."),
    )


def too_slow(request: HttpRequest) -> HttpResponse:
    """Answer 408 where what was sent came too slowly to be waited for."""
    return _later(
        request,
        408,
        _("What you sent did not arrive"),
        _("The connection is too slow or was interrupted. Nothing was saved; try again."),
    )


def _later(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    response = _page(request, status, title, text)
    response["Retry-After"] = "5"
    return response


def _passing(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    """Return the answer to trouble that passes, None for anything else."""
    if trouble.is_full(error):
        status, title = 507, _("The server has no room left")
        text = _(
            "Nothing was saved, and nothing that was there is lost. Your IT department has been "
            "told. What you entered is on this page: send it again once there is room."
        )
    elif trouble.is_busy(error):
        status, title = 503, _("Many people are saving right now")
        text = _("Nothing has been saved yet. What you entered is on this page: send it again.")
    else:
        return None
    log.error("answered with %s: %s", status, error)
    response = _page(request, status, title, text, kept=_entered(request))
    response["Retry-After"] = str(RETRY_SECONDS if status == HTTPStatus.SERVICE_UNAVAILABLE else 60)
    return response


def _entered(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the form that was sent; no password, and no files."""
    # Only what was read already: what is still on the wire may be the trouble.
    if request.method != "POST" or not hasattr(request, "_post"):
        return []
    return entered(request)


@_with_token
def handler500(request: HttpRequest) -> HttpResponse:
    """Answer a failure of ours: a fixed page in both languages, which needs nothing to work.

    Where the disk is full (507) or too many write at once (503) the page says so, and holds what
    was sent, to be sent again.
    """
    error = sys.exception()
    if error is not None and (answer := _passing(request, error)) is not None:
        return answer
    page = loader.get_template("500.html").render({"reference": context.request_id.get() or ""})
    return HttpResponse(page, status=500)
