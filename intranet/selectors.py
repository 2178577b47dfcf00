"""What is asked of the pages, by more than one page or list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, CharField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import TaskState, WorkflowState

from directory.access import Level, Somebody
from directory.models import Person, Role, Service
from intranet.lock.querysets import ScopedPageQuerySet
from intranet.models import BasePage, EventPage, NotePage, SectionPage

PREPARATIONS_SHOWN = 6
WAITING_SHOWN = 6  # on the home page


def my_sections(person: Somebody) -> ScopedPageQuerySet:
    """Return the sections of the services that the person belongs to."""
    return (
        SectionPage.objects.visible_to(person)
        .in_language(person)
        .filter(service__access_groups__group__user=person)
        .as_lines()
        .distinct()
    )


def latest_notes(person: Somebody) -> ScopedPageQuerySet:
    """Return the notes that the person may read, the newest first, once each."""
    return (
        NotePage.objects.visible_to(person)
        .in_language(person)
        .as_lines()
        .order_by("-date", "-first_published_at", "-pk")
    )


def upcoming_events(person: Somebody) -> ScopedPageQuerySet:
    """Return the events to come that the person may read, the next one first."""
    now = timezone.now()
    return (
        EventPage.objects.visible_to(person)
        .in_language(person)
        .filter(Q(start__gte=now) | Q(end__gte=now))
        .as_lines()
        .order_by("start", "pk")
    )


def past_events(person: Somebody) -> ScopedPageQuerySet:
    """Return the events that have taken place and that the person may read, the last first."""
    now = timezone.now()
    return (
        EventPage.objects.visible_to(person)
        .in_language(person)
        .filter(Q(end__lt=now) | Q(end__isnull=True, start__lt=now))
        .as_lines()
        .order_by("-start", "-pk")
    )


def heads(section: SectionPage) -> QuerySet[Person]:
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


@dataclass(frozen=True, slots=True)
class Preparation:
    """A page that is being written: where it is edited, and how far it is."""

    title: str
    address: str
    language: str
    state: str
    changed_at: datetime | None


def in_preparation(person: Somebody, service: Service | None = None) -> list[Preparation]:
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


def _state(page: BasePage) -> str:
    if page.review == WorkflowState.STATUS_NEEDS_CHANGES:
        return gettext("Changes requested")
    if page.review:
        return gettext("Waiting for review")
    if page._approved_schedule:
        return gettext("Scheduled")
    if page.expired:
        return gettext("Expired")
    return gettext("Changed since") if page.live else gettext("Draft")


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


def waiting_longest(person: Somebody) -> Longest:
    """Return what the home page shows of `pages_to_review`: at most `WAITING_SHOWN`.

    One query; where there are more of them, a second one counts.
    """
    pages = pages_to_review(person)
    found = list(pages[: WAITING_SHOWN + 1])
    total = len(found) if len(found) <= WAITING_SHOWN else pages.count()
    return Longest(shown=[told(page) for page in found[:WAITING_SHOWN]], total=total)


def pages_to_review(person: Somebody) -> ScopedPageQuerySet:
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


def told(page: BasePage) -> Waiting:
    """Return what a list shows of one of `pages_to_review`."""
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


def _under_way(person: Somebody) -> QuerySet[TaskState]:
    """Return the steps of reviews of pages that are asked of a group of `person`'s."""
    return TaskState.objects.filter(
        status=TaskState.STATUS_IN_PROGRESS,
        pk=F("workflow_state__current_task_state"),
        workflow_state__status=WorkflowState.STATUS_IN_PROGRESS,
        workflow_state__base_content_type=ContentType.objects.get_for_model(BasePage),
        task__groupapprovaltask__groups__user=person,
    )
