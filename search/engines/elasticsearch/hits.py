"""What comes back of a query: marked hits, and the counts of the facets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch.dsl import Search as Request

from search import text
from search.engines.base import Bucket, EngineHit, Facet, Fragments, Period, Search
from search.engines.shared import by_count
from search.highlight import EXCERPT

from . import mapping, queries

MARKS: Final = ("\ue000", "\ue001")


def highlighted(request: Request, search: Search, *, body: bool = True) -> Request:
    """Ask for the marked title and, for a page of results, an excerpt."""
    request = request.highlight_options(
        pre_tags=MARKS[0],
        post_tags=MARKS[1],
        require_field_match=False,
        highlight_query=queries.marking(search).to_dict(),
    )
    for language in text.LANGUAGES:
        title = mapping.in_language("title", language)
        request = request.highlight(title, number_of_fragments=0, no_match_size=1000)
        if body:
            for name in ("summary", "body"):
                request = request.highlight(
                    mapping.in_language(name, language),
                    number_of_fragments=1,
                    fragment_size=EXCERPT,
                    order="score",
                    no_match_size=EXCERPT,
                )
    return request


def read(hit: Any) -> EngineHit:
    """Return a hit as the page gets it."""
    language: text.Language = "en" if hit.language == "en" else "fr"
    marked = hit.meta.highlight.to_dict() if "highlight" in hit.meta else {}

    def shown(name: str) -> Fragments:
        found = marked.get(mapping.in_language(name, language)) or [""]
        return pieces(found[0])

    title, body, summary = shown("title"), shown("body"), shown("summary")
    excerpt = body if any(is_match for _, is_match in body) or not summary else summary
    return EngineHit(
        key=hit.key,
        kind=hit.kind,
        pk=hit.pk,
        service_id=getattr(hit, "service_id", None),
        language=language,
        file_type=getattr(hit, "file_type", ""),
        url=getattr(hit, "url", ""),
        date=datetime.fromtimestamp(hit.date, UTC),
        title=title,
        excerpt=excerpt,
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


def buckets(facet: Facet, answer: Any) -> tuple[Bucket, ...]:
    """Return the counts of a facet from the answer to its aggregation."""
    found = {str(bucket.key): int(bucket.doc_count) for bucket in answer.buckets}
    if facet is Facet.PERIOD:
        return tuple(Bucket(period.value, found.get(period.value, 0)) for period in Period)
    return by_count(found)
