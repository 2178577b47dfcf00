"""The short way to a new note."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from directory.access import Level
from intranet.models import SectionPage


@require_safe
def write(request: HttpRequest) -> HttpResponse:
    """Go straight to the form of a new note; ask which service where there are several.

    Raises Http404 for whoever contributes to no section.
    """
    sections = list(
        SectionPage.objects.visible_to(request.user, Level.CONTRIBUTE)
        .in_language(request.user)
        .select_related("service", "locale")
        .order_by("title")
    )
    if not sections:
        raise Http404
    if len(sections) == 1:
        return redirect(new_page_address(sections[0]))
    choices = [(section, new_page_address(section)) for section in sections]
    return render(request, "intranet/write.html", {"choices": choices})


def new_page_address(section: SectionPage, kind: str = "notepage") -> str:
    """Return the address of the form of a new page of `kind` below `section`."""
    return reverse("wagtailadmin_pages:add", args=["intranet", kind, section.pk])
