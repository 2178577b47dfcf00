"""The home page, one in each language."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from directory.models import AccessScope
from intranet.page_forms import PageForm

from .base_page import BasePage

HOME_LANGUAGES = ("fr", "en")


def home_slug(language: str) -> str:
    """Return the slug of the home page in `language`: the first step of its pages' paths."""
    return f"home-{language}"


class HomePage(BasePage):
    """Where everybody arrives. Its welcome text stands in the scope of the whole organisation."""

    welcome = models.TextField(
        _("welcome text"), blank=True, max_length=600, help_text=_("A sentence or two.")
    )

    parent_page_types: ClassVar[list[str]] = []
    subpage_types = ["intranet.PlainPage"]
    is_creatable = False
    base_form_class = PageForm

    content_panels = [FieldPanel("welcome")]
    template = "intranet/home.html"

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def scope_here(self) -> int | None:
        """Stand in the scope of the whole organisation."""
        return self.scope_id or AccessScope.site().pk

    def get_context(self, request: HttpRequest, *args: object, **kwargs: object) -> dict:
        """Add what concerns the person who looks."""
        from intranet.contexts import panels

        return super().get_context(request, *args, **kwargs) | panels(request, self)
