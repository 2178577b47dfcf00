"""What is asked of whoever moves pages to where they have other readers."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from wagtail.actions.move_page import MovePageAction

from directory import journal
from directory.access import Level
from directory.models import User
from directory.outside import number_from_outside, text_from_outside
from intranet.actions.links import open_documents
from intranet.lock.querysets import ScopedPageQuerySet
from intranet.models import BasePage
from intranet.moving import changes

# Pages that are moved by one question; the list of the admin selects no more on a page.
AT_ONCE = 100


def asking(
    request: HttpRequest, pages: Iterable[BasePage], parent: BasePage
) -> HttpResponse | None:
    """Return the way to the question where a move is to be asked about, None otherwise.

    Nor is anything asked about a move that is not allowed: the move itself refuses it.
    """
    moved = list(pages)
    if not all(page.permissions_for_user(request.user).can_move_to(parent) for page in moved):
        return None
    assert isinstance(request.user, User)  # noqa: S101  (see directory.middleware)
    if not changes(moved, parent, request.user):
        return None
    address = reverse("wagtailadmin_page_moving", args=[parent.pk])
    return redirect(f"{address}?{urlencode([('id', page.pk) for page in moved])}")


@require_http_methods(["GET", "HEAD", "POST"])
def moving(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Say who gains and who loses reading by a move of the pages `?id=`, then do it.

    Field `documents`: `open` gives the new readers access to the documents that the person
    manages, `leave` moves the pages only. Raises Http404 where the person may not move them.
    """
    assert isinstance(request.user, User)  # noqa: S101  (see directory.middleware)
    editable = BasePage.objects.visible_to(request.user, Level.CONTRIBUTE)
    parent: BasePage = get_object_or_404(editable, pk=destination_id)
    pages = _named(request, editable)
    if not all(page.permissions_for_user(request.user).can_move_to(parent) for page in pages):
        raise Http404
    found = changes(pages, parent, request.user)
    to_open = {link.node.pk for each in found for link in each.links if link.node is not None}
    if request.method == "POST":
        choice = text_from_outside(request.POST.get("documents"), longest=20)
        if choice not in ("open", "leave"):
            raise Http404
        try:
            with journal.transaction():
                for each in found if choice == "open" else []:
                    open_documents(
                        actor=request.user, page=each.page, links=each.links, scope=each.scope
                    )
                for page in pages:
                    MovePageAction(page, parent, pos="last-child", user=request.user).execute()
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(request.get_full_path())
        words = ngettext("%(number)d page is moved.", "%(number)d pages are moved.", len(pages))
        messages.success(request, words % {"number": len(pages)})
        return redirect("wagtailadmin_explore", parent.pk)
    return render(
        request,
        "intranet/moving.html",
        {
            "page_title": _("Before it is moved"),
            "parent": parent,
            "pages": pages,
            "changes": found,
            "to_open": to_open,
            "back": pages[0].get_parent(),
        },
    )


def _named(request: HttpRequest, among: ScopedPageQuerySet) -> list[BasePage]:
    """Return the pages that the address names. Raises Http404 where one is not among those."""
    named = set(map(number_from_outside, request.GET.getlist("id")[:AT_ONCE]))
    pages = list(among.filter(pk__in=named - {None}).specific())
    if not pages or len(pages) != len(named):
        raise Http404
    return pages
