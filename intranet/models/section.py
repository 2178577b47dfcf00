"""The section of a service, one in each language."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from intranet.blocks import BodyBlock
from intranet.page_forms import PageForm

from .base_page import BasePage


class SectionPage(BasePage):
    """What a service says of itself, and the top of its notes, events and pages.

    Made by `intranet.actions.sections`, which gives it the name of the service. It stands
    in the service's public scope: whoever reads the whole organisation's pages finds it.
    """

    summary = models.TextField(
        _("in one sentence"), blank=True, max_length=300, help_text=_("What the service does.")
    )
    body = StreamField(BodyBlock(required=False), verbose_name=_("presentation"), blank=True)

    parent_page_types: ClassVar[list[str]] = ["intranet.HomePage"]
    subpage_types = ["intranet.NotePage", "intranet.EventPage", "intranet.PlainPage"]
    is_creatable = False
    # On each kind of page: on the base, Wagtail puts its own.
    base_form_class = PageForm

    content_panels = [FieldPanel("summary"), FieldPanel("body")]
    template = "intranet/section.html"

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def scope_here(self) -> int | None:
        """Stand in the public scope of the service."""
        return self.service.public_scope_id if self.service else self.scope_id

    def place(self) -> None:
        """Set the scope; the service was given when the section was made."""
        self.scope_id = self.scope_here()

    def get_context(
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> dict[str, object]:
        """Add the notes, events, pages, people and spaces of the service."""
        from intranet.contexts import contents

        return super().get_context(request, *args, **kwargs) | contents(request, self)
