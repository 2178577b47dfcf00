"""What is read when nothing waits: what was put off, and what earlier readers have read.

Files are read in the order in which they came. A hundred that take a minute each would keep those
of everybody else from being found for an hour: so at first each has a few seconds, and whose files
took long has the next ones put off (`documents.turns`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from directory import journal, periodic, trouble
from directory.consumers.runner import TryLater, park, wait_out
from directory.models import ConsumerCursor, JournalEntry
from documents import blobs, turns
from documents.extraction import (
    ARRIVALS,
    FOUND,
    TextExtraction,
    in_batches,
    keep,
    not_yet,
    read,
    right,
    tell,
)
from documents.models import Extraction, Node, PutOff, Version, VersionText
from search import extraction as reader

log = logging.getLogger(__name__)

JOB: Final = turns.JOB
SECONDS: Final = 2.0
"""So long a batch takes up the next files; who stops the worker waits for the last of them."""
_PACKED = frozenset({"compressed_text", "compressed_for_search"})  # two ways to pack are no change
_CIRCUMSTANCES = frozenset({"milliseconds", "extracted_at", *_PACKED})
_AT_ONCE: Final = 4
MOMENT: Final = 2.0
"""Seconds of a first reading of what was imported."""
IMPORTED_AT_ONCE: Final = 100
LOOK_AGAIN: Final = 0.1
"""Seconds between two looks whether something arrived: one costs as much as a short text."""
_MARKED_AT_ONCE: Final = 500
NOT_FAILED: Final = (reader.Status.OK, reader.Status.NO_TEXT, reader.Status.EMPTY)
"""Of a file with these more is not to be had, or all was."""


def mark(*, kinds: Collection[str] = (), failed: bool = False) -> int:
    """Have what was found in files found again; return how many contents are to be read now.

    `kinds` ("pdf", "docx") and `failed` (what could not be read) narrow it. What was found stays
    until it is found again. Written in short transactions: begun again, it goes on.
    """
    chosen = Extraction.objects.filter(readers_version__gt=0)
    if kinds:
        chosen = chosen.filter(kind__in=list(kinds))
    if failed:
        chosen = chosen.exclude(status__in=[str(status) for status in NOT_FAILED])
    marked = 0
    while pks := list(chosen.order_by("pk").values_list("pk", flat=True)[:_MARKED_AT_ONCE]):
        marked += Extraction.objects.filter(pk__in=pks).update(readers_version=0)
    periodic.soon(JOB)
    return marked


def kinds() -> set[str]:
    """Return the kinds of the files that were read; it looks at each."""
    of_files = Extraction.objects.exclude(kind="").order_by().values_list("kind", flat=True)
    return set(of_files.distinct())


def waiting() -> int:
    """Return how many contents are to be read again, or were put off."""
    return _old().count() + PutOff.objects.filter(again=False).count()


def read_again() -> bool:
    """Read what was put off, then what older readers have read; tell whether there is more.

    One at a time. What they found stays where the content cannot be read. While an arrival waits
    nothing is begun. Raises TryLater where nothing can be read on this machine.
    """
    since = time.monotonic()
    while time.monotonic() - since < SECONDS:
        if something_arrived():
            return PutOff.objects.exists()
        if (put_off := turns.next_put_off()) is not None:
            if put_off.asker == turns.IMPORTS and not put_off.again:
                _take_up_imported()
            else:
                _take_up(put_off)
            continue
        before = {each.pk: each for each in _next_ones()}
        if not before:
            return False
        replace(before, _found(before))
    return True


def _take_up(put_off: PutOff) -> None:
    """Read a version that was put off, for as long as it may take; what fails is parked.

    Raises TryLater where nothing can be read on this machine.
    """
    since = time.monotonic()
    try:
        _read_put_off(put_off)
    except Exception as error:  # noqa: BLE001  (raised again, or parked)
        _park(put_off, error)
    finally:
        turns.spend({put_off.asker: time.monotonic() - since})
    put_off.delete()


def _park(put_off: PutOff, error: Exception) -> None:
    """Have what failed looked at by somebody; called where `error` is handled.

    Raises TryLater where nothing can be read on this machine, `error` where it is of the moment.
    """
    if isinstance(error, reader.ExtractionUnavailable):
        raise TryLater(str(error)) from error
    if isinstance(error, TryLater):
        raise error
    wait_out(error)
    if trouble.is_of_the_moment(error):
        raise error
    park(TextExtraction.name, put_off.sequence, attempts=1)


def _take_up_imported() -> None:
    """Read the next of what was imported, by both readers, until something arrives.

    Each has a moment; what takes longer is read later, as what a person brought. Of a share nearly
    all takes less, and an arrival waits for no more than that.
    Raises TryLater where nothing can be read on this machine.
    """
    since = time.monotonic()
    rows = [row for row in turns.next_of(turns.IMPORTS, IMPORTED_AT_ONCE) if not row.again]
    told = set(VersionText.objects.filter(pk__in=_pks(rows)).values_list("pk", flat=True))
    waiting: dict[str, list[PutOff]] = {}
    for row in rows:
        waiting.setdefault(row.version.blob_id, []).append(row)
    known = Extraction.objects.filter(pk__in=waiting).in_bulk()
    there = [row for row in rows if row.version.blob_id in known]
    late = {
        sha256: [row.version for row in of if row.pk not in told] for sha256, of in waiting.items()
    }
    with transaction.atomic():
        tell([each for each in known.values() if late[each.pk]], late)
        PutOff.objects.filter(pk__in=_pks(there)).delete()
    enough = threading.Event()

    @contextmanager
    def turn(_sha256: str) -> Iterator[None]:
        if enough.is_set():
            raise turns.NotItsTurn
        yield

    def results() -> Iterator[tuple[str, Future[reader.Extraction]]]:
        looked = since
        for result in read(nodes, patience=MOMENT, turn=turn):
            yield result
            if (now := time.monotonic()) - looked >= LOOK_AGAIN:
                looked = now
                if now - since > SECONDS or something_arrived():
                    enough.set()

    nodes = {sha: of[0].version.node for sha, of in waiting.items() if sha not in known}
    try:
        for batch in in_batches(results()):
            _keep_imported(
                {future: waiting[sha256] for sha256, future in batch if not _is_refused(future)}
            )
    finally:
        enough.set()
        turns.spend({turns.IMPORTS: time.monotonic() - since})


def _pks(rows: Sequence[PutOff]) -> list[UUID]:
    return [row.version_id for row in rows]


def _is_refused(future: Future[reader.Extraction]) -> bool:
    return isinstance(future.exception(), turns.NotItsTurn)


def _keep_imported(results: Mapping[Future[reader.Extraction], Sequence[PutOff]]) -> None:
    """Write what was found in a moment; what is to be read for longer stays in the list.

    Raises as `_park`.
    """
    found: list[Extraction] = []
    done: list[PutOff] = []
    again: list[PutOff] = []
    waiting: dict[str, list[Version]] = {}
    for future, rows in results.items():
        sha256 = rows[0].version.blob_id
        try:
            found.append(not_yet(right(sha256, future), MOMENT))
        except Exception as error:  # noqa: BLE001  (raised again, or parked)
            for row in rows:
                _park(row, error)
            done += rows
            continue
        waiting[sha256] = [row.version for row in rows]
        (done if found[-1].readers_version else again).extend(rows)
    with transaction.atomic():
        keep(found, waiting)
        PutOff.objects.filter(pk__in=_pks(again)).update(again=True)
        PutOff.objects.filter(pk__in=_pks(done)).delete()


def _read_put_off(put_off: PutOff) -> None:
    """Do what is left to do: a kill may have come between reading and taking it from the list."""
    version = put_off.version
    known = Extraction.objects.filter(pk=version.blob_id).first()
    if put_off.again:
        if known is not None and known.readers_version < reader.READERS_VERSION:
            before = {known.pk: known}
            replace(before, _found(before))
        return
    if VersionText.objects.filter(pk=version.pk).exists():
        return
    waiting = {version.blob_id: [version]}
    if known is not None:
        tell([known], waiting)
        return
    for sha256, future in read({version.blob_id: version.node}, readers=1):
        keep([right(sha256, future)], waiting)


def _old() -> QuerySet[Extraction]:
    return Extraction.objects.filter(readers_version__lt=reader.READERS_VERSION)


def _next_ones() -> list[Extraction]:
    """Return those whose turn it is; one where it may take long, which who stops us waits for."""
    found = list(_old().order_by("readers_version", "pk")[:_AT_ONCE])
    took_long = str(reader.Status.TIMED_OUT)
    return found[:1] if any(each.status == took_long for each in found) else found


def something_arrived() -> bool:
    """Tell whether a file that arrived waits to be read; at most two queries."""
    cursor = ConsumerCursor.objects.filter(name=TextExtraction.name)
    position = cursor.values_list("sequence", flat=True).first() or 0
    return JournalEntry.objects.filter(
        sequence__gt=position, action__in=[event.name for event in ARRIVALS]
    ).exists()


def _found(before: Mapping[str, Extraction]) -> list[Extraction]:
    nodes = {}
    for sha256 in before:  # of the many that may have it one is enough
        version = Version.objects.filter(blob=sha256).select_related("node").first()
        if version is not None:
            nodes[sha256] = version.node
    found: list[Extraction] = []
    # One at a time, of the two there are: what arrives waits for no old file.
    for sha256, future in read(nodes, readers=1):
        try:
            found.append(right(sha256, future))
        except reader.ExtractionUnavailable as error:
            raise TryLater(str(error)) from error
        except (OSError, blobs.Damaged):
            log.exception("The file %s could not be read again.", sha256)
    return found


def replace(before: Mapping[str, Extraction], found: Sequence[Extraction]) -> None:
    """Write what new readers found over what is there; the search hears of what is another.

    Nothing but the text of current versions is in the index, and of those whose turn has come.
    """
    with journal.transaction():
        Extraction.objects.filter(pk__in=before).update(readers_version=reader.READERS_VERSION)
        others = [each for each in found if _told(each) != _told(before[each.pk])]
        Extraction.objects.bulk_update(others, FOUND)
        current = Node.objects.filter(
            current_version__blob__in=[each.pk for each in others]
        ).values("current_version")
        turns = VersionText.objects.filter(version__in=current).select_related("version__node")
        waiting: dict[str, list[Version]] = {each.pk: [] for each in others}
        for turn in turns.order_by("version"):
            waiting[turn.extraction_id].append(turn.version)
        tell(others, waiting)


def _told(extraction: Extraction) -> list[object]:
    told = [getattr(extraction, name) for name in FOUND if name not in _CIRCUMSTANCES]
    return [*told, extraction.text, extraction.for_search]
