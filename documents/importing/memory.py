"""What was imported before: found again by where it lay in the share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from django.utils import timezone

from directory.batching import batched
from documents.models import Imported, Node, Space

from .walking import Found, printable


class Memory:
    """The memory of a space.

    A file is known by its path on the server: `origin` is that of the share, which lies at
    `source` now. Give another origin for a share that used to be mounted elsewhere.
    """

    def __init__(self, space: Space, source: Path, origin: Path) -> None:
        self.space = space
        self._source = os.fsencode(source)
        self._origin = os.fsencode(origin)

    def key(self, found: Found) -> str:
        """Return what `found` is remembered by."""
        return hashlib.sha256(self._place(found)).hexdigest()

    def _place(self, found: Found) -> bytes:
        return self._origin + os.fsencode(found.path)[len(self._source) :]

    def of(self, some: Iterable[Found]) -> dict[str, Imported]:
        """Return what is remembered of `some`, by key, with the nodes; one query for 400."""
        rows: dict[str, Imported] = {}
        for chunk in batched(map(self.key, some)):
            known = Imported.objects.filter(space=self.space, key__in=chunk)
            rows |= {row.key: row for row in known.select_related("node__current_version")}
        return rows

    def keep(self, taken: Iterable[tuple[Found, Node, str]]) -> None:
        """Remember what became of each: its node, and the hash of what was read."""
        now = timezone.now()
        Imported.objects.bulk_create(
            [
                Imported(
                    space=self.space,
                    key=self.key(found),
                    place=printable(os.fsdecode(self._place(found))),
                    node=node,
                    size=found.size,
                    modified_at=found.modified_at,
                    sha256=sha256,
                    at=now,
                )
                for found, node, sha256 in taken
            ],
            batch_size=200,
            update_conflicts=True,
            unique_fields=["space", "key"],
            update_fields=["place", "node", "size", "modified_at", "sha256", "at"],
        )
