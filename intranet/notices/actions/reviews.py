"""Notices to the heads of a service about drafts that wait for their review."""

from __future__ import annotations

from django.utils.translation import gettext, override
from wagtail.models import TaskState

from directory.models import AccessGroup, JournalEntry
from intranet.events import PAGE_SUBMITTED
from intranet.models import BasePage
from intranet.notices.models import AudienceKind, Notice, NoticeAudience, NoticeKind

from .drafts import editor_of, follow
from .publishing import publish_notice


def follow_review(*, page: int, entry: JournalEntry) -> None:
    """Tell those who review of the draft `page` that it waits, for as long as it does."""
    follow(
        page=page,
        entry=entry,
        kind=NoticeKind.REVIEW,
        begins=PAGE_SUBMITTED,
        reason="reviewed",
        step_of=_under_way,
        tell=_tell,
    )


def _under_way(page: int) -> TaskState | None:
    """Return the review of the page that is under way."""
    found = BasePage._base_manager.filter(pk=page).first()
    return found.current_workflow_task_state if found is not None else None


def _tell(draft: BasePage, step: TaskState) -> Notice | None:
    """Publish the notice; None where nobody has to review."""
    task = step.task.specific
    # After a move the review is still asked of those who headed it before: none of theirs.
    groups = AccessGroup.objects.filter(
        service=draft.service, group__in=task.groups.values("pk")
    ).order_by("pk")
    audiences = [NoticeAudience(kind=AudienceKind.ACCESS_GROUP, ref=group.pk) for group in groups]
    if draft.scope is None or not audiences:
        return None
    return publish_notice(
        actor=step.workflow_state.requested_by,
        kind=NoticeKind.REVIEW,
        scope=draft.scope,
        audiences=audiences,
        url=editor_of(draft.pk),
        title_fr=_title("fr", draft.title),
        title_en=_title("en", draft.title),
    )


def _title(language: str, title: str) -> str:
    with override(language):
        return gettext("To review: %(title)s") % {"title": title}
