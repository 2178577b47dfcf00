"""The services of the administration."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.languages import in_english

from .scope import AccessScope


class Service(models.Model):
    """A service (finance, civil status, schools …), in a tree.

    `scope` is closed: its own people alone. `public_scope` is what it shows to the whole
    organisation: everybody reads, its own people write. Both are made with the service
    by `directory.actions.services.create_service`.
    """

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    slug = models.SlugField(_("identifier"), unique=True)
    name_fr = models.CharField(_("name in French"), max_length=200)
    name_en = models.CharField(_("name in English"), max_length=200)
    scope = models.OneToOneField(AccessScope, on_delete=models.PROTECT, related_name="service")
    public_scope = models.OneToOneField(
        AccessScope, on_delete=models.PROTECT, related_name="service_in_public"
    )

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.name_en if in_english() else self.name_fr
