"""Notices about a draft for as long as something is so of it, whoever they are for."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from wagtail.models import TaskState, WorkflowState

from directory import journal
from directory.models import JournalEntry
from intranet.events import PAGE_MOVED, PAGE_SCOPE_CHANGED
from intranet.models import BasePage
from intranet.notices.models import Notice, NoticeCause, NoticeKind

from .publishing import withdraw_notice

# What gives a draft, and all below it, another place and other readers. A move tells itself of
# the page that was moved alone.
MOVES = (PAGE_MOVED, PAGE_SCOPE_CHANGED)


def editor_of(page: int) -> str:
    """Return the address of the editor of a page."""
    return reverse("wagtailadmin_pages:edit", args=[page])


def changes_requested(page: BasePage) -> WorkflowState | None:
    """Return the review of `page` in which changes are requested and not yet submitted."""
    review: WorkflowState | None = page.current_workflow_state
    if review is None or review.status != WorkflowState.STATUS_NEEDS_CHANGES:
        return None
    return review


def draft_of(step: TaskState) -> BasePage:
    """Return the draft that `step` of a review is about, where it stands now."""
    draft = step.revision.as_object() if step.revision else step.workflow_state.content_object
    assert isinstance(draft, BasePage)  # noqa: S101  (nothing else has a workflow)
    return draft


def follow(
    *,
    page: int,
    entry: JournalEntry,
    kind: NoticeKind,
    begins: journal.Event,
    reason: str,
    step_of: Callable[[int], TaskState | None],
    tell: Callable[[BasePage, TaskState], Notice | None],
) -> None:
    """Have a notice of `kind` about `page` stand for as long as `step_of` it is something.

    It goes by how things are now, not when `entry` was written: the draft may have moved, and be
    there no more. What is not so any more is withdrawn for `reason`. `tell` is asked for a notice
    of the draft by an entry of the event `begins`, by MOVES, and in the place of one that stands
    in another scope than the draft. An entry is answered once.
    """
    with journal.transaction():
        waiting = list(
            Notice.objects.select_for_update().filter(
                kind=kind, url=editor_of(page), withdrawn_at__isnull=True
            )
        )
        step = step_of(page)
        draft = draft_of(step) if step is not None else None
        stand = [notice for notice in waiting if draft and notice.scope_id == draft.scope_id]
        for notice in waiting:
            if notice not in stand:
                withdraw_notice(actor=entry.actor, notice=notice, reason=reason)
        if step is None or draft is None or stand:
            return
        if not waiting and journal.event_of(entry) not in (begins, *MOVES):
            return
        if not NoticeCause.objects.filter(entry=entry).exists():
            told = tell(draft, step)
            if told is not None:
                NoticeCause.objects.create(entry=entry, notice=told)
