"""The counts of the facets, as tantivy aggregates them."""

from __future__ import annotations

from datetime import datetime
from itertools import accumulate
from typing import Any, Final

from search.engines.base import Bucket, Facet, Period
from search.engines.shared import by_count

_MOST_VALUES: Final = 200


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
