"""The panels of the admin's first page, without what is out of sight.

A review that somebody asked for, or has to do, may be of a page whose scope they lost.
"""

from __future__ import annotations

from typing import Any

from wagtail.admin.views.home import (
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)

from intranet.permissions import ScopedPagePermissionTester


def _in_sight(user: Any, page: Any) -> bool:
    return ScopedPagePermissionTester(user, page).sees


class MyReviewsPanel(UserObjectsInWorkflowModerationPanel):
    """The pages of one's own that wait for a review."""

    def get_context_data(self, parent_context: Any) -> Any:
        """Leave out the pages out of sight."""
        context = super().get_context_data(parent_context)
        user = parent_context["request"].user
        context["workflow_states"] = [
            state for state in context["workflow_states"] if _in_sight(user, state.content_object)
        ]
        return context


class ReviewsToDoPanel(WorkflowObjectsToModeratePanel):
    """The pages that wait for one's review."""

    def get_context_data(self, parent_context: Any) -> Any:
        """Leave out the pages out of sight."""
        context = super().get_context_data(parent_context)
        user = parent_context["request"].user
        context["states"] = [state for state in context["states"] if _in_sight(user, state["obj"])]
        return context


NARROWED = {
    UserObjectsInWorkflowModerationPanel: MyReviewsPanel,
    WorkflowObjectsToModeratePanel: ReviewsToDoPanel,
}
