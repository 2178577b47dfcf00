"""Which indexes there are in the folder, and which of them is searched."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

import tantivy
from tantivy import Query

from search.engines.base import Engine, Stats

from . import queries
from .folder import Folder


class Indexes(Engine):
    """The indexes; see `Folder` for how processes share them."""

    name: ClassVar[str] = "tantivy"

    def __init__(self, path: Path, prefix: str) -> None:
        self.folder = Folder(path, prefix)
        self._opened: tuple[str, tantivy.Index, tuple[int, int]] | None = None
        self._opening = threading.Lock()

    def create(self) -> str:
        """See `Engine.create`."""
        return self.folder.create()

    def live(self) -> str | None:
        """See `Engine.live`; a pointer to a folder that was lost points at nothing."""
        name = self.folder.pointer("live")
        return name if name is not None and self.folder.exists(name) else None

    def building(self) -> str | None:
        """See `Engine.building`."""
        return self.folder.pointer("building")

    def set_building(self, name: str | None) -> None:
        """See `Engine.set_building`."""
        self.folder.point("building", name)

    def promote(self, name: str) -> None:
        """See `Engine.promote`."""
        self.folder.open(name)
        self.folder.point("live", name)
        if self.building() == name:
            self.folder.point("building", None)

    def names(self) -> list[str]:
        """See `Engine.names`."""
        return self.folder.names()

    def drop(self, name: str) -> None:
        """See `Engine.drop`."""
        self.folder.drop(name)

    def stats(self, name: str) -> Stats:
        """See `Engine.stats`."""
        searcher = self.folder.open(name, any_version=True).searcher()
        everything = queries.count(searcher, Query.all_query())
        gone = queries.count(searcher, Query.exists_query("deleted_at"))
        return Stats(
            name=name,
            documents=everything - gone,
            tombstones=gone,
            bytes=self.folder.bytes_of(name),
            schema_matches=self.folder.schema_matches(name),
        )
