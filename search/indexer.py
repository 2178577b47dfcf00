"""The index follows the journal: one consumer, the same for every kind."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from directory.consumers import Consumer
from directory.consumers.runner import TryLater
from directory.models import ConsumerCursor, JournalEntry

from . import registry
from .batching import batches
from .engines import Engine, engine
from .engines.base import SearchUnavailable, Write
from .rebuild import RebuildUnderWay, rebuild
from .schema import key_of

log = logging.getLogger(__name__)

TOMBSTONES_LAST: Final = timedelta(days=1)
_SWEEP_SECONDS: Final = 3600.0


class Indexer(Consumer):
    """Reads again, from the database, what the journal says has changed, and writes it.

    A write carries the number of the entry that caused it, so that a late one never wins
    over a newer one. While the engine is down nothing is parked: the indexer waits.
    """

    name: ClassVar[str] = "search-index"
    batch_size: ClassVar[int] = 500

    def __init__(self, choose: Callable[[], Engine] = engine) -> None:
        self._engine = choose
        self._swept = time.monotonic()

    def wants(self, entry: JournalEntry) -> bool:
        """See `Consumer.wants`."""
        return bool(registry.wanting(entry))

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """See `Consumer.handle`."""
        versions: dict[str, dict[str, int]] = {}
        for entry in entries:
            for kind in registry.wanting(entry):
                of_kind = versions.setdefault(kind.name, {})
                for pk in kind.keys_for(entry):
                    of_kind[str(pk)] = max(entry.sequence, of_kind.get(str(pk), 0))
        try:
            self._restore()
            write(self._engine(), _writes(versions))
        except (SearchUnavailable, RebuildUnderWay) as error:
            raise TryLater(str(error)) from error

    def idle(self) -> None:
        """Make a lost index anew; forget, once an hour, deletions of more than a day ago."""
        try:
            self._restore()
            if time.monotonic() - self._swept > _SWEEP_SECONDS:
                self._swept = time.monotonic()
                at_work = self._engine()
                at_work.sweep(at_work.ensure(), datetime.now(UTC) - TOMBSTONES_LAST)
        except (SearchUnavailable, RebuildUnderWay) as error:
            log.warning("The index is left as it is for now: %s", error)

    def _restore(self) -> None:
        """Make the index where there is none.

        At the very beginning it may be empty, since the whole journal is still to come. Later
        (a folder or a cluster was lost, a backup was restored) it is filled from the database:
        the journal would not tell again of what was indexed before.
        """
        at_work = self._engine()
        if at_work.live() is not None:
            return
        begun = ConsumerCursor.objects.filter(name=self.name, sequence__gt=0).exists()
        if begun:
            log.warning("There is no search index: it is made anew from the database.")
            rebuild(at_work)
        else:
            at_work.ensure()


def _writes(versions: dict[str, dict[str, int]]) -> Iterable[Write]:
    """Yield what stands in the database now for each key, with its version."""
    for name, of_kind in versions.items():
        kind = registry.get(name)
        if kind is None:
            continue
        missing = dict(of_kind)
        for document in kind.documents(list(of_kind)):
            version = missing.pop(document.pk, None)
            if version is None:
                raise ValueError(f"{name} gave {document.key}, which was not asked for.")
            yield Write(document.key, version, document)
        for pk, version in missing.items():
            yield Write(key_of(name, pk), version, None)


def write(at_work: Engine, writes: Iterable[Write]) -> int:
    """Write to the live index, and to one that a rebuild is filling; return how many.

    Writing to both is what lets a rebuild lose nothing: see `search.rebuild`.
    """
    done = 0
    for batch in batches(writes):
        # Asked anew for each batch: a rebuild may begin or end in between.
        live = at_work.ensure()
        building = at_work.building()
        at_work.write(live, batch)
        if building is not None and building != live:
            try:
                at_work.write(building, batch)
            except SearchUnavailable:
                if at_work.building() == building:
                    raise  # else the rebuild ended or was given up meanwhile
        done += len(batch)
        now = at_work.live()
        if now is not None and now not in (live, building):
            at_work.write(now, batch)
        at_work.refresh(now or live)
    return done
