"""The list of notices, and what a script asks for."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.outside import number_from_outside
from intranet.notices.models import Notice
from intranet.notices.querysets import may_send, state_at, state_of

PER_PAGE = 20
# Notices in one answer to a script; the list has the others.
AT_ONCE = 20


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Show what concerns the person, newest first; `?show=unread` what they have not read."""
    state = state_at(request)
    unread_only = request.GET.get("show") == "unread"
    found = (
        Notice.objects.unread_by(request.user)
        if unread_only
        else Notice.objects.for_person(request.user).with_reading_of(request.user)
    )
    page = Paginator(found.select_related("author").order_by("-sequence"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "notices/list.html",
        {
            "page": page,
            "state": state,
            "unread_only": unread_only,
            "may_send": may_send(request.user),
            "undo": number_from_outside(request.GET.get("undo")),
        },
    )


@require_safe
def since(request: HttpRequest) -> JsonResponse:
    """Answer, as JSON, the newest unread notices after the sequence number `n`, oldest first.

    `whole` tells whether they are all there are.

    Where a socket cannot be had, this is also what is polled.
    """
    after = number_from_outside(request.GET.get("n"))
    if after is None:
        return JsonResponse({"error": _("“n” must be a number, 0 or more.")}, status=400)
    state = state_of(request.user)
    # A position ahead of the journal comes from a database that was since restored.
    newer = Notice.objects.unread_by(request.user).filter(sequence__gt=after)
    rows = list(newer.order_by("-sequence")[:AT_ONCE]) if after < state.sequence else []
    return JsonResponse(
        {
            "sequence": state.sequence,
            "unread": state.unread,
            "notices": [_as_json(notice) for notice in reversed(rows)],
            "whole": len(rows) < AT_ONCE,
        }
    )


def _as_json(notice: Notice) -> dict[str, object]:
    return {
        "id": notice.pk,
        "sequence": notice.sequence,
        "kind": notice.kind,
        "title": notice.title,
        "language": notice.title_language,
        "body": notice.body,
        "url": notice.get_absolute_url(),
        "published": notice.published_at.isoformat(),
    }
