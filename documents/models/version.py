"""Versions: what a document was at each of its times."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .blob import Blob
from .ids import new_id
from .node import Node


class Immutable(TypeError):
    """Somebody tried to change or delete a version."""


class VersionQuerySet(models.QuerySet["Version"]):
    """Versions can be read and added, nothing else."""

    def update(self, **_kwargs: Any) -> NoReturn:
        """Refuse. Raises Immutable."""
        raise Immutable("A version is never changed.")

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse. Raises Immutable."""
        raise Immutable("A version is never changed.")

    def delete(self) -> NoReturn:
        """Refuse. Raises Immutable."""
        raise Immutable("A version is never deleted.")


class Version(models.Model):
    """One state of a document, never changed and never deleted once it is written.

    `number` counts from 1 in each document. `modified_at` is the date that the file
    carried where it came from, `at` when it came here.
    """

    class Source(models.TextChoices):
        """How the version came about."""

        UPLOAD = "upload", _("uploaded")
        IMPORT = "import", _("imported")
        RESTORE = "restore", _("restored")
        COPY = "copy", _("copied")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="versions")
    size = models.BigIntegerField(_("size"))
    mime = models.CharField(_("type"), max_length=100)
    original_name = models.CharField(_("name of the file"), max_length=255)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,  # accounts are never deleted
        verbose_name=_("author"),
    )
    at = models.DateTimeField(_("date"), default=timezone.now)
    modified_at = models.DateTimeField(_("date of the file"), default=timezone.now)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    source = models.CharField(_("origin"), max_length=10, choices=Source, default=Source.UPLOAD)
    restored_from = models.PositiveIntegerField(_("restored from version"), null=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        default_permissions = ()
        base_manager_name = "objects"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["node", "number"], name="one_version_per_number"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="version_numbers_begin_at_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new version. Raises Immutable on one that is written already."""
        if not self._state.adding:
            raise Immutable("A version is never changed.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse. Raises Immutable."""
        raise Immutable("A version is never deleted.")
