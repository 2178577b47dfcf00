"""Bytes that are no longer what they were."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .blob import Blob


class Damage(models.Model):
    """That the store no longer holds the bytes of a blob; gone once it holds them again.

    A table of its own, nearly always empty: whoever asks it pays the same however much is kept.
    """

    blob = models.OneToOneField(
        Blob, on_delete=models.CASCADE, primary_key=True, related_name="damage"
    )
    what = models.CharField(_("what was found"), max_length=200)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.blob_id}: {self.what}"
