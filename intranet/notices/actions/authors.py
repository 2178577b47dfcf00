"""Notices to whoever submitted a draft, about what came of it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, override
from wagtail.models import TaskState

from directory import journal
from directory.models import JournalEntry
from intranet.events import PAGE_PUBLISHED, PAGE_REVIEWED
from intranet.models import BasePage
from intranet.notices.models import AudienceKind, Notice, NoticeAudience, NoticeKind

from .drafts import changes_requested, editor_of, follow
from .publishing import publish_notice


def follow_changes(*, page: int, entry: JournalEntry) -> None:
    """Tell the author of the draft `page` that changes are requested, for as long as they are."""
    follow(
        page=page,
        entry=entry,
        kind=NoticeKind.CHANGES,
        begins=PAGE_REVIEWED,
        reason="changed",
        step_of=_sent_back,
        tell=_ask_for_changes,
    )


def tell_of_publication(*, page: int, entry: JournalEntry) -> Notice | None:
    """Tell whoever submitted `page` last that it is published; None where they know.

    They know who publish it themselves, and who got a notice of the page since they submitted
    it, be it the one that tells everybody of a new note. `entry` tells of the publication: only
    the first one after the submission is what came of it.
    """
    with journal.transaction():
        found = BasePage._base_manager.filter(pk=page, live=True).first()
        if found is None or found.scope is None:
            return None
        review = found.workflow_states.order_by("-created_at", "-pk").first()
        if review is None or review.requested_by in (None, entry.actor):
            return None
        if (
            _published_between(review.created_at, entry)
            or Notice.objects.filter(
                page=page,
                kind__in=(NoticeKind.NOTE, NoticeKind.PUBLISHED),
                published_at__gte=review.created_at,
            ).exists()
        ):
            return None
        return publish_notice(
            actor=entry.actor,
            kind=NoticeKind.PUBLISHED,
            scope=found.scope,
            audiences=[NoticeAudience(kind=AudienceKind.PERSON, ref=review.requested_by_id)],
            page=found,
            title_fr=_published("fr", found.title),
            title_en=_published("en", found.title),
        )


def _published_between(submitted_at: datetime, entry: JournalEntry) -> bool:
    """Tell whether the page of `entry` was published before it, after `submitted_at`."""
    return JournalEntry.objects.filter(
        object_type=entry.object_type,
        object_id=entry.object_id,
        sequence__lt=entry.sequence,
        action=PAGE_PUBLISHED.name,
        at__gte=submitted_at,
    ).exists()


def _sent_back(page: int) -> TaskState | None:
    """Return the step of the page's review that asked for changes, where none is made yet."""
    found = BasePage._base_manager.filter(pk=page).first()
    review = changes_requested(found) if found is not None else None
    return review.current_task_state if review is not None else None


def _ask_for_changes(draft: BasePage, step: TaskState) -> Notice | None:
    """Publish the notice; None where nobody else has to know of it, or may make the changes."""
    author = step.workflow_state.requested_by
    if draft.scope is None or author in (None, step.finished_by):
        return None
    if not draft.permissions_for_user(author).can_edit():
        return None
    return publish_notice(
        actor=step.finished_by,
        kind=NoticeKind.CHANGES,
        scope=draft.scope,
        audiences=[NoticeAudience(kind=AudienceKind.PERSON, ref=author.pk)],
        url=editor_of(draft.pk),
        title_fr=_changes("fr", draft.title),
        title_en=_changes("en", draft.title),
        # The reviewer wrote it for the author, in the language that they share.
        body_fr=step.comment,
        body_en=step.comment,
    )


def _changes(language: str, title: str) -> str:
    with override(language):
        return gettext("Changes requested: %(title)s") % {"title": title}


def _published(language: str, title: str) -> str:
    with override(language):
        return gettext("Published: %(title)s") % {"title": title}
