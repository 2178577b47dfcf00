"""Writing to an index: batches, by one process and thread at a time."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

import tantivy
from tantivy import Query

from search.engines.base import SearchUnavailable, Write, Written

from . import documents, queries
from .indexes import Indexes

_HEAP: Final = 64_000_000
_THREADS: Final = 1


class IndexWriter(Indexes):
    """The writing side of the engine."""

    def write(self, name: str, writes: Sequence[Write]) -> Written:
        """See `Engine.write`."""
        newest: dict[str, Write] = {}
        for write in writes:
            if write.key not in newest or newest[write.key].version <= write.version:
                newest[write.key] = write
        late = len(writes) - len(newest)
        with self.folder.lock():
            index = self.folder.open(name)
            held = queries.versions(index.searcher(), list(newest))
            fresh = [w for w in newest.values() if held.get(w.key, -1) <= w.version]
            if fresh:
                self._commit(name, index, fresh, held)
        return Written(len(fresh), late + len(newest) - len(fresh))

    def _commit(
        self, name: str, index: tantivy.Index, writes: Sequence[Write], held: Container[str]
    ) -> None:
        with _writer(name, index) as writer:
            for write in writes:
                # tantivy takes in, in a thread of its own, what was added before.
                document = (
                    documents.tombstone(write.key, write.version)
                    if write.document is None
                    else documents.build(write.document, write.version)
                )
                with _disk(name):
                    if write.key in held:  # under the lock: nobody else has put it in since
                        writer.delete_documents_by_term("key", write.key)
                    writer.add_document(document)

    def sweep(self, name: str, before: datetime) -> int:
        """See `Engine.sweep`."""
        old = Query.range_query(
            documents.schema(),
            "deleted_at",
            tantivy.FieldType.Integer,
            upper_bound=int(before.timestamp()),
            include_upper=False,
        )
        with self.folder.lock():
            index = self.folder.open(name)
            count = queries.count(index.searcher(), old)
            if count:
                with _writer(name, index) as writer, _disk(name):
                    writer.delete_documents_by_query(old)
        return count

    def refresh(self, name: str) -> None:
        """Nothing to do: a searcher is taken anew after each commit."""

    def optimise(self, name: str) -> None:
        """Nothing to do: segments are merged after each batch."""


@contextmanager
def _writer(name: str, index: tantivy.Index) -> Iterator[tantivy.IndexWriter]:
    """Write to an index and commit, or, where something goes wrong, leave it as it was."""
    with _disk(name):
        writer = index.writer(_HEAP, _THREADS)
    try:
        try:
            yield writer
            with _disk(name):
                writer.commit()
        except BaseException:
            with suppress(ValueError):  # of a full disk: what went wrong first is told
                writer.rollback()
            raise
    finally:
        with _disk(name):
            writer.wait_merging_threads()


@contextmanager
def _disk(name: str) -> Iterator[None]:
    """Tell of a full or broken disk: all that can go wrong with tantivy once it is open."""
    try:
        yield
    except ValueError as error:
        raise SearchUnavailable(f"The index {name} cannot be written: {error}") from error
