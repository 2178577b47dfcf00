"""What comes back of a query: marked hits, and the counts of the facets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from search import schema, text
from search.engines.base import Bucket, EngineHit, Facet, Fragments, Period, Search
from search.engines.shared import by_count
from search.highlight import EXCERPT, Markers, excerpt, mark
from search.schema import FieldType

from . import mapping, queries

MARKS: Final = ("\ue000", "\ue001")
_BESIDE: Final = ("title", "summary")  # marked here, as they are short
SHOWN: Final = [
    *(each.name for each in schema.FIELDS if each.shown and each.type is not FieldType.TEXT),
    *(mapping.in_language(name, language) for name in _BESIDE for language in text.LANGUAGES),
]


def options(fields: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return how `fields` are to be marked."""
    return {"pre_tags": [MARKS[0]], "post_tags": [MARKS[1]], "fields": fields, **more}


def excerpts(search: Search) -> dict[str, Any]:
    """Return how the body of a hit is to be cut and marked."""
    fields = {}
    for language in text.LANGUAGES:
        name = mapping.in_language("body", language)
        fields[name] = {"highlight_query": queries.marking(search, name).to_dict()}
    return options(
        fields,
        number_of_fragments=1,
        fragment_size=EXCERPT,
        order="score",
        no_match_size=EXCERPT,
    )


def read(answer: dict[str, Any], search: Search) -> tuple[EngineHit, ...]:
    """Return the hits of an answer as the page gets them."""
    markers = Markers(search)
    return tuple(_hit(each, markers) for each in answer["hits"]["hits"])


def _hit(hit: dict[str, Any], markers: Markers) -> EngineHit:
    source = hit["_source"]
    language: text.Language = "en" if source["language"] == "en" else "fr"
    marker = markers.of(language)
    cut = hit.get("highlight", {}).get(mapping.in_language("body", language))
    shown = pieces(cut[0]) if cut else ()
    summary = source.get(mapping.in_language("summary", language), "")
    if summary and not any(is_match for _, is_match in shown):
        shown = excerpt(summary, marker)
    return EngineHit(
        key=source["key"],
        kind=source["kind"],
        pk=source["pk"],
        service_id=source.get("service_id"),
        language=language,
        file_type=source.get("file_type", ""),
        url=source.get("url", ""),
        date=datetime.fromtimestamp(source["date"], UTC),
        title=mark(source.get(mapping.in_language("title", language), ""), marker),
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
