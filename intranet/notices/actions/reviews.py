"""Notices to the heads of a service about drafts that wait for their review."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext, override
from wagtail.models import TaskState

from directory import journal
from directory.models import AccessGroup, JournalEntry
from intranet.models import BasePage
from intranet.notices.models import AudienceKind, Notice, NoticeAudience, NoticeCause, NoticeKind

from .publishing import publish_notice, withdraw_notice


def follow_review(*, page: int, entry: JournalEntry) -> None:
    """Tell those who review of the draft `page` that it waits, for as long as it does.

    The draft may be none of theirs after a move, and be there no more: what is told of it
    goes by how things are now, not when `entry` was written. An entry is answered once.
    """
    with journal.transaction():
        waiting = list(
            Notice.objects.select_for_update().filter(
                kind=NoticeKind.REVIEW, url=editor_of(page), withdrawn_at__isnull=True
            )
        )
        state = _under_way(page)
        if state is None or entry.action == "page.moved":
            for notice in waiting:
                withdraw_notice(actor=entry.actor, notice=notice, reason="reviewed")
            waiting = []
        if state is None or waiting or entry.action not in ("page.submitted", "page.moved"):
            return
        if not NoticeCause.objects.filter(entry=entry).exists():
            told = _tell(page, state)
            if told is not None:
                NoticeCause.objects.create(entry=entry, notice=told)


def editor_of(page: int) -> str:
    """Return the address of the editor of a page."""
    return reverse("wagtailadmin_pages:edit", args=[page])


def _under_way(page: int) -> TaskState | None:
    """Return the review of the page that is under way."""
    found = BasePage._base_manager.filter(pk=page).first()
    return found.current_workflow_task_state if found is not None else None


def _tell(page: int, state: TaskState) -> Notice | None:
    """Publish the notice; None where nobody has to review."""
    draft = state.revision.as_object() if state.revision else state.workflow_state.content_object
    task = state.task.specific
    # After a move the review is still asked of those who headed it before: none of theirs.
    groups = AccessGroup.objects.filter(
        service=draft.service, group__in=task.groups.values("pk")
    ).order_by("pk")
    audiences = [NoticeAudience(kind=AudienceKind.ACCESS_GROUP, ref=group.pk) for group in groups]
    if draft.scope is None or not audiences:
        return None
    return publish_notice(
        actor=state.workflow_state.requested_by,
        kind=NoticeKind.REVIEW,
        scope=draft.scope,
        audiences=audiences,
        url=editor_of(page),
        title_fr=_title("fr", draft.title),
        title_en=_title("en", draft.title),
    )


def _title(language: str, title: str) -> str:
    with override(language):
        return gettext("To review: %(title)s") % {"title": title}
