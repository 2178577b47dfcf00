"""Which scope an address of a space, folder or document stands in."""

from __future__ import annotations

import re
import uuid

from documents.models import Node, Space

_NODE = re.compile(r"^/(?:d|spaces/[-\w]+/f)/([0-9a-fA-F-]{36})(?:/|$)")
_SPACE = re.compile(r"^/spaces/([-\w]+)(?:/|$)")


def scope_at(path: str) -> int | None:
    """Return the id of the scope of the node or space at `path`; see `directory.places`."""
    if match := _NODE.match(path):
        try:
            pk = uuid.UUID(match[1])
        except ValueError:
            return None
        return Node.objects.filter(pk=pk).values_list("scope_id", flat=True).first()
    if match := _SPACE.match(path):
        return Space.objects.filter(slug=match[1]).values_list("scope_id", flat=True).first()
    return None
