"""Reading the live index: everything that is asked is narrowed to scopes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from elasticsearch.dsl import Search as Request
from elasticsearch.dsl.query import Query

from search import schema, text
from search.distance import distance as edit_distance
from search.engines.base import (
    DEEPEST,
    EngineHit,
    Facet,
    Found,
    Frequencies,
    Search,
    Sort,
    checked_scopes,
)
from search.engines.shared import while_typing
from search.query import Word

from . import hits, queries
from .indexes import Indexes
from .telling import told

_SAMPLE: Final = 30  # documents looked at for words like an unknown one
_SHOWN: Final[list[Any]] = [f.name for f in schema.FIELDS if f.shown and f.name != "title"]


class Reading(Indexes):
    """The reading side of the engine."""

    def _request(self, query: Query) -> Request:
        request: Request = Request(using=self.client, index=self._alias("live"))
        return request.query(query)

    def frequencies(self, words: Sequence[Word], scopes: Sequence[int]) -> Frequencies:
        """See `Engine.frequencies`."""
        if not scopes:
            return Frequencies(0, dict.fromkeys(words, 0))
        request = self._request(
            queries.Q("bool", filter=[queries.within(checked_scopes(scopes))])
        ).extra(size=0, track_total_hits=True)
        if words:
            filters = {str(number): queries.has(word) for number, word in enumerate(words)}
            request.aggs.bucket("words", "filters", filters=filters)
        with told():
            answer: Any = request.execute()
        counts = answer.aggregations.words.buckets if words else {}
        return Frequencies(
            answer.hits.total.value,
            {word: counts[str(number)].doc_count for number, word in enumerate(words)},
        )

    def similar(self, word: Word, scopes: Sequence[int], distance: int) -> list[str]:
        """See `Engine.similar`."""
        if not scopes:
            return []
        request = (
            self._request(queries.similar(word, checked_scopes(scopes), distance))
            .extra(size=_SAMPLE, track_total_hits=False, _source=False)
            .sort("-order")
            .highlight_options(pre_tags=hits.MARKS[0], post_tags=hits.MARKS[1])
        )
        for name in queries.text_fields():
            request = request.highlight(f"{name}.exact", fragment_size=40, number_of_fragments=3)
        with told():
            answer = request.execute()
        found: Counter[str] = Counter()
        for hit in answer:
            shown = [piece for field in hit.meta.highlight.to_dict().values() for piece in field]
            found.update(
                {text.fold(word) for piece in shown for word, is_it in hits.pieces(piece) if is_it}
            )
        near = [
            (steps, -count, other)
            for other, count in found.items()
            if 0 < (steps := edit_distance(word.exact, other, distance)) <= distance
        ]
        return [other for *_, other in sorted(near)]

    def search(self, search: Search) -> Found:
        """See `Engine.search`."""
        if not search.scopes:
            return Found()
        checked_scopes(search.scopes)
        by_date = search.sort is Sort.DATE or not search.groups
        selected = queries.selecting(search, search.selection)
        limit = max(0, min(search.limit, DEEPEST - search.offset))
        request = (
            self._request(queries.matching(search, scores=not by_date))
            .extra(from_=search.offset if limit else 0, size=limit, track_total_hits=True)
            .source(_SHOWN)
            .sort(*(["-order"] if by_date else ["_score", "-order"]))
        )
        if selected:
            request = request.post_filter("bool", filter=selected)
        for facet in Facet:
            request.aggs.bucket(facet.value, queries.aggregation(facet, search))
        if search.required < len(search.groups):
            every = queries.matching(search, scores=False, every_word=True)
            request.aggs.bucket(
                "with_all", "filter", filter=queries.Q("bool", filter=[every, *selected])
            )
        with told():
            answer: Any = hits.highlighted(request, search).execute()
        total = answer.hits.total.value
        counts = answer.aggregations
        return Found(
            hits=tuple(hits.read(hit) for hit in answer),
            total=total,
            with_all=counts.with_all.doc_count if "with_all" in counts else total,
            facets={facet: hits.buckets(facet, counts[facet.value]["values"]) for facet in Facet},
        )

    def suggest(
        self, words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int], limit: int
    ) -> tuple[EngineHit, ...]:
        """See `Engine.suggest`."""
        if not scopes or (not words and unfinished is None):
            return ()
        search = while_typing(words, unfinished, scopes)
        request = (
            self._request(queries.suggesting(words, unfinished, checked_scopes(scopes)))
            .extra(size=limit, track_total_hits=False)
            .source(_SHOWN)
            .sort("_score", "-order")
        )
        with told():
            answer = hits.highlighted(request, search, body=False).execute()
        return tuple(hits.read(hit) for hit in answer)

    def holds(self, keys: Sequence[str]) -> dict[str, int]:
        """See `Engine.holds`."""
        with told():
            answer = self.client.mget(index=self._alias("live"), ids=list(keys), source=False)
        return {doc["_id"]: doc["_version"] for doc in answer["docs"] if doc.get("found")}

    def check(self) -> None:
        """See `Engine.check`."""
        with told():
            self.client.options(request_timeout=2).search(
                index=self._alias("live"), size=0, track_total_hits=False
            )
