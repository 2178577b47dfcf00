"""What the home page shows to whom."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from directory import access
from directory.access import Level
from directory.text import sort_key
from documents import selectors
from intranet.lock.querysets import ScopedPageQuerySet
from intranet.models import BasePage, EventPage, HomePage, NotePage, SectionPage

from .reviewing import waiting_longest

NOTES_SHOWN = 6
EVENTS_SHOWN = 4
DOCUMENTS_SHOWN = 6


def panels(request: HttpRequest, home: HomePage) -> dict[str, Any]:
    """Return the panels of the home page, as far as the person may see them."""
    person = request.user
    return {
        "given_name": given_name(person),
        "welcome": home.welcome if _reads(person, home) else "",
        "my_sections": sorted(
            my_sections(person), key=lambda section: sort_key(section.service.name)
        ),
        "notes": list(latest_notes(person)[:NOTES_SHOWN]),
        "events": list(upcoming_events(person)[:EVENTS_SHOWN]),
        "documents": selectors.recent(person, DOCUMENTS_SHOWN),
        # Asked by the template alone, of those whom something may wait for (`nav.reviews`).
        "to_review": partial(waiting_longest, person),
    }


def _reads(person: Any, page: BasePage) -> bool:
    return bool(page.welcome) and access.can(person, Level.READ, page.scope_id)


def given_name(person: Any) -> str:
    """Return the name that the person is greeted by."""
    known = getattr(person, "person", None)
    return str((known.given_name if known else "") or person.first_name or person.username)


def my_sections(person: Any) -> ScopedPageQuerySet:
    """Return the sections of the services that the person belongs to."""
    return (
        SectionPage.objects.visible_to(person)
        .in_language(person)
        .filter(service__access_groups__group__user=person)
        .as_lines()
        .distinct()
    )


def latest_notes(person: Any) -> ScopedPageQuerySet:
    """Return the notes that the person may read, the newest first, once each."""
    return (
        NotePage.objects.visible_to(person)
        .in_language(person)
        .as_lines()
        .order_by("-date", "-first_published_at", "-pk")
    )


def upcoming_events(person: Any) -> ScopedPageQuerySet:
    """Return the events to come that the person may read, the next one first."""
    now = timezone.now()
    return (
        EventPage.objects.visible_to(person)
        .in_language(person)
        .filter(Q(start__gte=now) | Q(end__gte=now))
        .as_lines()
        .order_by("start", "pk")
    )


def past_events(person: Any) -> ScopedPageQuerySet:
    """Return the events that have taken place and that the person may read, the last first."""
    now = timezone.now()
    return (
        EventPage.objects.visible_to(person)
        .in_language(person)
        .filter(Q(end__lt=now) | Q(end__isnull=True, start__lt=now))
        .as_lines()
        .order_by("-start", "-pk")
    )
