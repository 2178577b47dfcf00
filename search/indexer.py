"""The index follows the journal: one consumer, the same for every kind."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final

from directory import journal
from directory.batching import batched
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

_ENTRIES_AT_ONCE: Final = 500
_READ_AT_ONCE: Final = 500
_OUT_OF_TURN: Final = 200


class Indexer(Consumer):
    """Reads again, from the database, what the journal says has changed, and writes it.

    A write carries the number of the newest entry that it certainly includes, so that a late
    one never wins over a newer one, and nothing is read again that the index holds already:
    far behind, an object with many entries is read once. From `many` entries at once it is behind,
    and sees to what people do first. While the engine is down nothing is parked: it waits.
    """

    name: ClassVar[str] = "search-index"
    batch_size: ClassVar[int] = 2000
    many: ClassVar[int] = 100

    def __init__(self, choose: Callable[[], Engine] = engine) -> None:
        self._engine = choose
        self._looked_up_to = 0

    def wants(self, entry: JournalEntry) -> bool:
        """See `Consumer.wants`."""
        return bool(registry.wanting(entry))

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """See `Consumer.handle`; what several entries tell of one object is read once."""
        try:
            at_work = self._engine()
            restore(at_work)
            for part in batched(entries, _ENTRIES_AT_ONCE):
                if len(entries) >= self.many:
                    self._people_first(at_work, after=entries[-1].sequence)
                write(at_work, _writes(at_work, _wanted(part)))
        except (SearchUnavailable, RebuildUnderWay) as error:
            raise TryLater(str(error)) from error

    def _people_first(self, at_work: Engine, *, after: int) -> None:
        """Write, out of turn, what people have just done behind a long queue.

        While thousands of files are imported and read, a file that somebody uploads is to be
        found within seconds. Its entry is handled once more in its turn, and has nothing to tell
        by then: each write is of the database as it is, and carries a number that says so.
        """
        since = max(after, self._looked_up_to)
        newest = journal.last_sequence()
        asked_by_people = JournalEntry.objects.filter(
            sequence__gt=since, sequence__lte=newest, actor__isnull=False
        ).exclude(request_id="")
        entries = [e for e in asked_by_people.order_by("-sequence")[:_OUT_OF_TURN] if self.wants(e)]
        try:
            write(at_work, _writes(at_work, _wanted(entries)))
        except (SearchUnavailable, RebuildUnderWay):
            raise
        except Exception:
            # In its turn it will be tried again, and parked where it must be.
            log.exception("What people have just done could not be indexed out of turn.")
        self._looked_up_to = newest


def restore(at_work: Engine) -> None:
    """Make the index where there is none.

    At the very beginning it may be empty, since the whole journal is still to come. Later
    (a folder or a cluster was lost, a backup was restored) it is filled from the database:
    the journal would not tell again of what was indexed before.
    """
    if at_work.live() is not None:
        return
    begun = ConsumerCursor.objects.filter(name=Indexer.name, sequence__gt=0).exists()
    if begun:
        log.warning("There is no search index: it is made anew from the database.")
        rebuild(at_work)
    else:
        at_work.ensure()


def _wanted(entries: Iterable[JournalEntry]) -> dict[str, dict[str, int]]:
    """Return, by kind, the keys that `entries` concern, each with the last that does."""
    wanted: dict[str, dict[str, int]] = {}
    for entry in entries:
        for kind in registry.wanting(entry):
            of_kind = wanted.setdefault(kind.name, {})
            for pk in kind.keys_for(entry):
                of_kind[str(pk)] = max(entry.sequence, of_kind.get(str(pk), 0))
    return wanted


def _writes(at_work: Engine, wanted: dict[str, dict[str, int]]) -> Iterable[Write]:
    """Yield what stands in the database now for each key that the index does not hold so new.

    The version of a write is the number of the newest entry when its object is read: it is at
    least as new as that. So an entry up to that number has nothing more to tell of the object,
    and a write that is overtaken by a later reading never wins.
    """
    for name, of_kind in wanted.items():
        kind = registry.get(name)
        if kind is None:
            continue
        for chunk in batched(of_kind, _READ_AT_ONCE):
            held = _held(at_work, [key_of(name, pk) for pk in chunk])
            missing = {pk for pk in chunk if held.get(key_of(name, pk), -1) < of_kind[pk]}
            if not missing:
                continue
            version = journal.last_sequence()
            for document in kind.documents([pk for pk in chunk if pk in missing]):
                if document.pk not in missing:
                    raise ValueError(f"{name} gave {document.key}, which was not asked for.")
                missing.discard(document.pk)
                yield Write(document.key, version, document)
            for pk in missing:
                yield Write(key_of(name, pk), version, None)


def _held(at_work: Engine, keys: Sequence[str]) -> dict[str, int]:
    """Return the versions that whatever will be searched holds; none while one is being built.

    Whether an index is being built is asked first. One whose building ends later was read from
    the database later than anything that the live one holds now.
    """
    return {} if at_work.building() is not None else at_work.holds(keys)


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
