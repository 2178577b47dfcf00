"""The mails of a review: to those who may know of the page, in their language, once committed.

Wagtail writes to whoever asked for the review, and to a group, whatever became of their rights
meanwhile; and in the language of whoever pressed the button, since nobody chooses one in its
profile. So its notifiers are ours, as its documentation has it for notifiers of one's own.
"""

from __future__ import annotations

import functools

from django.db import transaction
from django.db.models import Model
from django.dispatch import Signal
from wagtail.admin import mail
from wagtail.models import TaskState, WorkflowState
from wagtail.signals import task_submitted, workflow_approved, workflow_rejected, workflow_submitted

from directory.languages import language_to_write_in
from directory.models import User
from intranet.lock.permissions import ScopedPagePermissionTester


class ToWhoSeesThePage:
    """A notifier of Wagtail's, kept to those who may know of the page."""

    def get_valid_recipients(
        self, instance: TaskState | WorkflowState, **kwargs: object
    ) -> set[User]:
        """Return those of Wagtail's recipients who may know of the page, each with a language."""
        state = getattr(instance, "workflow_state", instance)
        page = state.content_object
        readers = {
            person
            for person in super().get_valid_recipients(instance, **kwargs)  # type: ignore[misc]
            if ScopedPagePermissionTester(person, page).sees
        }
        for person in readers:
            # For these mails alone, never saved: the editor is in the language of the request.
            profile = person.wagtail_userprofile
            profile.preferred_language = language_to_write_in(person.language)
        return readers

    def send_notifications(self, *args: object, **kwargs: object) -> bool:
        """Send them once what they tell of is committed."""
        send = super().send_notifications  # type: ignore[misc]
        transaction.on_commit(functools.partial(send, *args, **kwargs), robust=True)
        return True


class OfTask(ToWhoSeesThePage, mail.GroupApprovalTaskStateSubmissionEmailNotifier):
    """Tells reviewers that a draft waits for them."""


class OfSubmission(ToWhoSeesThePage, mail.WorkflowStateSubmissionEmailNotifier):
    """Tells those who are told of all reviews; nobody is, by our settings."""


class OfApproval(ToWhoSeesThePage, mail.WorkflowStateApprovalEmailNotifier):
    """Tells an author that a draft was approved."""


class OfRejection(ToWhoSeesThePage, mail.WorkflowStateRejectionEmailNotifier):
    """Tells an author that changes are requested."""


# By the ends of the names that Wagtail connects its own by; one name has one receiver.
NOTIFIERS: tuple[tuple[Signal, type[Model], str, mail.Notifier], ...] = (
    (task_submitted, TaskState, "group_approval_task_submitted", OfTask()),
    (workflow_submitted, WorkflowState, "workflow_state_submitted", OfSubmission()),
    (workflow_rejected, WorkflowState, "workflow_state_rejected", OfRejection()),
    (workflow_approved, WorkflowState, "workflow_state_approved", OfApproval()),
)


def register() -> None:
    """Have ours in the place of Wagtail's, whichever app is ready first; repeatable."""
    for signal, sender, name, notifier in NOTIFIERS:
        uid = f"{name}_email_notification"
        signal.disconnect(sender=sender, dispatch_uid=uid)
        signal.connect(notifier, sender=sender, dispatch_uid=uid)
