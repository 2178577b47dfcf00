"""How an action that could not be done is told: on the page, or to a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.utils.translation import gettext as _

from directory.models import User
from directory.outside import address_from_outside
from documents import blobs, names
from documents.actions import NameTaken
from documents.uploads import TooBusy, TooManyAtOnce, TooSlow
from documents.uploads.body import Interrupted

EXPECTED = (ValidationError, blobs.TooLarge, blobs.NotStored, blobs.Damaged)
"""What an action raises to tell the reader something."""
DAMAGED = 500
"""The status of bytes that the store has lost: the fault is ours."""


def actor_of(request: HttpRequest) -> User:
    """Return the account of the person who asks: everybody who comes here is signed in."""
    assert isinstance(request.user, User)  # noqa: S101  (see directory.middleware)
    return request.user


def words_of(error: Exception) -> str:
    """Return the sentence for the reader that one of EXPECTED carries."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def error_answer(error: Exception) -> JsonResponse:
    """Tell a script what went wrong: a code, a sentence, and who has the name where one has."""
    body: dict[str, object] = {"message": words_of(error)}
    if isinstance(error, NameTaken):
        existing = error.existing
        body |= {
            "code": "name_taken",
            "existing": {
                "id": str(existing.pk),
                "name": existing.name,
                "folder": existing.is_folder,
                "url": existing.get_absolute_url(),
            },
        }
        return JsonResponse(body, status=409)
    if isinstance(error, blobs.TooLarge):
        return JsonResponse(body | {"code": "too_large", "limit": error.limit}, status=413)
    if isinstance(error, blobs.StorageFull):
        return JsonResponse(body | {"code": "storage_full"}, status=507)
    if isinstance(error, blobs.StorageBroken):
        return JsonResponse(body | {"code": "storage_broken"}, status=507)
    if isinstance(error, blobs.Damaged):
        return JsonResponse(body | {"code": "damaged"}, status=DAMAGED)
    if isinstance(error, (TooManyAtOnce, TooBusy)):
        status = 429 if isinstance(error, TooManyAtOnce) else 503
        text = _("Many transfers are under way. Nothing was lost; try again in a moment.")
        answer = JsonResponse({"code": "busy", "message": text}, status=status)
        answer["Retry-After"] = "5"
        return answer
    if isinstance(error, TooSlow):
        text = _("The connection is too slow or was interrupted. Nothing was saved; try again.")
        return JsonResponse({"code": "too_slow", "message": text}, status=408)
    if isinstance(error, RequestDataTooBig):
        return error_answer(blobs.TooLarge(settings.UPLOAD_MAX_BYTES))
    if isinstance(error, (Interrupted, UnreadablePostError)):
        text = _("The upload was interrupted. Nothing was saved; try again.")
        return JsonResponse({"code": "interrupted", "message": text}, status=400)
    code = getattr(error, "code", None) or "invalid"
    return JsonResponse(body | {"code": code}, status=422)


@contextmanager
def told(request: HttpRequest) -> Iterator[None]:
    """Show the reader, on the next page, why what is inside could not be done."""
    try:
        yield
    except EXPECTED as error:
        messages.error(request, words_of(error))


def saved_as(typed: str, kept: str) -> str:
    """Return the sentence that tells under which name something is kept, "" where as typed."""
    return _("Saved as “%(name)s”.") % {"name": kept} if names.is_mended(typed, kept) else ""


def is_sheet(request: HttpRequest) -> bool:
    """Tell whether the page is asked for by the dialog that shows it inside another."""
    return request.headers.get("X-Sheet") == "1"


def sheet(
    request: HttpRequest,
    template: str,
    context: dict[str, object],
    *,
    title: str,
    status: int = 200,
) -> HttpResponse:
    """Show a form by itself in a page, or without the frame in the dialog that asked for it."""
    base = "documents/sheet.html" if is_sheet(request) else "documents/sheet_page.html"
    context = context | {"sheet_base": base, "sheet_title": title}
    return render(request, template, context, status=status)


def done(request: HttpRequest, url: str, *said: str) -> HttpResponse:
    """Lead on to `url`, with what is `said` shown there; a dialog is told to go there itself."""
    if sentences := " ".join(filter(None, said)):
        messages.success(request, sentences)
    if is_sheet(request):
        return JsonResponse({"location": url})
    return HttpResponseRedirect(url)


def back_to(request: HttpRequest, fallback: str) -> str:
    """Return the address of this site that the form names in `next`, or `fallback`."""
    target = address_from_outside(request, request.POST.get("next") or request.GET.get("next"))
    return target or fallback
