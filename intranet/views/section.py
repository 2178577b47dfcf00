"""What the section of a service shows to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from wagtail.models import WorkflowState

from directory import access
from directory.access import Level
from directory.models import Person, Role, Service
from directory.outside import number_from_outside, text_from_outside
from directory.text import sort_key
from documents.models import Space
from intranet.models import Audience, BasePage, EventPage, PlainPage, SectionPage
from intranet.serving import around

from .home import latest_notes, upcoming_events
from .writing import new_page_address
from .years import by_year

NOTES_SHOWN = 10
EVENTS_SHOWN = 5
PREPARATIONS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Preparation:
    """A page that is being written: where it is edited, and how far it is."""

    title: str
    address: str
    language: str
    state: str
    changed_at: datetime | None


def contents(request: HttpRequest, section: SectionPage) -> dict[str, Any]:
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
    return found | {
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


def heads(section: SectionPage) -> Any:
    """Return the people who head the service, by name."""
    return (
        Person.objects.filter(
            user__is_active=True,
            user__groups__access_group__service=section.service,
            user__groups__access_group__role=Role.HEAD,
        )
        .distinct()
        .order_by("user__sort_name", "pk")
    )


def in_preparation(person: Any, service: Service | None = None) -> list[Preparation]:
    """Return what is written or changed and not published, of what the person edits.

    In all services that are hers to edit, or in `service` alone.
    """
    reviews = WorkflowState.objects.active().filter(
        base_content_type=ContentType.objects.get_for_model(BasePage),
        object_id=Cast(OuterRef("pk"), CharField()),
    )
    pages = (
        BasePage.objects.visible_to(person, Level.CONTRIBUTE)
        .filter(Q(live=False) | Q(has_unpublished_changes=True))
        .annotate_approved_schedule()
        .annotate(review=Subquery(reviews.values("status")[:1]))
        .select_related("locale", "content_type")
        .order_by("-latest_revision_created_at", "-pk")
    )
    if service is not None:
        pages = pages.filter(service=service)
    return [
        Preparation(
            title=page.draft_title,
            address=reverse("wagtailadmin_pages:edit", args=[page.pk]),
            language=page.language,
            state=_state(page),
            changed_at=page.latest_revision_created_at,
        )
        for page in pages[:PREPARATIONS_SHOWN]
    ]


def _state(page: Any) -> str:
    if page.review == WorkflowState.STATUS_NEEDS_CHANGES:
        return gettext("Changes requested")
    if page.review:
        return gettext("Waiting for review")
    if page._approved_schedule:
        return gettext("Scheduled")
    if page.expired:
        return gettext("Expired")
    return gettext("Changed since") if page.live else gettext("Draft")
