"""The engine on tantivy."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar, Final

import tantivy
from tantivy import Occur, Order, Query

from search import text
from search.distance import distance as edit_distance
from search.engines.base import (
    DEEPEST,
    Bucket,
    Engine,
    EngineHit,
    Facet,
    Found,
    Fragments,
    Frequencies,
    IndexMissing,
    Period,
    Search,
    SearchUnavailable,
    Sort,
    Stats,
    Weighted,
    Write,
    Written,
    checked_scopes,
)
from search.highlight import Marker, excerpt, mark
from search.query import Word

from . import documents, queries
from .folder import Folder, damaged

_HEAP: Final = 64_000_000
_THREADS: Final = 1
_MOST_VALUES: Final = 200
_MOST_SIMILAR: Final = 50


class TantivyEngine(Engine):
    """Indexes in a folder; see `Folder` for how processes share them."""

    name: ClassVar[str] = "tantivy"

    def __init__(self, path: Path, prefix: str) -> None:
        self.folder = Folder(path, prefix)
        self._opened: tuple[str, tantivy.Index, tuple[int, int]] | None = None
        self._opening = threading.Lock()

    # Indexes

    def create(self) -> str:
        """See `Engine.create`."""
        return self.folder.create()

    def live(self) -> str | None:
        """See `Engine.live`; a pointer to a folder that was lost points at nothing."""
        name = self.folder.pointer("live")
        return name if name is not None and self.folder.exists(name) else None

    def building(self) -> str | None:
        """See `Engine.building`."""
        return self.folder.pointer("building")

    def set_building(self, name: str | None) -> None:
        """See `Engine.set_building`."""
        self.folder.point("building", name)

    def promote(self, name: str) -> None:
        """See `Engine.promote`."""
        self.folder.open(name)
        self.folder.point("live", name)
        if self.building() == name:
            self.folder.point("building", None)

    def names(self) -> list[str]:
        """See `Engine.names`."""
        return self.folder.names()

    def drop(self, name: str) -> None:
        """See `Engine.drop`."""
        self.folder.drop(name)

    def stats(self, name: str) -> Stats:
        """See `Engine.stats`."""
        searcher = self.folder.open(name, any_version=True).searcher()
        everything = _count(searcher, Query.all_query())
        gone = _count(searcher, Query.exists_query("deleted_at"))
        return Stats(
            name=name,
            documents=everything - gone,
            tombstones=gone,
            bytes=self.folder.bytes_of(name),
            schema_matches=self.folder.schema_matches(name),
        )

    # Writing

    def write(self, name: str, writes: Sequence[Write]) -> Written:
        """See `Engine.write`."""
        newest: dict[str, Write] = {}
        for write in writes:
            if write.key not in newest or newest[write.key].version <= write.version:
                newest[write.key] = write
        late = len(writes) - len(newest)
        with self.folder.lock():
            index = self.folder.open(name)
            held = _versions(index.searcher(), list(newest))
            fresh = [w for w in newest.values() if held.get(w.key, -1) <= w.version]
            if fresh:
                self._commit(name, index, fresh)
        return Written(len(fresh), late + len(newest) - len(fresh))

    def _commit(self, name: str, index: tantivy.Index, writes: Sequence[Write]) -> None:
        built = [
            documents.tombstone(write.key, write.version)
            if write.document is None
            else documents.build(write.document, write.version)
            for write in writes
        ]
        try:
            writer = index.writer(_HEAP, _THREADS)
            for write, document in zip(writes, built, strict=True):
                writer.delete_documents_by_term("key", write.key)
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:  # all that can go wrong from here on: the disk
            raise SearchUnavailable(f"The index {name} cannot be written: {error}") from error

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
            count = _count(index.searcher(), old)
            if count:
                writer = index.writer(_HEAP, _THREADS)
                writer.delete_documents_by_query(old)
                writer.commit()
                writer.wait_merging_threads()
        return count

    def refresh(self, name: str) -> None:
        """Nothing to do: a searcher is taken anew after each commit."""

    def optimise(self, name: str) -> None:
        """Nothing to do: segments are merged after each batch."""

    # Reading

    def _index(self) -> tantivy.Index:
        """Return the live index as it was last committed, by whichever process."""
        for attempt in range(3):
            name = self.live()
            if name is None:
                raise IndexMissing("There is no index yet: it is made by `manage.py work`.")
            opened = self._opened
            try:
                stamp = self.folder.stamp(name)
                if opened is not None and opened[0] == name and opened[2] == stamp:
                    return opened[1]
                with self._opening:
                    if opened is not None and opened[0] == name:
                        index = opened[1]
                        index.reload()
                    else:
                        index = self.folder.open(name)
                    self._opened = (name, index, stamp)
                    return index
            except IndexMissing:
                # Another process may just have put a rebuilt index in its place.
                if attempt == 2 or self.live() == name:
                    raise
            except ValueError as error:
                raise damaged(name, error) from error
        raise IndexMissing("The index is being replaced.")

    def frequencies(self, words: Sequence[Word], scopes: Sequence[int]) -> Frequencies:
        """See `Engine.frequencies`."""
        if not scopes:
            return Frequencies(0, dict.fromkeys(words, 0))
        searcher = self._index().searcher()
        within = queries.within(checked_scopes(scopes))

        def count(*more: queries.Clause) -> int:
            return _count(searcher, Query.boolean_query([within, *more]))

        return Frequencies(
            count(), {word: count((Occur.Must, queries.has(word))) for word in words}
        )

    def similar(self, word: Word, scopes: Sequence[int], distance: int) -> list[str]:
        """See `Engine.similar`."""
        if not scopes:
            return []
        searcher = self._index().searcher()
        near = Query.fuzzy_term_query(documents.schema(), "exact", word.exact, distance)
        holding = Query.boolean_query([queries.within(checked_scopes(scopes)), (Occur.Must, near)])
        for beginning in (word.exact[:1], ""):
            found = []
            for other, count in searcher.terms_with_prefix("exact", beginning, holding):
                if abs(len(other) - len(word.exact)) <= distance:
                    steps = edit_distance(word.exact, other, distance)
                    if 0 < steps <= distance:
                        found.append((steps, -count, other))
            if found:
                break
        return [other for *_, other in sorted(found)[:_MOST_SIMILAR]]

    def search(self, search: Search) -> Found:
        """See `Engine.search`."""
        if not search.scopes:
            return Found()
        checked_scopes(search.scopes)
        searcher = self._index().searcher()
        counted = queries.matching(search, scores=False)
        selected = queries.selecting(search, search.selection)
        total, addresses = self._page(searcher, search, counted, selected)
        with_all = total
        if search.required < len(search.groups):
            every = queries.matching(search, scores=False, every_word=True)
            with_all = _count(searcher, Query.boolean_query(every + selected))
        return Found(
            hits=self._hits(searcher, addresses, search),
            total=total,
            with_all=with_all,
            facets=self._facets(searcher, search, counted),
        )

    def _page(
        self,
        searcher: tantivy.Searcher,
        search: Search,
        counted: list[queries.Clause],
        selected: list[queries.Clause],
    ) -> tuple[int, list[tantivy.DocAddress]]:
        """Return how many documents are found, and those of the page in their order."""
        start, end = search.offset, min(search.offset + search.limit, DEEPEST)
        if search.sort is Sort.DATE or not search.groups:
            query = Query.boolean_query(counted + selected)
            result: Any = searcher.search(
                query, max(1, end - start), True, "order", start, Order.Desc
            )
            return int(result.count), [address for _, address in result.hits][: end - start]
        query = Query.boolean_query(queries.matching(search, scores=True) + selected)
        return _ranked(searcher, query, start, end)

    def _facets(
        self, searcher: tantivy.Searcher, search: Search, counted: list[queries.Clause]
    ) -> dict[Facet, tuple[Bucket, ...]]:
        """Count each facet, each without its own selection, in as few passes as may be."""
        chosen = search.selection.chosen()
        passes: dict[Facet | None, list[Facet]] = {}
        for facet in Facet:
            passes.setdefault(facet if facet in chosen else None, []).append(facet)
        buckets: dict[Facet, tuple[Bucket, ...]] = {}
        for own, together in passes.items():
            selection = search.selection.without(own) if own else search.selection
            query = Query.boolean_query(counted + queries.selecting(search, selection))
            asked = {facet.value: _aggregation(facet, search.today) for facet in together}
            answer = searcher.aggregate(query, asked)
            for facet in together:
                buckets[facet] = _buckets(facet, answer[facet.value])
        return {facet: buckets[facet] for facet in Facet}

    def suggest(
        self, words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int], limit: int
    ) -> tuple[EngineHit, ...]:
        """See `Engine.suggest`."""
        if not scopes or (not words and unfinished is None):
            return ()
        searcher = self._index().searcher()
        query = queries.suggesting(words, unfinished, checked_scopes(scopes))
        _, addresses = _ranked(searcher, query, 0, limit)
        asked = [*words, unfinished] if unfinished is not None else list(words)
        search = Search(
            scopes=scopes,
            groups=tuple((Weighted(word, 1),) for word in asked),
            required=len(asked),
            today=datetime.now(UTC),
        )
        return self._hits(searcher, addresses, search, body=False)

    def _hits(
        self,
        searcher: tantivy.Searcher,
        addresses: Sequence[tantivy.DocAddress],
        search: Search,
        *,
        body: bool = True,
    ) -> tuple[EngineHit, ...]:
        markers = {language: Marker.of(search, language) for language in text.LANGUAGES}
        found = (searcher.doc(address) for address in addresses)
        return tuple(self._hit(document, markers, body=body) for document in found)

    def _hit(
        self, document: tantivy.Document, markers: dict[text.Language, Marker], *, body: bool
    ) -> EngineHit:
        def stored(name: str) -> str:
            value = document.get_first(name)
            return bytes(value).decode() if value is not None else ""

        language: text.Language = "en" if document.get_first("language") == "en" else "fr"
        marker = markers[language]
        shown: Fragments = ()
        if body:
            summary = stored("summary")
            shown = excerpt(stored("body"), marker, otherwise=summary)
        return EngineHit(
            key=str(document.get_first("key")),
            kind=str(document.get_first("kind")),
            pk=stored("pk"),
            service_id=document.get_first("service_id"),
            language=language,
            file_type=stored("file_type"),
            url=stored("url"),
            date=datetime.fromtimestamp(document.get_first("date") or 0, UTC),
            title=mark(stored("title"), marker),
            excerpt=shown,
        )

    def holds(self, keys: Sequence[str]) -> dict[str, int]:
        """See `Engine.holds`."""
        return _versions(self._index().searcher(), keys)

    def check(self) -> None:
        """See `Engine.check`."""
        self._index().searcher().search(Query.all_query(), 1)


def _versions(searcher: tantivy.Searcher, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key in keys:
        hits = searcher.search(queries.term("key", key), 1).hits
        if hits:
            [version] = searcher.fast_field_values("version", [hits[0][1]])
            found[key] = int(version or 0)
    return found


def _count(searcher: tantivy.Searcher, query: Query) -> int:
    result: Any = searcher.search(query, 1)  # its `count` is missing from tantivy's own types
    return int(result.count)


def _ranked(
    searcher: tantivy.Searcher, query: Query, start: int, end: int
) -> tuple[int, list[tantivy.DocAddress]]:
    """Return the count and the page from `start` to `end`, by score and then by `order`.

    tantivy breaks ties by where a document happens to lie. So all that tie with the last
    of the page are fetched too, and sorted here.
    """
    wanted = max(2 * end, 50)
    while True:
        result: Any = searcher.search(query, wanted)
        hits = result.hits
        if len(hits) < wanted or hits[end - 1][0] > hits[-1][0]:
            break
        wanted *= 8
    if start >= len(hits):
        return int(result.count), []
    least = hits[min(end, len(hits)) - 1][0]
    hits = [hit for hit in hits if hit[0] >= least]
    orders = searcher.fast_field_values("order", [address for _, address in hits])
    ranked = sorted(zip(hits, orders, strict=True), key=lambda pair: (-pair[0][0], -(pair[1] or 0)))
    return int(result.count), [address for (_, address), _ in ranked[start:end]]


def _aggregation(facet: Facet, today: datetime) -> dict[str, Any]:
    if facet is Facet.PERIOD:
        # tantivy's ranges may not overlap: rings are counted, and added up in `_buckets`.
        year, month, week = (
            period.bounds(today)[0] for period in (Period.YEAR, Period.MONTH, Period.WEEK)
        )
        ranges = [
            {"key": Period.OLDER, "to": year},
            {"key": Period.YEAR, "from": year, "to": month},
            {"key": Period.MONTH, "from": month, "to": week},
            {"key": Period.WEEK, "from": week},
        ]
        return {"range": {"field": "date", "ranges": ranges}}
    field = {Facet.KIND: "kind", Facet.SERVICE: "service_id", Facet.LANGUAGE: "language"}[facet]
    return {"terms": {"field": field, "size": _MOST_VALUES, "segment_size": 10 * _MOST_VALUES}}


def _buckets(facet: Facet, answer: dict[str, Any]) -> tuple[Bucket, ...]:
    found = {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["buckets"]}
    if facet is Facet.PERIOD:
        rings = [found.get(period.value, 0) for period in Period]
        sums = [*accumulate(rings[:-1]), rings[-1]]
        return tuple(Bucket(p.value, count) for p, count in zip(Period, sums, strict=True))
    if facet is Facet.SERVICE:
        found = {key.removesuffix(".0"): count for key, count in found.items()}
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Bucket(value, count) for value, count in ranked if count)
