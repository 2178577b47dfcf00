"""Reading the texts of documents: a consumer of the journal."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import ClassVar, TypeVar

from directory import journal
from directory.consumers import Consumer
from directory.consumers.runner import TryLater
from directory.models import JournalEntry
from documents import blobs
from documents.models import Blob, Extraction, Node
from search import extraction as reader

log = logging.getLogger(__name__)

_ARRIVALS = frozenset({"document.uploaded", "document.imported", "document.version_added"})
_KEEP_AT_ONCE = 10
_T = TypeVar("_T")


class TextExtraction(Consumer):
    """Reads the text of each content that arrives, once, and journals `version.extracted`.

    At most two files are read at once, each in a confined process of its own. A file that
    cannot be read is noted as such; a machine that cannot confine a reader is waited for.
    """

    name: ClassVar[str] = "documents-extraction"
    batch_size: ClassVar[int] = 100
    readers: ClassVar[int] = 2

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
        for batch in _in_batches(self._read(missing), _KEEP_AT_ONCE):
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
        for extraction, node in rows:
            # What shares the content may have been indexed before its text was known. Where
            # there is nothing to find, the one that arrived says that it was looked at.
            nodes: Iterable[Node] = [node]
            if extraction.text_length or extraction.title or extraction.author:
                nodes = Node.objects.live().filter(current_version__blob_id=extraction.pk)
            for each in nodes:
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


def _in_batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    batch: list[_T] = []
    for item in items:
        batch.append(item)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
