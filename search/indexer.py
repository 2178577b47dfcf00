"""The index follows the journal: one consumer, the same for every kind."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from directory.consumers import Consumer
from directory.consumers.runner import TryLater
from directory.models import JournalEntry

from . import registry
from .engines import Engine, engine
from .engines.base import SearchUnavailable, Write
from .schema import SearchDocument, key_of

log = logging.getLogger(__name__)

TOMBSTONES_LAST: Final = timedelta(days=1)
_SWEEP_SECONDS: Final = 3600.0
# Texts are long: so many characters are written at once at most, and so many documents.
_BATCH_CHARACTERS: Final = 8_000_000
_BATCH_DOCUMENTS: Final = 500


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
            write(self._engine(), _writes(versions))
        except SearchUnavailable as error:
            raise TryLater(str(error)) from error

    def idle(self) -> None:
        """Forget, once an hour, the deletions of more than a day ago."""
        if time.monotonic() - self._swept < _SWEEP_SECONDS:
            return
        self._swept = time.monotonic()
        try:
            at_work = self._engine()
            name = at_work.live()
            if name is not None:
                at_work.sweep(name, datetime.now(UTC) - TOMBSTONES_LAST)
        except SearchUnavailable as error:
            log.warning("Old deletions stay in the index until later: %s", error)


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


def batches(writes: Iterable[Write]) -> Iterable[list[Write]]:
    """Yield `writes` in batches that are neither too many nor too long."""
    batch: list[Write] = []
    characters = 0
    for each in writes:
        batch.append(each)
        characters += _length(each.document)
        if len(batch) >= _BATCH_DOCUMENTS or characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _length(document: SearchDocument | None) -> int:
    return 0 if document is None else len(document.body) + len(document.summary)
