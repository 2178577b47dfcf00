"""Making the index anew from the database, beside the one that is searched.

1. An empty index is made and named as the one being built. From here on the indexer
   writes to both, so that whatever changes meanwhile reaches the new one too.
2. The number of the newest journal entry is read, and then every object of every kind, and
   written with that number: an object is at least as new as that entry, and a write by the
   indexer, which carries a higher number, wins whichever comes first; so does a deletion.
3. The new index takes the place of the old in one step, and the old one is removed.

The indexer's cursor is not touched: what it has not handled yet it will handle on the new
index. A rebuild that was cut off leaves an index behind, which the next one sweeps away.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings

from directory import journal
from directory.batching import batched

from . import registry
from .batching import batches
from .engines import Engine
from .engines.base import SearchError, Write

_CHUNK: Final = 200

Progress = Callable[[str, int, int], None]


class RebuildUnderWay(SearchError):
    """Another rebuild is at work on this machine."""


class RebuildOvertaken(SearchError):
    """Another rebuild, on another machine, began after this one."""


def rebuild(engine: Engine, progress: Progress = lambda kind, done, total: None) -> str:
    """Build the index anew, swap it in, and return its name.

    `progress` is called with the name of a kind, how many of its objects are done, and how
    many there are. Raises RebuildUnderWay, RebuildOvertaken, SearchUnavailable.
    """
    with _alone():
        live = engine.live()
        for leftover in engine.names():
            if leftover != live:
                engine.drop(leftover)
        name = engine.create()
        engine.set_building(name)
        version = journal.last_sequence()
        for batch in batches(_everything(version, progress)):
            if engine.building() != name:
                raise RebuildOvertaken("Another rebuild took over; this one stops.")
            engine.write(name, batch)
        engine.optimise(name)
        if engine.building() != name:
            raise RebuildOvertaken("Another rebuild took over; this one stops.")
        engine.promote(name)
        for old in engine.names():
            if old != name:
                engine.drop(old)
    return name


def _everything(version: int, progress: Progress) -> Iterator[Write]:
    for kind in registry.kinds():
        pks = list(kind.all_pks())
        done = 0
        progress(kind.name, done, len(pks))
        for chunk in batched(pks, _CHUNK):
            for document in kind.documents(chunk):
                yield Write(document.key, version, document)
            done += len(chunk)
            progress(kind.name, done, len(pks))


@contextmanager
def _alone() -> Iterator[None]:
    folder = Path(settings.SEARCH_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{settings.SEARCH_PREFIX}.rebuild.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RebuildUnderWay("Another rebuild is at work.") from None
        yield
