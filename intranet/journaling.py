"""What happens to pages, as told to the journal.

Wagtail's views, our actions and the schedule all end in the same signals. The views of the
admin and the actions run inside `journal.transaction()`, so that the page and its entry are
committed together.
"""

from __future__ import annotations

from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal
from wagtail.log_actions import get_active_log_context
from wagtail.models import TaskState, WorkflowState
from wagtail.signals import (
    page_published,
    page_unpublished,
    post_page_move,
    task_approved,
    task_cancelled,
    task_rejected,
    task_submitted,
    workflow_cancelled,
)

from directory import journal
from directory.models import User
from intranet import events
from intranet.lock.viewing import seeing_everything
from intranet.models import BasePage, NotePage, SiteImage

# How a review ended, by the signal that tells of it; the words are in `intranet.events`.
_RESULTS = {
    task_approved: "approved",
    task_rejected: "changes_requested",
    task_cancelled: "cancelled",
    workflow_cancelled: "cancelled",
}


def acting() -> User | None:
    """Return the person who acts, as Wagtail's log knows it; None where Marigot itself does."""
    user = get_active_log_context().user
    return user if isinstance(user, User) else None


def _tell(event: journal.Event, page: BasePage, **payload: object) -> None:
    kind = (page.specific_class or type(page))._meta.model_name
    with journal.transaction():
        journal.append(
            event,
            obj=BasePage(pk=page.pk),
            actor=acting(),
            scope=page.scope_id,
            payload={"kind": kind, **payload},
        )


def on_published(sender: type[BasePage], instance: BasePage, **kwargs: object) -> None:
    """Tell that a page was published; the wish for a notice is spent with it."""
    if not instance.live:
        return  # scheduled: Wagtail sends the signal now, and again when the time has come
    notify = bool(getattr(instance, "notify", False))
    with journal.transaction(), seeing_everything():
        if notify:
            NotePage.objects.filter(pk=instance.pk).update(notify=False)
        _tell(events.PAGE_PUBLISHED, instance, notify=notify)


def on_unpublished(sender: type[BasePage], instance: BasePage, **kwargs: object) -> None:
    """Tell that a page is no longer published."""
    _tell(events.PAGE_UNPUBLISHED, instance)


def on_moved(
    sender: type[BasePage],
    instance: BasePage,
    parent_page_before: BasePage,
    parent_page_after: BasePage,
    **kwargs: object,
) -> None:
    """Give the page, and all below it, the service and the scope of the new place."""
    with journal.transaction(), seeing_everything():
        for page in BasePage.objects.descendant_of(instance, inclusive=True).specific():
            page.save(clean=False, update_fields=["service", "scope"])
        moved = BasePage.objects.get(pk=instance.pk)
        _tell(
            events.PAGE_MOVED, moved, **{"from": parent_page_before.pk, "to": parent_page_after.pk}
        )


def on_deleted(sender: type[BasePage], instance: BasePage, **kwargs: object) -> None:
    """Tell that a page is gone; sent for each page of a branch."""
    _tell(events.PAGE_DELETED, instance, translation_key=str(instance.translation_key))


def on_review_asked(sender: type[TaskState], instance: TaskState, **kwargs: object) -> None:
    """Tell that a draft waits for the heads of its service."""
    page = instance.workflow_state.content_object
    if isinstance(page, BasePage):
        _tell(events.PAGE_SUBMITTED, page)


def on_review_over(
    sender: type[TaskState], instance: TaskState, signal: Signal, **kwargs: object
) -> None:
    """Tell that a draft waits for nobody any more: approved, sent back or taken back.

    Whoever publishes a draft that waits cancels its review, as the editor says beforehand.
    """
    page = instance.workflow_state.content_object
    if isinstance(page, BasePage):
        _tell(events.PAGE_REVIEWED, page, result=_RESULTS[signal])


def on_review_given_up(
    sender: type[WorkflowState], instance: WorkflowState, signal: Signal, **kwargs: object
) -> None:
    """Tell that the changes that were requested are waited for no more.

    Of a review that is taken back while it is under way Wagtail tells by its step.
    """
    page, step = instance.content_object, instance.current_task_state
    if isinstance(page, BasePage) and step and step.status == TaskState.STATUS_REJECTED:
        _tell(events.PAGE_REVIEWED, page, result=_RESULTS[signal])


def on_image_saved(
    sender: type[SiteImage], instance: SiteImage, created: bool, **kwargs: object
) -> None:
    """Tell that an image was added or changed; what Wagtail notes for itself is no change."""
    if created or not kwargs.get("update_fields"):
        _tell_of_image(events.IMAGE_ADDED if created else events.IMAGE_CHANGED, instance)


def on_image_deleted(sender: type[SiteImage], instance: SiteImage, **kwargs: object) -> None:
    """Tell that an image is gone."""
    _tell_of_image(events.IMAGE_DELETED, instance)


def _tell_of_image(event: journal.Event, image: SiteImage) -> None:
    with journal.transaction():
        journal.append(event, obj=image, actor=acting(), scope=image.scope_id)


def listen() -> None:
    """Connect the signals; harmless to call again."""
    uid = "intranet.journaling"
    page_published.connect(on_published, dispatch_uid=uid)
    page_unpublished.connect(on_unpublished, dispatch_uid=uid)
    post_page_move.connect(on_moved, dispatch_uid=uid)
    task_submitted.connect(on_review_asked, dispatch_uid=uid)
    for over in (task_approved, task_rejected, task_cancelled):
        over.connect(on_review_over, dispatch_uid=uid)
    workflow_cancelled.connect(on_review_given_up, dispatch_uid=uid)
    post_delete.connect(on_deleted, sender=BasePage, dispatch_uid=uid)
    post_save.connect(on_image_saved, sender=SiteImage, dispatch_uid=uid)
    post_delete.connect(on_image_deleted, sender=SiteImage, dispatch_uid=uid)
