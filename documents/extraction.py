"""Reading the texts of documents: a consumer of the journal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import ClassVar, Final, TypeVar

from django.db.models import Exists, OuterRef

from directory import journal
from directory.consumers import Consumer
from directory.consumers.runner import TryLater
from directory.models import JournalEntry
from documents import blobs, events, turns
from documents.models import Blob, Extraction, Node, Version, VersionText
from search import extraction as reader

ARRIVALS: Final = (events.DOCUMENT_UPLOADED, events.DOCUMENT_IMPORTED, events.VERSION_ADDED)
# What was read is kept at the latest after so many contents and so long: a kill loses no more,
# and nobody waits longer to find the first text of a large import.
_KEEP_AT_ONCE = 50
_KEEP_SECONDS = 1.0
PATIENCE: Final = 10.0
"""Seconds of a first reading. What takes longer is read again, for as long as it may take, when
nothing waits (`documents.rereading`), and so is more of whoever brought it (`documents.turns`).
Everybody else's files are read in the order in which they came.
"""
READERS: Final = 2
_readers = threading.BoundedSemaphore(READERS)  # of this process, whoever asks for them
FOUND: Final = (
    *("status", "kind", "mime", "language", "title", "author", "about", "detail"),
    *("text_length", "compressed_text", "compressed_for_search", "milliseconds", "extracted_at"),
)
_T = TypeVar("_T")


class _Known(Exception):
    """A content was read before. What it holds is told in its turn, as of any other."""


class TextExtraction(Consumer):
    """Reads the text of each content that arrives, once, and journals `version.extracted`.

    That entry comes for each version in its turn, whether its content was known or not.

    At most two files are read at once, each in a confined process of its own. A file that
    cannot be read is noted as such; a machine that cannot confine a reader is waited for.
    """

    name: ClassVar[str] = "documents-extraction"
    batch_size: ClassVar[int] = 100

    def wants(self, entry: JournalEntry) -> bool:
        """See `Consumer.wants`."""
        return journal.event_of(entry) in ARRIVALS and "sha256" in entry.payload

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """See `Consumer.handle`. What was read is kept even where another file fails."""
        arrived = _arrived(entries)
        told_by = {version: number for of in arrived.values() for version, number in of.items()}
        allowed = turns.Turns(told_by)
        late = {v: n for v, n in told_by.items() if not allowed.may(turns.asker_of(v))}
        turns.put_off(late)
        now = {sha256: [v for v in of if v not in late] for sha256, of in arrived.items()}
        waiting = {sha256: of for sha256, of in now.items() if of}
        known = Extraction.objects.filter(pk__in=waiting).in_bulk()
        whose: dict[str, Collection[int]] = {}
        fault: Exception | None = None

        @contextmanager
        def turn(sha256: str) -> Iterator[None]:
            with allowed.turn([turns.asker_of(version) for version in waiting[sha256]]) as askers:
                whose[sha256] = askers
                if sha256 in known:
                    raise _Known
                yield

        nodes = {sha256: of[0].node for sha256, of in waiting.items()}
        for batch in in_batches(read(nodes, patience=PATIENCE, turn=turn)):
            found, there, refused = [], [], []
            for sha256, future in batch:
                theirs = whose.get(sha256, ())
                refused += [v for v in waiting[sha256] if turns.asker_of(v) not in theirs]
                waiting[sha256] = [v for v in waiting[sha256] if turns.asker_of(v) in theirs]
                if isinstance(future.exception(), turns.NotItsTurn):
                    continue
                if isinstance(future.exception(), _Known):
                    there.append(known[sha256])
                    continue
                try:
                    found.append(not_yet(right(sha256, future), PATIENCE))
                except Exception as error:  # noqa: BLE001  (raised below, once the rest is kept)
                    fault = fault if isinstance(fault, reader.ExtractionUnavailable) else error
            keep(found, waiting)
            tell(there, waiting)
            slow = [v for e in found if not e.readers_version for v in waiting[e.pk]]
            turns.put_off({version: told_by[version] for version in slow}, again=True)
            turns.put_off({version: told_by[version] for version in refused})
            allowed.keep()
        if isinstance(fault, reader.ExtractionUnavailable):
            raise TryLater(str(fault)) from fault
        if fault is not None:
            raise fault


def read(
    missing: Mapping[str, Node],
    *,
    readers: int = READERS,
    patience: float | None = None,
    turn: Callable[[str], AbstractContextManager[None]] = lambda _sha256: nullcontext(),
) -> Iterator[tuple[str, Future[reader.Extraction]]]:
    """Yield each content once it has been read, or could not be; `readers` at once.

    `patience`: the seconds of each, where they are fewer than it may take. `turn`: what the
    reading of a content is done within; what that raises is how it ends.
    """
    if not missing:
        return
    with ThreadPoolExecutor(readers, thread_name_prefix="extraction") as pool:
        futures = {
            pool.submit(_read, sha256, node, patience, turn): sha256
            for sha256, node in missing.items()
        }
        for future in as_completed(futures):
            yield futures[future], future


def _read(
    sha256: str,
    node: Node,
    patience: float | None,
    turn: Callable[[str], AbstractContextManager[None]],
) -> reader.Extraction:
    limits = reader.default_limits()
    if patience is not None:
        limits = replace(limits, seconds=min(patience, limits.seconds))
    with _readers, turn(sha256):
        return reader.extract(blobs.path_of(sha256), name=node.name, mime=node.mime, limits=limits)


def not_yet(found: Extraction, patience: float) -> Extraction:
    """Have a content read again that took more than a first reading may take."""
    may_take_longer = reader.default_limits().seconds > patience
    if may_take_longer and found.status == str(reader.Status.TIMED_OUT):
        found.readers_version = 0
    return found


def _arrived(entries: Sequence[JournalEntry]) -> dict[str, dict[Version, int]]:
    """Return the versions that the entries tell of and whose turn has not come, by content.

    Each with the number of its entry.
    """
    arrived = {(entry.object_id, entry.payload["version"]): entry.sequence for entry in entries}
    versions = (
        Version.objects.filter(
            ~Exists(VersionText.objects.filter(version=OuterRef("pk"))),
            node_id__in={node for node, _number in arrived},
            number__in={number for _node, number in arrived},
        )
        .select_related("node")
        .order_by("pk")
    )
    waiting: dict[str, dict[Version, int]] = {}
    for version in versions:
        if (number := arrived.get((str(version.node_id), version.number))) is not None:
            waiting.setdefault(version.blob_id, {})[version] = number
    return waiting


def keep(found: Sequence[Extraction], waiting: Mapping[str, Sequence[Version]]) -> None:
    """Write what was read, and tell of the versions that waited for it."""
    if not found:
        return
    with journal.transaction():
        known = set(Blob.objects.filter(pk__in=[e.pk for e in found]).values_list("pk", flat=True))
        rows = [extraction for extraction in found if extraction.pk in known]
        Extraction.objects.bulk_create(rows, ignore_conflicts=True)
        tell(rows, waiting)


def tell(found: Sequence[Extraction], waiting: Mapping[str, Sequence[Version]]) -> None:
    """Note that the turn of the versions with these contents has come; the search hears of it."""
    if not found:
        return
    with journal.transaction():
        turns = [(version, e) for e in found for version in waiting[e.pk]]
        VersionText.objects.bulk_create(
            [VersionText(version=version, extraction=e) for version, e in turns],
            ignore_conflicts=True,
        )
        for version, extraction in turns:
            journal.append(
                events.VERSION_EXTRACTED,
                obj=version.node,
                actor=None,
                scope=version.node.scope_id,
                payload={
                    "sha256": extraction.pk,
                    "status": extraction.status,
                    "characters": extraction.text_length,
                },
            )


def right(sha256: str, future: Future[reader.Extraction]) -> Extraction:
    """Return the unsaved row of what was read. Raises what the reader raised, blobs.Damaged.

    Looked at once the bytes were read, so that nothing wrote over them meanwhile.
    """
    blobs.require_intact(sha256)
    return row(sha256, future.result())


def row(sha256: str, read: reader.Extraction) -> Extraction:
    """Return the unsaved row of what was read."""
    found = Extraction(
        pk=sha256,
        status=str(read.status),
        kind=read.kind[:20],
        mime=read.mime[:100],
        language=read.language[:5],
        title=_one_line(read.metadata.title)[:500],
        author=_one_line(read.metadata.author)[:200],
        about=_one_line(read.metadata.about)[:500],
        readers_version=reader.READERS_VERSION,
        detail=str(read.detail)[:500],
        milliseconds=int(read.seconds * 1000),
    )
    # PostgreSQL keeps no NUL in text, and none is worth finding.
    found.text = read.text.replace("\x00", "")
    found.for_search = read.for_search.replace("\x00", "")
    return found


def _one_line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def in_batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    """Yield `items` as they come, some at a time: what is to be written together."""
    batch: list[_T] = []
    since = time.monotonic()
    for item in items:
        batch.append(item)
        if len(batch) >= _KEEP_AT_ONCE or time.monotonic() - since > _KEEP_SECONDS:
            yield batch
            batch, since = [], time.monotonic()
    if batch:
        yield batch
