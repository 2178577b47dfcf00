"""The panels of the admin's first page: one's sections, what is in preparation, reviews.

Wagtail's own come without what is out of sight.

A review that somebody asked for, or has to do, may be of a page whose scope they lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template import Context
from django.utils.translation import gettext
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import (
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)

from directory.access import Level, Somebody
from directory.text import sort_key
from intranet.lock.permissions import ScopedPagePermissionTester
from intranet.models import SectionPage

if TYPE_CHECKING:
    from intranet.models import BasePage


def _in_sight(user: Somebody, page: BasePage) -> bool:
    return ScopedPagePermissionTester(user, page).sees


class MyReviewsPanel(UserObjectsInWorkflowModerationPanel):
    """The pages of one's own that wait for a review."""

    def get_context_data(self, parent_context: Context) -> dict[str, object]:
        """Leave out the pages out of sight."""
        context = super().get_context_data(parent_context)
        user = parent_context["request"].user
        context["workflow_states"] = [
            state for state in context["workflow_states"] if _in_sight(user, state.content_object)
        ]
        return context


class ReviewsToDoPanel(WorkflowObjectsToModeratePanel):
    """The pages that wait for one's review."""

    def get_context_data(self, parent_context: Context) -> dict[str, object]:
        """Leave out the pages out of sight."""
        context = super().get_context_data(parent_context)
        user = parent_context["request"].user
        context["states"] = [state for state in context["states"] if _in_sight(user, state["obj"])]
        return context


class SectionsPanel(Component):
    """The sections that one writes in, each with the way to its pages."""

    name = "sections"
    template_name = "intranet/panels/sections.html"
    order = 230

    def get_context_data(self, parent_context: Context) -> dict[str, object]:
        """Return the sections, by name."""
        person = parent_context["request"].user
        sections = (
            SectionPage.objects.visible_to(person, Level.CONTRIBUTE)
            .in_language(person)
            .select_related("service", "locale")
            .defer_streamfields()
        )
        return {
            "heading": gettext("My sections"),
            "sections": sorted(sections, key=lambda section: sort_key(section.service.name)),
        }


class PreparationsPanel(Component):
    """What is written and not published yet, by whomever, in the services that one edits."""

    name = "preparations"
    template_name = "intranet/panels/preparations.html"
    order = 225

    def get_context_data(self, parent_context: Context) -> dict[str, object]:
        """Return the pages in preparation, the last changed first."""
        from intranet.selectors import in_preparation

        return {
            "heading": gettext("In preparation"),
            "preparations": in_preparation(parent_context["request"].user),
        }


NARROWED = {
    UserObjectsInWorkflowModerationPanel: MyReviewsPanel,
    WorkflowObjectsToModeratePanel: ReviewsToDoPanel,
}
