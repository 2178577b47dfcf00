"""How a page is shown: to whom, at which address, with what around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language

from directory import access
from directory.access import Level
from intranet.models import BasePage, HomePage


def before_serve(
    page: BasePage, request: HttpRequest, args: list[Any], kwargs: dict[str, Any]
) -> HttpResponse | None:
    """Raise Http404 where the person may not read the page.

    The home page is a frame that everybody stands in; what it shows is asked for by itself.
    A page that was written in the reader's language too is shown in that version.
    """
    if not isinstance(page, HomePage):
        access.require(request.user, Level.READ, page.scope_id)
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    if page.language != language:
        version = translations(page, request.user).get(language)
        if version is not None:
            return HttpResponseRedirect(version.address_own)
    return None


def translations(page: BasePage, person: Any) -> dict[str, BasePage]:
    """Return the published versions of `page` in other languages that `person` may read."""
    found = (
        BasePage.objects.filter(translation_key=page.translation_key)
        .exclude(pk=page.pk)
        .visible_to(person)
        .select_related("locale")
    )
    return {version.language: version for version in found}


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step on the way from the home page."""

    title: str
    address: str


def crumbs(page: BasePage, person: Any) -> list[Crumb]:
    """Return the pages above `page` that `person` may read, the home page first.

    The section goes by the name that the service has in the active language.
    """
    above = (
        BasePage.objects.ancestor_of(page)
        .filter(depth__gt=2)
        .visible_to(person)
        .select_related("service")
        .order_by("depth")
    )
    return [
        Crumb(step.service.name if step.depth == 3 and step.service else step.title, step.address)
        for step in above
    ]


def around(page: BasePage, request: HttpRequest) -> dict[str, Any]:
    """Return what the template of every page below the home page shows around it."""
    return {
        "crumbs": crumbs(page, request.user),
        "versions": translations(page, request.user),
        "may_edit": access.can(request.user, Level.CONTRIBUTE, page.scope_id),
        "is_foreign": page.language != (get_language() or "")[:2],
    }
