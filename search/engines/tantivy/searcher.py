"""Reading the live index: everything that is asked is narrowed to scopes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import tantivy
from tantivy import Occur, Order, Query

from search import text
from search.distance import distance as edit_distance
from search.engines.base import (
    DEEPEST,
    Bucket,
    EngineHit,
    Facet,
    Found,
    Fragments,
    Frequencies,
    IndexMissing,
    Search,
    Sort,
    checked_scopes,
)
from search.engines.highlight import Markers, excerpt, mark
from search.engines.shared import while_typing
from search.query import Word

from . import documents, facets, queries
from .folder import damaged
from .indexes import Indexes

_MOST_SIMILAR: Final = 50


class IndexSearcher(Indexes):
    """The reading side of the engine."""

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
        within = Query.boolean_query([queries.within(checked_scopes(scopes))])
        # One pass for all the words: what a query costs is mostly the scopes.
        wanted: dict[Word | None, list[list[Word]]] = {word: [[word]] for word in words}
        counts, _ = facets.counted(searcher, within, wanted | {None: []}, {})
        return Frequencies(counts[None], {word: counts[word] for word in words})

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
        with_all, found = self._counts(searcher, search, counted)
        return Found(
            hits=self._hits(searcher, addresses, search),
            total=total,
            with_all=total if with_all is None else with_all,
            facets=found,
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

    def _counts(
        self, searcher: tantivy.Searcher, search: Search, counted: list[queries.Clause]
    ) -> tuple[int | None, dict[Facet, tuple[Bucket, ...]]]:
        """Count, in as few passes as may be, what holds all the words, and each facet.

        A facet is counted without its own selection. None: all that is found holds all words.
        """
        passes: dict[Facet | None, list[Facet]] = {}
        every = None
        if search.required < len(search.groups):
            every = [[weighted.word for weighted in group] for group in search.groups]
            passes[None] = []
        chosen = search.selection.chosen()
        for facet in Facet:
            passes.setdefault(facet if facet in chosen else None, []).append(facet)
        with_all = None
        buckets: dict[Facet, tuple[Bucket, ...]] = {}
        for own, together in passes.items():
            selection = search.selection.without(own) if own else search.selection
            query = Query.boolean_query(counted + queries.selecting(search, selection))
            wanted = {"all": every} if every is not None and own is None else {}
            asked = {facet.value: facets.aggregation(facet, search.today) for facet in together}
            counts, answer = facets.counted(searcher, query, wanted, asked)
            with_all = counts.get("all", with_all)
            for facet in together:
                buckets[facet] = facets.buckets(facet, answer[facet.value])
        return with_all, {facet: buckets[facet] for facet in Facet}

    def suggest(
        self, words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int], limit: int
    ) -> tuple[EngineHit, ...]:
        """See `Engine.suggest`."""
        if not scopes or (not words and unfinished is None):
            return ()
        searcher = self._index().searcher()
        query = queries.suggesting(words, unfinished, checked_scopes(scopes))
        _, addresses = _ranked(searcher, query, 0, limit)
        search = while_typing(words, unfinished, scopes)
        return self._hits(searcher, addresses, search, body=False)

    def _hits(
        self,
        searcher: tantivy.Searcher,
        addresses: Sequence[tantivy.DocAddress],
        search: Search,
        *,
        body: bool = True,
    ) -> tuple[EngineHit, ...]:
        markers = Markers(search)
        found = (searcher.doc(address) for address in addresses)
        return tuple(self._hit(document, markers, body=body) for document in found)

    def _hit(self, document: tantivy.Document, markers: Markers, *, body: bool) -> EngineHit:
        def stored(name: str) -> str:
            value = document.get_first(name)
            return bytes(value).decode() if value is not None else ""

        language: text.Language = "en" if document.get_first("language") == "en" else "fr"
        marker = markers.of(language)
        shown: Fragments = ()
        if body:
            summary = stored("summary")
            shown = excerpt(stored("body"), marker, summary, further=markers.further)
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
        return queries.versions(self._index().searcher(), keys)

    def check(self) -> None:
        """See `Engine.check`."""
        self._index().searcher().search(Query.all_query(), 1)


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
