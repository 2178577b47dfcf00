"""What the section of a service shows to whom."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.urls import reverse

from directory import access
from directory.access import Level
from directory.models import Person, Role
from intranet.models import Audience, PlainPage, SectionPage
from intranet.serving import around

from .home import latest_notes, upcoming_events
from .writing import new_page_address

NOTES_SHOWN = 10
EVENTS_SHOWN = 5


def contents(request: HttpRequest, section: SectionPage) -> dict[str, Any]:
    """Return the parts of the section's page, as far as the person may see them."""
    person, service = request.user, section.service
    if service is None:
        raise Http404
    notes = latest_notes(person).filter(service=service)
    audience = request.GET.get("audience", "")
    if audience in Audience.values:
        notes = notes.filter(audience=audience)
    else:
        audience = ""
    years = list(notes.dates("date", "year", order="DESC"))
    year = request.GET.get("year", "")
    if year.isdecimal() and int(year) in {day.year for day in years}:
        notes = notes.filter(date__year=int(year))
    else:
        year = ""
    reads_service = service is not None and access.can(person, Level.READ, service.scope_id)
    found = around(section, request)
    return found | {
        "notes": Paginator(notes, NOTES_SHOWN).get_page(request.GET.get("page")),
        "audience": audience,
        "audiences": Audience.choices if reads_service else [],
        "year": year,
        "years": years,
        "events": list(upcoming_events(person).filter(service=service)[:EVENTS_SHOWN]),
        "pages": list(
            PlainPage.objects.visible_to(person)
            .in_language(person)
            .filter(service=service, depth=section.depth + 1)
            .select_related("locale")
            .defer_streamfields()
            .order_by("path")
        ),
        "heads": list(heads(section)),
        "spaces": spaces(person, section),
        "write_address": new_page_address(section) if found["may_edit"] else "",
        "explore_address": (
            reverse("wagtailadmin_explore", args=[section.pk]) if found["may_edit"] else ""
        ),
    }


def heads(section: SectionPage) -> Any:
    """Return the people who head the service, by name."""
    return (
        Person.objects.filter(
            user__is_active=True,
            user__groups__access_group__service=section.service,
            user__groups__access_group__role=Role.HEAD,
        )
        .distinct()
        .order_by("family_name", "given_name")
    )


def spaces(person: Any, section: SectionPage) -> list[Any]:
    """Return the document spaces of the service that the person may read."""
    from django.apps import apps

    if not apps.get_app_config("documents").models.get("space"):
        return []
    space = apps.get_model("documents", "Space")
    return list(
        space.objects.visible_to(person).filter(service=section.service).order_by("name_fr")
    )
