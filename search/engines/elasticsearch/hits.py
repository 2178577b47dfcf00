"""What comes back of a query: marked hits, and the counts of the facets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from search import schema, text
from search.engines.base import Bucket, EngineHit, Facet, Fragments, Period, Search
from search.engines.highlight import Markers, excerpt, mark
from search.engines.shared import by_count
from search.schema import FieldType

MARKS: Final = ("\ue000", "\ue001")
SHOWN: Final = [
    *(each.name for each in schema.FIELDS if each.shown and each.type is not FieldType.TEXT),
    "title",
]
EXCERPTS: Final = ["summary", "body", "long"]


def options(fields: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return how `fields` are to be marked."""
    return {"pre_tags": [MARKS[0]], "post_tags": [MARKS[1]], "fields": fields, **more}


def read(
    answer: dict[str, Any], search: Search, rest: Callable[[str], str] | None = None
) -> tuple[EngineHit, ...]:
    """Return the hits of an answer as the page gets them.

    With an excerpt where `rest` is given, which fetches what a long text goes on with.
    """
    markers = Markers(search)
    return tuple(_hit(each["_source"], markers, rest) for each in answer["hits"]["hits"])


def _hit(source: dict[str, Any], markers: Markers, rest: Callable[[str], str] | None) -> EngineHit:
    language: text.Language = "en" if source["language"] == "en" else "fr"
    marker = markers.of(language)
    shown: Fragments = ()
    if rest is not None:
        shown = excerpt(
            source.get("body", ""),
            marker,
            source.get("summary", ""),
            further=markers.further,
            rest=partial(rest, source["key"]) if source.get("long") else None,
        )
    return EngineHit(
        key=source["key"],
        kind=source["kind"],
        pk=source["pk"],
        service_id=source.get("service_id"),
        language=language,
        file_type=source.get("file_type", ""),
        url=source.get("url", ""),
        date=datetime.fromtimestamp(source["date"], UTC),
        title=mark(source.get("title", ""), marker),
        excerpt=shown,
    )


def pieces(content: str) -> Fragments:
    """Return what Elasticsearch marked, in pieces."""
    out: list[tuple[str, bool]] = []
    for number, part in enumerate(content.split(MARKS[0])):
        match, _, rest = part.partition(MARKS[1]) if number else ("", "", part)
        if match:
            out.append((match, True))
        if rest:
            out.append((" ".join(rest.split("\n")), False))
    return tuple(out)


def buckets(facet: Facet, answer: dict[str, Any]) -> tuple[Bucket, ...]:
    """Return the counts of a facet from the answer to its aggregation."""
    found = {str(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["buckets"]}
    if facet is Facet.PERIOD:
        return tuple(Bucket(period.value, found.get(period.value, 0)) for period in Period)
    return by_count(found)
