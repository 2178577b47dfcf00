"""How a page is shown: to whom, at which address, with what around it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from directory.access import Somebody
from directory.models import User
from intranet.models import (
    BasePage,
    ContentPage,
    EventPage,
    HomePage,
    NotePage,
    PlainPage,
    SectionPage,
)
from intranet.models.home import HOME_LANGUAGES, home_slug
from intranet.notices.actions import mark_page_read
from intranet.notices.querysets import forget_state, state_at

# What the templates show of the page from other tables.
SHOWN_WITH = ("locale", "service", "owner")


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
    answer: HttpResponse = as_what_it_is(page).serve(request)
    _note_reading(request, page)
    return answer


def _note_reading(request: HttpRequest, page: BasePage) -> None:
    """Take what notices say of the page as read, by whichever way somebody came to it.

    Done before the answer is rendered, so that its frame counts right; no query where the
    person has nothing unread. Of pages that nobody writes nothing is told.
    """
    person = request.user
    if request.method != "GET" or not isinstance(person, User):
        return
    if not issubclass(page.specific_class or BasePage, ContentPage):
        return
    if state_at(request).unread and mark_page_read(actor=person, page=page):
        forget_state(request)


def find(path: str, person: Somebody) -> BasePage:
    """Return the page at `path` that `person` may read; one query. Raises Http404.

    Where two languages have a page at the path, it is that of the active one.
    """
    paths = [f"/{home_slug(code)}/{path}" for code in HOME_LANGUAGES]
    pages = (BasePage if path else HomePage).objects.served_to(person)
    kinds = _kinds() if path else []
    found = {
        page.language: page
        for page in pages.filter(url_path__in=paths).select_related(*SHOWN_WITH, *kinds)
    }
    page = found.get(active_language()) or next(iter(found.values()), None)
    if page is None:
        raise Http404
    return page


def _kinds() -> list[str]:
    """Return the relations from a page to what only a page of its kind has."""
    return [kind._meta.model_name for kind in (SectionPage, NotePage, EventPage, PlainPage)]


def as_what_it_is(page: BasePage) -> BasePage:
    """Return the page as what it is, with what was already read along with it.

    One query, none where the relation to its kind was read too.
    """
    kind = page.specific_class or BasePage
    if kind is type(page):
        return page
    specific: BasePage = getattr(page, kind._meta.model_name)
    for relation in SHOWN_WITH:
        if page._state.fields_cache.get(relation) is not None:
            setattr(specific, relation, getattr(page, relation))
    return specific


def translations(page: BasePage, person: Somebody) -> dict[str, BasePage]:
    """Return the published versions of `page` in other languages that `person` may read."""
    found = (
        BasePage.objects.visible_to(person)
        .filter(translation_key=page.translation_key)
        .exclude(pk=page.pk)
        .select_related("locale")
    )
    return {version.language: version for version in found}
