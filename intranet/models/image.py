"""Images: each stands in a scope, like a page."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, ImageQuerySet
from wagtail.search import index

from directory import access
from directory.access import Level
from directory.models import AccessScope
from intranet.viewing import SeenQuerySet


class ScopedImageQuerySet(SeenQuerySet, ImageQuerySet):
    """Images, narrowed to what somebody has access to."""

    def known_to(self, person: Any) -> models.Q:
        """Return the condition on the images that `person` may see."""
        return models.Q(scope__in=access.scopes_for(person))

    def visible_to(self, person: Any, level: Level = Level.READ) -> ScopedImageQuerySet:
        """Keep the images whose scope `person` has at `level`."""
        return self.filter(scope__in=access.scopes_for(person, level))


class ScopedImageManager(models.Manager.from_queryset(ScopedImageQuerySet)):  # type: ignore[misc]
    """Gives the images that the person who looks may see; all where nobody looks."""

    def get_queryset(self) -> ScopedImageQuerySet:
        """Return the images, narrowed where somebody looks (see `intranet.viewing`)."""
        images: ScopedImageQuerySet = super().get_queryset()
        return images.for_whoever_looks()


class SiteImage(AbstractImage):
    """A picture for the pages; `scope` says who may see it, whatever page shows it."""

    scope = models.ForeignKey(
        AccessScope,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("who may see it"),
    )

    objects = ScopedImageManager()

    admin_form_fields = ("title", "file", "scope", "description")
    search_fields = [*AbstractImage.search_fields, index.FilterField("scope")]

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")

    @property
    def default_alt_text(self) -> str:
        """The description; a file's name or title is no text for a screen reader."""
        return str(self.description)


class Rendition(AbstractRendition):
    """An image in one size and format."""

    image = models.ForeignKey(SiteImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)
