"""Reading the texts of documents: a consumer of the journal."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import ClassVar, TypeVar

from django.db.models import F

from directory import journal
from directory.consumers import Consumer
from directory.consumers.runner import TryLater
from directory.models import JournalEntry
from documents import blobs
from documents.models import Blob, Extraction, Node
from documents.upkeep import Upkeep
from search import extraction as reader

log = logging.getLogger(__name__)

_ARRIVALS = frozenset({"document.uploaded", "document.imported", "document.version_added"})
# What was read is kept at the latest after so many contents and so long: a kill loses no more,
# and nobody waits longer to find the first text of a large import.
_KEEP_AT_ONCE = 50
_KEEP_SECONDS = 1.0
_T = TypeVar("_T")


class TextExtraction(Consumer):
    """Reads the text of each content that arrives, once, and journals `version.extracted`.

    At most two files are read at once, each in a confined process of its own. A file that
    cannot be read is noted as such; a machine that cannot confine a reader is waited for.
    """

    name: ClassVar[str] = "documents-extraction"
    batch_size: ClassVar[int] = 100
    readers: ClassVar[int] = 2

    def __init__(self) -> None:
        self._upkeep = Upkeep()

    def wants(self, entry: JournalEntry) -> bool:
        """See `Consumer.wants`."""
        return entry.action in _ARRIVALS and "sha256" in entry.payload

    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """See `Consumer.handle`. What was read is kept even where another file fails."""
        wanted: dict[str, Node] = {}
        nodes = Node.objects.select_related("current_version").in_bulk(
            {entry.object_id for entry in entries}
        )
        by_id = {str(pk): node for pk, node in nodes.items()}
        for entry in entries:
            if entry.object_id in by_id:
                wanted.setdefault(entry.payload["sha256"], by_id[entry.object_id])
        there = set(Extraction.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        missing = {sha256: node for sha256, node in wanted.items() if sha256 not in there}
        fault: Exception | None = None
        for batch in _in_batches(self._read(missing)):
            found = []
            for sha256, future in batch:
                try:
                    found.append((sha256, missing[sha256], future.result()))
                except Exception as error:  # noqa: BLE001  (raised below, once the rest is kept)
                    fault = fault if isinstance(fault, reader.ExtractionUnavailable) else error
            keep(found)
        if isinstance(fault, reader.ExtractionUnavailable):
            raise TryLater(str(fault)) from fault
        if fault is not None:
            raise fault

    def idle(self) -> None:
        """Clear the blob store of what was never finished, once a day."""
        self._upkeep.when_due()

    def _read(self, missing: dict[str, Node]) -> Iterator[tuple[str, Future[reader.Extraction]]]:
        """Yield each content once it has been read, or could not be."""
        if not missing:
            return
        with ThreadPoolExecutor(self.readers, thread_name_prefix="extraction") as pool:
            futures = {
                pool.submit(
                    reader.extract, blobs.path_of(sha256), name=node.name, mime=node.mime
                ): sha256
                for sha256, node in missing.items()
            }
            for future in as_completed(futures):
                yield futures[future], future


def keep(found: Sequence[tuple[str, Node, reader.Extraction]]) -> None:
    """Write what was read, and tell the search of each document that has that content now."""
    if not found:
        return
    with journal.transaction():
        known = set(
            Blob.objects.filter(pk__in=[sha256 for sha256, _n, _e in found]).values_list(
                "pk", flat=True
            )
        )
        rows = [(row(sha256, read), node) for sha256, node, read in found if sha256 in known]
        Extraction.objects.bulk_create([one for one, _node in rows], ignore_conflicts=True)
        # What shares the content may have been indexed before its text was known. Where there is
        # nothing to find, the one that arrived says that it was looked at.
        telling = [e.pk for e, _node in rows if e.text_length or e.title or e.author]
        sharing: dict[str, list[Node]] = {}
        for node in (
            Node.objects.live()
            .filter(current_version__blob_id__in=telling)
            .annotate(content=F("current_version__blob_id"))
            .only("pk", "scope_id")
            .order_by("pk")
        ):
            sharing.setdefault(node.content, []).append(node)  # type: ignore[attr-defined]
        told = set(telling)
        for extraction, arrived in rows:
            for each in sharing.get(extraction.pk, []) if extraction.pk in told else [arrived]:
                journal.append(
                    "version.extracted",
                    obj=each,
                    actor=None,
                    scope=each.scope_id,
                    payload={
                        "sha256": extraction.pk,
                        "status": extraction.status,
                        "characters": extraction.text_length,
                    },
                )


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
