"""Reading nodes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F
from django.db.models.expressions import RawSQL

from directory.access import Level, Somebody
from directory.access.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from .models import Node

# Both databases walk the tree by its index on the parent: the cost is that of the
# subtree, wherever it hangs, and a move changes one row.
_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM documents_node WHERE id = %s
    UNION
    SELECT child.id FROM documents_node child JOIN below ON child.parent_id = below.id
) SELECT id FROM below
"""
_ABOVE = """
WITH RECURSIVE above(id, parent_id) AS (
    SELECT id, parent_id FROM documents_node WHERE id = %s
    UNION
    SELECT up.id, up.parent_id FROM documents_node up JOIN above ON up.id = above.parent_id
) SELECT id FROM above
"""


class NodeQuerySet(ScopedQuerySet["Node"]):
    """Nodes, in the ways that pages and actions ask for them."""

    def live(self) -> Self:
        """Keep what is not in the trash."""
        return self.filter(trashed_at__isnull=True)

    def trash_roots(self) -> Self:
        """Keep what was put into the trash itself, not along with a folder above it."""
        return self.filter(trash_root=F("pk"))

    def under(self, node: Node | uuid.UUID) -> Self:
        """Keep `node` and everything below it."""
        return self.filter(pk__in=RawSQL(_BELOW, [self._key(node)]))  # noqa: S611  (constant)

    def above(self, node: Node | uuid.UUID) -> Self:
        """Keep `node` and the folders that it lies in, in no order."""
        return self.filter(pk__in=RawSQL(_ABOVE, [self._key(node)]))  # noqa: S611  (constant)

    def _key(self, node: Node | uuid.UUID) -> object:
        from django.db import connections

        field = self.model._meta.pk
        pk = node if isinstance(node, uuid.UUID) else node.pk
        return field.get_db_prep_value(pk, connections[self.db])


class NodeManager(models.Manager["Node"]):
    """The manager of `NodeQuerySet`."""

    def get_queryset(self) -> NodeQuerySet:
        """Return a query set of nodes."""
        return NodeQuerySet(self.model, using=self._db)

    def visible_to(self, person: Somebody, level: Level = Level.READ) -> NodeQuerySet:
        """See `ScopedQuerySet.visible_to`."""
        return self.get_queryset().visible_to(person, level)

    def live(self) -> NodeQuerySet:
        """See `NodeQuerySet.live`."""
        return self.get_queryset().live()

    def under(self, node: Node | uuid.UUID) -> NodeQuerySet:
        """See `NodeQuerySet.under`."""
        return self.get_queryset().under(node)

    def above(self, node: Node | uuid.UUID) -> NodeQuerySet:
        """See `NodeQuerySet.above`."""
        return self.get_queryset().above(node)
