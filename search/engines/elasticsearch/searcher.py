"""Reading the live index: everything that is asked is narrowed to scopes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, cast

from elasticsearch.dsl.query import Query

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

# Documents looked at for words like an unknown one. Each is analysed anew, which takes far longer
# than finding it; thirty correct the judged queries no better.
_SAMPLE: Final = 12
_NEWEST: Final = [{"order": "desc"}]
_BEST: Final = ["_score", *_NEWEST]


class IndexSearcher(Indexes):
    """The reading side of the engine."""

    def _ask(self, query: Query, **more: Any) -> dict[str, Any]:
        """Send a request to the live index and return the answer."""
        # As it is: requests and answers wrapped in objects take longer than the network.
        client = self.client.options(request_timeout=self.patience)
        with self.breaker.question(), told():
            answer = client.search(index=self._alias("live"), query=query.to_dict(), **more)
        return cast(dict[str, Any], answer.body)

    def frequencies(self, words: Sequence[Word], scopes: Sequence[int]) -> Frequencies:
        """See `Engine.frequencies`."""
        if not scopes:
            return Frequencies(0, dict.fromkeys(words, 0))
        filters = {str(number): queries.has(word).to_dict() for number, word in enumerate(words)}
        answer = self._ask(
            queries.Q("bool", filter=[queries.within(checked_scopes(scopes))]),
            size=0,
            track_total_hits=True,
            aggs={"words": {"filters": {"filters": filters}}} if words else {},
        )
        counts = answer["aggregations"]["words"]["buckets"] if words else {}
        return Frequencies(
            answer["hits"]["total"]["value"],
            {word: counts[str(number)]["doc_count"] for number, word in enumerate(words)},
        )

    def similar(self, word: Word, scopes: Sequence[int], distance: int) -> list[str]:
        """See `Engine.similar`."""
        if not scopes:
            return []
        fields: dict[str, dict[str, Any]] = {name: {} for name in queries.word_fields()}
        answer = self._ask(
            queries.similar(word, checked_scopes(scopes), distance),
            size=_SAMPLE,
            track_total_hits=False,
            source=False,
            sort=_NEWEST,
            highlight=hits.options(fields, fragment_size=40, number_of_fragments=3),
        )
        found: Counter[str] = Counter()
        for hit in answer["hits"]["hits"]:
            shown = [piece for field in hit["highlight"].values() for piece in field]
            found.update({word for piece in shown for word, is_it in hits.pieces(piece) if is_it})
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
        counted: dict[str, Any] = {
            facet.value: queries.aggregation(facet, search).to_dict() for facet in Facet
        }
        if search.required < len(search.groups):
            every = queries.Q("bool", filter=[*queries.every_word(search), *selected])
            counted["with_all"] = {"filter": every.to_dict()}
        narrowed = queries.Q("bool", filter=selected).to_dict() if selected else None
        answer = self._ask(
            queries.matching(search, scores=not by_date),
            from_=search.offset if limit else 0,
            size=limit,
            track_total_hits=True,
            source=[*hits.SHOWN, *hits.EXCERPTS],
            sort=_NEWEST if by_date else _BEST,
            post_filter=narrowed,
            aggs=counted,
        )
        total = answer["hits"]["total"]["value"]
        counts = answer["aggregations"]
        return Found(
            hits=hits.read(answer, search, self._rest),
            total=total,
            with_all=counts["with_all"]["doc_count"] if "with_all" in counts else total,
            facets={facet: hits.buckets(facet, counts[facet.value]["values"]) for facet in Facet},
        )

    def _rest(self, key: str) -> str:
        """Return what the text of a long document goes on with behind what a hit brings."""
        answer = self._ask(queries.Q("ids", values=[key]), size=1, source=["rest"])
        return "".join(hit["_source"].get("rest", "") for hit in answer["hits"]["hits"])

    def suggest(
        self, words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int], limit: int
    ) -> tuple[EngineHit, ...]:
        """See `Engine.suggest`."""
        if not scopes or (not words and unfinished is None):
            return ()
        search = while_typing(words, unfinished, scopes)
        answer = self._ask(
            queries.suggesting(words, unfinished, checked_scopes(scopes)),
            size=limit,
            track_total_hits=False,
            source=hits.SHOWN,
            sort=_BEST,
        )
        return hits.read(answer, search)

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
