"""What the pages of each kind show to whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypedDict

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.urls import reverse

from directory import access
from directory.access import Level, Somebody
from directory.models import User
from directory.outside import number_from_outside, text_from_outside
from directory.text import sort_key
from documents import selectors as documents
from documents.models import Space
from intranet.lock.querysets import SECTION_DEPTH
from intranet.models import Audience, BasePage, EventPage, HomePage, PlainPage, SectionPage
from intranet.selectors import (
    heads,
    in_preparation,
    latest_notes,
    my_sections,
    upcoming_events,
    waiting_longest,
)
from intranet.serving import SHOWN_WITH, active_language, as_what_it_is
from intranet.views.writing import new_page_address
from intranet.years import by_year

# On the home page.
NOTES_ON_HOME = 6
EVENTS_ON_HOME = 4
DOCUMENTS_ON_HOME = 6

# In a section.
NOTES_SHOWN = 10
EVENTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step on the way from the home page."""

    title: str
    address: str


class Around(TypedDict):
    """What stands around a page."""

    beside: list[BasePage]
    crumbs: list[Crumb]
    versions: dict[str, BasePage]
    may_edit: bool
    is_foreign: bool


def around(page: BasePage, request: HttpRequest, beside: Q | None = None) -> Around:
    """Return what the template of every page below the home page shows around it; one query.

    `beside` are the events and information pages of that condition, none of them above the
    page, in the order of the tree. `crumbs` are the pages above that the person may read,
    without the home page: a section goes by the name that its service has in the active
    language. `versions` are those of the page in other languages, by language.
    """
    steps = range(SECTION_DEPTH, page.depth)
    above = [page.path[: depth * page.steplen] for depth in steps]
    near = Q(path__in=above) | Q(translation_key=page.translation_key)
    found = BasePage.objects.visible_to(request.user).exclude(pk=page.pk).order_by("depth", "path")
    if beside is None:
        found = found.filter(near).as_lines()
    else:
        kinds = {kind._meta.model_name: kind for kind in (EventPage, PlainPage)}
        texts = [f"{name}__body" for name in kinds]
        found = found.filter(near | beside).select_related(*SHOWN_WITH, *kinds).defer(*texts)
    crumbs, versions, lines = [], {}, []
    for other in found:
        if other.translation_key == page.translation_key:
            versions[other.language] = other
        elif other.depth >= page.depth:
            lines.append(as_what_it_is(other))
        else:
            title = other.service.name if other.is_section else other.title
            crumbs.append(Crumb(title, other.address))
    return {
        "beside": lines,
        "crumbs": crumbs,
        "versions": versions,
        "may_edit": access.can(request.user, Level.CONTRIBUTE, page.scope_id),
        "is_foreign": page.language != active_language(),
    }


def panels(request: HttpRequest, home: HomePage) -> dict[str, object]:
    """Return the panels of the home page, as far as the person may see them."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101  (see directory.middleware)
    return {
        "given_name": given_name(person),
        "welcome": home.welcome if _reads(person, home) else "",
        "my_sections": sorted(
            my_sections(person), key=lambda section: sort_key(section.service.name)
        ),
        "notes": list(latest_notes(person)[:NOTES_ON_HOME]),
        "events": list(upcoming_events(person)[:EVENTS_ON_HOME]),
        "documents": documents.recent(person, DOCUMENTS_ON_HOME),
        # Asked by the template alone, of those whom something may wait for (`nav.reviews`).
        "to_review": partial(waiting_longest, person),
    }


def _reads(person: Somebody, page: BasePage) -> bool:
    return bool(page.welcome) and access.can(person, Level.READ, page.scope_id)


def given_name(person: User) -> str:
    """Return the name that the person is greeted by."""
    known = getattr(person, "person", None)
    return str((known.given_name if known else "") or person.first_name or person.username)


def contents(request: HttpRequest, section: SectionPage) -> dict[str, object]:
    """Return the parts of the section's page, as far as the person may see them."""
    person, service = request.user, section.service
    if service is None:
        raise Http404
    notes = latest_notes(person).filter(service=service)
    audience = text_from_outside(request.GET.get("audience"), longest=20)
    if audience in Audience.values:
        notes = notes.filter(audience=audience)
    else:
        audience = ""
    found_notes = by_year(notes, number_from_outside(request.GET.get("year")), NOTES_SHOWN)
    reads_service = service is not None and access.can(person, Level.READ, service.scope_id)
    coming = upcoming_events(person).filter(service=service, content_type=_kind(EventPage))
    pages = Q(content_type=_kind(PlainPage), service=service, depth=section.depth + 1)
    in_language = BasePage.objects.all().spoken_to(person)
    beside = Q(pk__in=coming[:EVENTS_SHOWN].values("pk")) | pages & in_language
    found = around(section, request, beside)
    events = [page for page in found["beside"] if isinstance(page, EventPage)]
    return {
        **found,
        "notes": found_notes.notes.get_page(request.GET.get("page")),
        "audience": audience,
        "audiences": Audience.choices if reads_service else [],
        "year": str(found_notes.year or ""),
        "years": [str(each) for each in found_notes.years],
        "events": sorted(events, key=lambda event: (event.start, event.pk)),
        "pages": [page for page in found["beside"] if isinstance(page, PlainPage)],
        "heads": list(heads(section)),
        "spaces": sorted(
            Space.objects.visible_to(person).filter(service=service),
            key=lambda space: sort_key(space.name),
        ),
        "preparations": in_preparation(person, service) if found["may_edit"] else [],
        "write_address": new_page_address(section) if found["may_edit"] else "",
        "explore_address": (
            reverse("wagtailadmin_explore", args=[section.pk]) if found["may_edit"] else ""
        ),
    }


def _kind(model: type[BasePage]) -> ContentType:
    """Return what an index knows the pages of `model` by."""
    return ContentType.objects.get_for_model(model)
