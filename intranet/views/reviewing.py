"""What waits for somebody's review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import BigIntegerField, CharField, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from wagtail.models import TaskState, WorkflowState

from directory.access import Level
from intranet.lock.querysets import ScopedPageQuerySet
from intranet.models import BasePage

WAITING_SHOWN = 6  # on the home page
SHOWN = 15


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page whose draft waits for a review: where that is done, who asked for it, and when."""

    title: str
    address: str
    language: str
    service: str
    submitted_by: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Longest:
    """Those that wait longest, and how many there are with the others."""

    shown: list[Waiting]
    total: int


@require_safe
def to_review(request: HttpRequest) -> HttpResponse:
    """List all that waits for a review by the person."""
    shown = Paginator(pages_to_review(request.user), SHOWN).get_page(request.GET.get("page"))
    context = {"page": shown, "waiting": [_told(page) for page in shown.object_list]}
    return render(request, "intranet/to_review.html", context)


def waiting_longest(person: Any) -> Longest:
    """Return what the home page shows of `pages_to_review`: at most `WAITING_SHOWN`.

    One query; where there are more of them, a second one counts.
    """
    pages = pages_to_review(person)
    found = list(pages[: WAITING_SHOWN + 1])
    total = len(found) if len(found) <= WAITING_SHOWN else pages.count()
    return Longest(shown=[_told(page) for page in found[:WAITING_SHOWN]], total=total)


def pages_to_review(person: Any) -> ScopedPageQuerySet:
    """Return the pages that `person` may edit and is asked to review, the longest waiting first.

    The review of a page that has moved out of reach is still asked of those who headed it
    before: it is none of theirs.
    """
    reviews = _under_way(person)
    mine = reviews.filter(workflow_state__object_id=Cast(OuterRef("pk"), CharField()))
    asked = "workflow_state__requested_by__"
    return (
        BasePage.objects.visible_to(person, Level.CONTRIBUTE)
        .filter(
            pk__in=reviews.values(page=Cast("workflow_state__object_id", BigIntegerField())),
        )
        .annotate(
            since=Subquery(mine.values("started_at")[:1]),
            first_name=Subquery(mine.values(f"{asked}first_name")[:1]),
            last_name=Subquery(mine.values(f"{asked}last_name")[:1]),
            username=Subquery(mine.values(f"{asked}username")[:1]),
        )
        .select_related("locale", "service")
        .order_by("since", "pk")
    )


def _told(page: Any) -> Waiting:
    return Waiting(
        title=page.draft_title,
        address=reverse("wagtailadmin_pages:edit", args=[page.pk]),
        language=page.language,
        service=page.service.name if page.service else "",
        submitted_by=f"{page.first_name or ''} {page.last_name or ''}".strip()
        or page.username
        or "",
        submitted_at=page.since,
    )


def _under_way(person: Any) -> QuerySet[TaskState]:
    """Return the steps of reviews of pages that are asked of a group of `person`'s."""
    return TaskState.objects.filter(
        status=TaskState.STATUS_IN_PROGRESS,
        pk=F("workflow_state__current_task_state"),
        workflow_state__status=WorkflowState.STATUS_IN_PROGRESS,
        workflow_state__base_content_type=ContentType.objects.get_for_model(BasePage),
        task__groupapprovaltask__groups__user=person,
    )
