"""What an address of a space, folder or document means, and what spaces are called."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection

from django.db.models import QuerySet

from documents.models import Node, Space

_NODE = re.compile(r"^/(?:d|spaces/[-\w]+/f)/([0-9a-fA-F-]{36})(?:/|$)")
_SPACE = re.compile(r"^/spaces/(?!new(?:/|$))([-\w]+)(?:/|$)")


def scope_at(path: str) -> int | None:
    """Return the id of the scope of the node or space at `path`; see `directory.places`."""
    node = nodes_at(path)
    return node.values_list("scope_id", flat=True).first() if node is not None else None


def named_at(path: str) -> uuid.UUID | str | None:
    """Return what `path` names: the id of a node, or the slug of a space; None for neither.

    Whether there is such a one is not asked, and so not told.
    """
    if match := _NODE.match(path):
        try:
            return uuid.UUID(match[1])
        except ValueError:
            return None
    match = _SPACE.match(path)
    return match[1] if match else None


def nodes_at(path: str) -> QuerySet[Node] | None:
    """Return the node at `path`, or the root of the space there; None for another address."""
    named = named_at(path)
    if named is None:
        return None
    if isinstance(named, uuid.UUID):
        return Node.objects.filter(pk=named)
    return Node.objects.filter(pk__in=Space.objects.filter(slug=named).values("root_id"))


def names_of_spaces(scopes: Collection[int]) -> dict[int, str]:
    """Return the names of the spaces with `scopes` in the active language; one query."""
    return {space.scope_id: space.name for space in Space.objects.filter(scope__in=scopes)}
