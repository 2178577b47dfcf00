"""Document spaces."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.access.scoped import ScopedManager, ScopedModel
from directory.languages import in_english
from directory.models import AccessScope, Service


class Space(ScopedModel):
    """A tree of folders and documents of one service.

    `scope` is its own: who may read, contribute and manage. `root` is the folder that
    holds everything; it has no name of its own. Made by `documents.actions.create_space`.
    """

    scope = models.OneToOneField(
        AccessScope, on_delete=models.PROTECT, related_name="space", verbose_name=_("access scope")
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="spaces", verbose_name=_("service")
    )
    slug = models.SlugField(_("identifier"), max_length=80, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    description_fr = models.CharField(_("description in French"), max_length=500, blank=True)
    description_en = models.CharField(_("description in English"), max_length=500, blank=True)
    # The space and its root refer to each other; the database checks both at commit.
    root = models.OneToOneField(
        "documents.Node", on_delete=models.PROTECT, related_name="root_of", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects: ScopedManager[Space] = ScopedManager()

    class Meta:
        verbose_name = _("document space")
        verbose_name_plural = _("document spaces")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return (self.name_en if in_english() else self.name_fr) or self.name_fr or self.name_en

    @property
    def description(self) -> str:
        """The description in the active language, in the other where it has only that."""
        first, second = self.description_fr, self.description_en
        return (second or first) if in_english() else (first or second)

    def get_absolute_url(self) -> str:
        """Address of the space."""
        return reverse("documents:space", args=[self.slug])
