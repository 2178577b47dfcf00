"""Reading the texts of documents: a consumer of the journal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import ClassVar, Final, TypeVar

from django.db.models import Exists, OuterRef

from directory import journal
from directory.consumers import Consumer
from directory.consumers.runner import TryLater
from directory.models import JournalEntry
from documents import blobs, events
from documents.models import Blob, Extraction, Node, Version, VersionText
from search import extraction as reader

ARRIVALS: Final = (events.DOCUMENT_UPLOADED, events.DOCUMENT_IMPORTED, events.VERSION_ADDED)
# What was read is kept at the latest after so many contents and so long: a kill loses no more,
# and nobody waits longer to find the first text of a large import.
_KEEP_AT_ONCE = 50
_KEEP_SECONDS = 1.0
READERS: Final = 2
_readers = threading.BoundedSemaphore(READERS)  # of this process, whoever asks for them
FOUND: Final = (
    *("status", "kind", "mime", "language", "title", "author", "about", "detail"),
    *("text_length", "compressed_text", "milliseconds", "extracted_at"),
)
_T = TypeVar("_T")


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
        waiting = _arrived(entries)
        there = Extraction.objects.filter(pk__in=waiting).in_bulk()
        # Known bytes are read no second time; what they hold is told now, in their turn.
        tell(list(there.values()), waiting)
        missing = {sha256: of[0].node for sha256, of in waiting.items() if sha256 not in there}
        fault: Exception | None = None
        for batch in _in_batches(read(missing)):
            found = []
            for sha256, future in batch:
                try:
                    found.append(right(sha256, future))
                except Exception as error:  # noqa: BLE001  (raised below, once the rest is kept)
                    fault = fault if isinstance(fault, reader.ExtractionUnavailable) else error
            keep(found, waiting)
        if isinstance(fault, reader.ExtractionUnavailable):
            raise TryLater(str(fault)) from fault
        if fault is not None:
            raise fault


def read(
    missing: Mapping[str, Node], *, readers: int = READERS
) -> Iterator[tuple[str, Future[reader.Extraction]]]:
    """Yield each content once it has been read, or could not be; `readers` at once."""
    if not missing:
        return
    with ThreadPoolExecutor(readers, thread_name_prefix="extraction") as pool:
        futures = {pool.submit(_read, sha256, node): sha256 for sha256, node in missing.items()}
        for future in as_completed(futures):
            yield futures[future], future


def _read(sha256: str, node: Node) -> reader.Extraction:
    with _readers:
        return reader.extract(blobs.path_of(sha256), name=node.name, mime=node.mime)


def _arrived(entries: Sequence[JournalEntry]) -> dict[str, list[Version]]:
    """Return the versions that the entries tell of and whose turn has not come, by content."""
    arrived = {(entry.object_id, entry.payload["version"]) for entry in entries}
    versions = (
        Version.objects.filter(
            ~Exists(VersionText.objects.filter(version=OuterRef("pk"))),
            node_id__in={node for node, _number in arrived},
            number__in={number for _node, number in arrived},
        )
        .select_related("node")
        .order_by("pk")
    )
    waiting: dict[str, list[Version]] = {}
    for version in versions:
        if (str(version.node_id), version.number) in arrived:
            waiting.setdefault(version.blob_id, []).append(version)
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
    return found


def _one_line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


def _in_batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    batch: list[_T] = []
    since = time.monotonic()
    for item in items:
        batch.append(item)
        if len(batch) >= _KEEP_AT_ONCE or time.monotonic() - since > _KEEP_SECONDS:
            yield batch
            batch, since = [], time.monotonic()
    if batch:
        yield batch
