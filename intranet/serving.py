"""How a page is shown: to whom, at which address, with what around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from directory import access
from directory.access import Level
from intranet.models import BasePage
from intranet.models.home import HOME_LANGUAGES, home_slug
from intranet.querysets import FRAME_DEPTH


def active_language() -> str:
    """Return the language of the frame around the page."""
    return (get_language() or settings.LANGUAGE_CODE)[:2]


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponse:
    """Show the page at `path` below the home page of the active language.

    What was written in another language alone is shown at the same address, so that the
    frame around it stays in the reader's language; what exists in it too is sent there.
    Raises Http404 where there is no such page, or none that the person may read.
    """
    page = find(path, request.user)
    language = active_language()
    if page.language != language:
        version = translations(page, request.user).get(language)
        if version is not None:
            return HttpResponseRedirect(version.address_own)
    answer: HttpResponse = page.specific.serve(request)
    return answer


def find(path: str, person: Any) -> BasePage:
    """Return the page at `path` that `person` may read; one query. Raises Http404.

    The home pages are a frame that everybody stands in; what they show is asked for by
    itself. Where two languages have a page at the path, it is that of the active one.
    """
    paths = [f"/{home_slug(code)}/{path}" for code in HOME_LANGUAGES]
    read = Q(live=True, scope__in=access.scopes_for(person)) | Q(depth=FRAME_DEPTH, live=True)
    found = {
        page.language: page
        for page in BasePage.objects.filter(read, url_path__in=paths).select_related("locale")
    }
    page = found.get(active_language()) or next(iter(found.values()), None)
    if page is None:
        raise Http404
    return page


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
    """Return the pages above `page` that `person` may read, without the home page.

    The section goes by the name that the service has in the active language.
    """
    above = (
        BasePage.objects.ancestor_of(page)
        .filter(depth__gt=FRAME_DEPTH)
        .visible_to(person)
        .select_related("service")
        .order_by("depth")
    )
    return [
        Crumb(step.service.name if step.is_section else step.title, step.address) for step in above
    ]


def around(page: BasePage, request: HttpRequest) -> dict[str, Any]:
    """Return what the template of every page below the home page shows around it."""
    return {
        "crumbs": crumbs(page, request.user),
        "versions": translations(page, request.user),
        "may_edit": access.can(request.user, Level.CONTRIBUTE, page.scope_id),
        "is_foreign": page.language != active_language(),
    }
