"""The short way to a new note, event or page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from directory.access import Level
from directory.outside import text_from_outside
from directory.text import sort_key
from intranet.models import SectionPage

_KINDS = {
    "note": ("notepage", _("Write a note")),
    "event": ("eventpage", _("Announce an event")),
    "page": ("plainpage", _("Write a page")),
}


@require_safe
def write(request: HttpRequest) -> HttpResponse:
    """Go straight to the form of a new note; ask which service where there are several.

    ?kind=event or ?kind=page: of an event, of an information page. Raises Http404 for whoever
    contributes to no section.
    """
    kind = text_from_outside(request.GET.get("kind", "note"), longest=20)
    if kind not in _KINDS:
        raise Http404
    model, heading = _KINDS[kind]
    sections = list(
        SectionPage.objects.visible_to(request.user, Level.CONTRIBUTE)
        .in_language(request.user)
        .select_related("service", "locale")
    )
    if not sections:
        raise Http404
    if len(sections) == 1:
        return redirect(new_page_address(sections[0], model))
    sections.sort(key=lambda section: sort_key(section.service.name))
    choices = [(section, new_page_address(section, model)) for section in sections]
    return render(request, "intranet/write.html", {"choices": choices, "heading": heading})


def new_page_address(section: SectionPage, kind: str = "notepage") -> str:
    """Return the address of the form of a new page of `kind` below `section`."""
    return reverse("wagtailadmin_pages:add", args=["intranet", kind, section.pk])
