"""What is counted beside a query, as tantivy aggregates it: words and facets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Any, Final, TypeVar

import tantivy
from tantivy import Occur, Query

from search.engines.base import Bucket, Facet, Period
from search.engines.shared import by_count
from search.query import Word

from . import queries

_MOST_VALUES: Final = 200
_Name = TypeVar("_Name")
Groups = Iterable[Iterable[Word]]


def counted(
    searcher: tantivy.Searcher,
    query: Query,
    wanted: Mapping[_Name, Groups],
    more: Mapping[str, Any],
) -> tuple[dict[_Name, int], dict[str, Any]]:
    """Return how much of `query` holds a word of each group, for each of `wanted`.

    And the answer to the aggregations `more`. All of it is one pass over what `query` finds.
    """
    filters = {name: queries.filter_for(groups) for name, groups in wanted.items()}
    asked = {
        f"filter {number}": {"filter": each}
        for number, each in enumerate(filters.values())
        if each is not None
    }
    answer = searcher.aggregate(query, asked | dict(more)) if asked or more else {}
    counts = {}
    for number, (name, groups) in enumerate(wanted.items()):
        if filters[name] is not None:
            counts[name] = int(answer[f"filter {number}"]["doc_count"])
        else:
            clauses = [queries.any_of(queries.has(word) for word in words) for words in groups]
            every = [(Occur.Must, each) for each in (query, *clauses)]
            counts[name] = queries.count(searcher, Query.boolean_query(every))
    return counts, answer


def aggregation(facet: Facet, today: datetime) -> dict[str, Any]:
    """Return the aggregation that counts `facet`."""
    if facet is Facet.PERIOD:
        # tantivy's ranges may not overlap: rings are counted, and added up in `buckets`.
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


def buckets(facet: Facet, answer: dict[str, Any]) -> tuple[Bucket, ...]:
    """Return the counts of a facet from the answer to its aggregation."""
    found = {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["buckets"]}
    if facet is Facet.PERIOD:
        rings = [found.get(period.value, 0) for period in Period]
        sums = [*accumulate(rings[:-1]), rings[-1]]
        return tuple(Bucket(p.value, count) for p, count in zip(Period, sums, strict=True))
    if facet is Facet.SERVICE:
        found = {key.removesuffix(".0"): count for key, count in found.items()}
    return by_count(found)
