"""What a reviewer is asked when they end a review."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.forms import TaskStateCommentForm
from wagtail.models import GroupApprovalTask

from directory.forms.fields import LinesField


class RemarkForm(TaskStateCommentForm):
    """A remark on what was approved. Wagtail's own has its label from the first who asked."""

    comment = LinesField(label=_("Comment"), required=False, widget=forms.Textarea({"rows": 3}))


class ChangesForm(RemarkForm):
    """What is to be changed: without it the author knows no more than before."""

    comment = LinesField(label=_("What is to be changed"), widget=forms.Textarea({"rows": 3}))


def install() -> None:
    """Have the dialogs of a review ask by these; repeatable."""

    def get_form_for_action(self: GroupApprovalTask, action: str) -> type[TaskStateCommentForm]:
        return ChangesForm if action == "reject" else RemarkForm

    GroupApprovalTask.get_form_for_action = get_form_for_action
