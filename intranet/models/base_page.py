"""The base of every page: a page stands in an access scope."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractPage, DefaultBasePageMixin
from wagtail.models.pages import AbstractPageMeta

from directory.models import AccessScope


class BasePage(AbstractPage, DefaultBasePageMixin):
    """A page of the site; `scope` says who may read it. Only the tree's root has none."""

    scope = models.ForeignKey(
        AccessScope,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("who may read it"),
    )

    search_fields = AbstractPage.search_fields + DefaultBasePageMixin.search_fields
    promote_panels = DefaultBasePageMixin.promote_panels

    class Meta(AbstractPageMeta):
        verbose_name = _("page")
        verbose_name_plural = _("pages")
