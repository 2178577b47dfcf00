"""Bytes, known by their content."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Blob(models.Model):
    """The bytes of one or more versions; they lie in the blob store under their SHA-256."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField(_("size"))
    created_at = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(_("last found intact"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gte=0), name="blob_size_not_negative")
        ]

    def __str__(self) -> str:
        return self.sha256
