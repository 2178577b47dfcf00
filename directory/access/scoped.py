"""Rows that stand in a scope, and how they are narrowed."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models import AccessScope

from .levels import Level
from .questions import scopes_for
from .somebody import Somebody

_M = TypeVar("_M", bound=models.Model, covariant=True)


class ScopedQuerySet(models.QuerySet[_M]):
    """A query set that can be narrowed to what a person has access to."""

    def visible_to(self, person: Somebody, level: Level = Level.READ) -> Self:
        """Keep the rows whose scope `person` has at `level` (reading unless told).

        Adds no query: the scopes are a subquery of this one.
        """
        return self.filter(scope__in=scopes_for(person, level))


class ScopedManager(models.Manager[_M]):
    """The manager of `ScopedQuerySet`."""

    def get_queryset(self) -> ScopedQuerySet[_M]:
        """Return a scoped query set."""
        return ScopedQuerySet(self.model, using=self._db)

    def visible_to(self, person: Somebody, level: Level = Level.READ) -> ScopedQuerySet[_M]:
        """See `ScopedQuerySet.visible_to`."""
        return self.get_queryset().visible_to(person, level)


class ScopedModel(models.Model):
    """A row that is protected: it stands in a scope, which says who may read it."""

    scope = models.ForeignKey(
        AccessScope, on_delete=models.PROTECT, related_name="+", verbose_name=_("access scope")
    )

    objects: models.Manager[Any] = ScopedManager()

    class Meta:
        abstract = True
