"""Opening notices and marking them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from directory.outside import address_from_outside, number_from_outside
from intranet.models import BasePage
from intranet.notices.actions import keep_unread, mark_all_read, mark_read, undo_mark_all_read
from intranet.notices.models import Notice, NoticeKind
from intranet.notices.querysets import state_of

from . import person_of


def _notice(request: HttpRequest, pk: int) -> Notice:
    """Return the notice, where it is for the person who asks; Http404 where it is not."""
    notice: Notice | None = Notice.objects.for_person(request.user).filter(pk=pk).first()
    if notice is None:
        raise Http404
    return notice


@require_safe
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about, and mark it as read."""
    notice = _notice(request, pk)
    target = _target(request, notice)
    if request.method == "GET":
        mark_read(actor=person_of(request), notice=notice)
    return HttpResponseRedirect(target)


def _target(request: HttpRequest, notice: Notice) -> str:
    if notice.page is not None:
        pages = BasePage.objects.visible_to(request.user).select_related("locale")
        if notice.kind == NoticeKind.PUBLISHED:
            # What was published is one version; the other may have been for years.
            pages = pages.filter(pk=notice.page.pk)
        else:
            # The version in the reader's language, where there is one that they may read.
            versions = pages.filter(translation_key=notice.page.translation_key)
            pages = versions.in_language(request.user)
        page = pages.first()
        if page is None:
            raise Http404
        return str(page.address)
    return notice.url or f"{reverse('notices:list')}#notice-{notice.pk}"


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notice as read."""
    mark_read(actor=person_of(request), notice=_notice(request, pk))
    return _answer(request, anchor=f"#notice-{pk}")


@require_POST
def unread(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a notice unread again."""
    keep_unread(actor=person_of(request), notice=_notice(request, pk))
    return _answer(request, anchor=f"#notice-{pk}")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read up to the sequence number `up_to`: what the person has seen."""
    up_to = number_from_outside(request.POST.get("up_to"))
    if up_to is None:
        return redirect("notices:list")
    earlier = mark_all_read(actor=person_of(request), up_to=up_to)
    return _answer(request, undo=earlier)


@require_POST
def undo_read_all(request: HttpRequest) -> HttpResponse:
    """Take the last "mark all as read" back."""
    earlier = number_from_outside(request.POST.get("earlier"))
    if earlier is not None:
        undo_mark_all_read(actor=person_of(request), earlier=earlier)
    return _answer(request)


def _answer(request: HttpRequest, *, anchor: str = "", **query: str | int) -> HttpResponse:
    """Answer a script with the new count, a form with the page that it came from."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"unread": state_of(request.user).unread})
    target = address_from_outside(request, request.POST.get("next")) or reverse("notices:list")
    target = target.partition("#")[0]
    if query:
        target = f"{target.partition('?')[0]}?{urlencode(query)}"
    return HttpResponseRedirect(target + anchor)
