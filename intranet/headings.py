"""What Wagtail puts together with an English colon.

The headings of the editor's pages, and the steps of a review with how far they are.
"""

from __future__ import annotations

import functools
from typing import Any

from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Task, WorkflowState

from directory.phrases import about


def install() -> None:
    """Have them set as the language sets them: « Nouveau : Note »; repeatable."""
    wagtails = WagtailAdminTemplateMixin.get_header_title
    if hasattr(wagtails, "__wrapped__"):
        return

    @functools.wraps(wagtails)
    def get_header_title(self: Any) -> str:
        title, subject = self.get_page_title(), self.get_page_subtitle()
        if not subject:
            return str(wagtails(self))
        return about(title, subject)

    WagtailAdminTemplateMixin.get_header_title = get_header_title
    with_status = WorkflowState.all_tasks_with_status

    @functools.wraps(with_status)
    def all_tasks_with_status(self: WorkflowState) -> list[Task]:
        tasks: list[Task] = with_status(self)
        for task in tasks:
            task.name = _before_a_colon(task.name)
        return tasks

    WorkflowState.all_tasks_with_status = all_tasks_with_status


def _before_a_colon(name: str) -> str:
    """Return `name` with the space that the language sets before a colon put right after it."""
    return about(name, "").rpartition(":")[0]
