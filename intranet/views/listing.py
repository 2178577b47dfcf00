"""All notes, all events, all services: of what the home page and the sections show a part."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from directory.access import Somebody
from directory.models import Role, Service
from directory.outside import number_from_outside
from directory.text import sort_key
from intranet.models import SectionPage
from intranet.selectors import latest_notes, my_sections, past_events, upcoming_events
from intranet.years import by_year

SHOWN = 15


@require_safe
def notes(request: HttpRequest) -> HttpResponse:
    """List every note that the person may read, the newest first; of a year, or of one's own
    services, where that is asked for.
    """
    found = latest_notes(request.user)
    mine = request.GET.get("mine") == "yes"
    own = list(my_sections(request.user).values_list("service_id", flat=True))
    if mine:
        found = found.filter(service__in=own)
    shown = by_year(found, number_from_outside(request.GET.get("year")), SHOWN)
    context = {
        "notes": shown.notes.get_page(request.GET.get("page")),
        "mine": mine,
        "has_own": bool(own),
        "year": str(shown.year or ""),
        "years": [str(each) for each in shown.years],
    }
    return render(request, "intranet/notes.html", context)


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """List every event to come that the person may read, or with ?show=past those that were."""
    past = request.GET.get("show") == "past"
    found = past_events(request.user) if past else upcoming_events(request.user)
    shown = Paginator(found, SHOWN).get_page(request.GET.get("page"))
    return render(request, "intranet/events.html", {"events": shown, "past": past})


@dataclass(frozen=True, slots=True)
class Branch:
    """A service's section with those of the services below it."""

    section: SectionPage
    below: list[SectionPage]
    is_mine: bool


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """List the services whose sections the person may read, each below the one it belongs to."""
    return render(request, "intranet/services.html", {"branches": branches(request.user)})


def branches(person: Somebody) -> list[Branch]:
    """Return the sections that `person` may read, by name, as a tree of two storeys.

    Deeper services stand with those of the second; one whose superior is out of sight, at
    the top. Three queries, however many services there are.
    """
    sections = {
        section.service_id: section
        for section in SectionPage.objects.visible_to(person)
        .in_language(person)
        .filter(service__isnull=False)
        .as_lines()
    }
    above: dict[int, int | None] = dict(Service.objects.values_list("pk", "parent_id"))
    mine = set(
        Service.objects.filter(
            access_groups__group__user=person.pk,
            access_groups__role__in=(Role.MEMBER, Role.CONTRIBUTOR, Role.HEAD),
        ).values_list("pk", flat=True)
    )
    below: dict[int, list[SectionPage]] = {}
    tops: list[SectionPage] = []
    for pk, section in sorted(sections.items(), key=lambda item: sort_key(item[1].service.name)):
        top = _top(pk, above, sections.keys())
        if top == pk:
            tops.append(section)
        else:
            below.setdefault(top, []).append(section)
    return [
        Branch(
            section=section,
            below=below.get(section.service_id, []),
            is_mine=section.service_id in mine,
        )
        for section in tops
    ]


def _top(pk: int, above: dict[int, int | None], known: Container[int]) -> int:
    """Return the highest of the services above `pk` that there is an unbroken way to."""
    parent = above.get(pk)
    while parent is not None and parent in known:
        pk, parent = parent, above.get(parent)
    return pk
