"""What is asked, in the words of `elasticsearch.dsl`. No text of a person is ever parsed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from elasticsearch.dsl import A, Q
from elasticsearch.dsl.query import Query

from search.engines.base import Facet, Period, Search, Selection, Weighted
from search.query import Word
from search.schema import (
    EXACT_SHARE,
    LONGEST_PREFIX,
    STEM_SHARE,
    TEXT_FIELDS,
    TOP_SCORE,
    WEIGHT_PARTS,
)
from search.terms import marked_stems

from .mapping import stems_in, words_of

MOST_VALUES: Final = 200
_MOST_SIMILAR: Final = 500


def word_fields() -> list[str]:
    """Return the names of the fields that hold the words of the texts."""
    return [words_of(each.name) for each in TEXT_FIELDS]


def any_of(queries: Iterable[Query]) -> Query:
    """Return the query for what any of `queries` finds."""
    return Q("bool", should=list(queries), minimum_should_match=1)


def within(scopes: Sequence[int]) -> Query:
    """Return the one clause that keeps a query within `scopes`."""
    return Q("terms", scope_id=list(scopes))


def has(word: Word) -> Query:
    """Return the query for the documents that hold `word` in any form."""
    return Q("terms", has=marked_stems(word.exact))


def holds(form: str) -> Query:
    """Return the query for the documents that hold `form` as it is."""
    return any_of(Q("term", **{name: form}) for name in word_fields())


def scored(weighted: Weighted) -> list[Query]:
    """Return the clauses that add up to the score of a word."""
    out = []
    forms = [(words_of, weighted.word.exact, EXACT_SHARE)]
    forms += [(stems_in, stem, STEM_SHARE) for stem in marked_stems(weighted.word.exact)]
    for each in TEXT_FIELDS:
        weight = int(each.weight * WEIGHT_PARTS) * weighted.weight
        for field, form, share in forms:
            clause = {"value": form, "boost": weight * share}
            out.append(Q("term", **{field(each.name): clause}))
    if weighted.telling:
        top = WEIGHT_PARTS * TOP_SCORE * weighted.weight
        out.append(Q("constant_score", filter=holds(weighted.word.exact), boost=top))
    return out


def phrase(words: tuple[str, ...]) -> Query:
    """Return the query for `words` in a row."""
    row = " ".join(words)
    return any_of(Q("match_phrase", **{name: {"query": row}}) for name in word_fields())


def spelt(words: tuple[str, ...], search: Search) -> Query:
    """Return the query for `words` in a row, or as the one word that they are elsewhere."""
    return any_of([phrase(words), *(holds(form) for form in search.spelt.get(words, ()))])


def matching(search: Search, *, scores: bool) -> Query:
    """Return the query of `search` but for its selection."""
    out: dict[str, Any] = {"filter": [within(search.scopes)]}
    out["filter"] += [spelt(words, search) for words in search.phrases]
    if search.without:
        out["must_not"] = [spelt(words, search) for words in search.without]
    if search.groups:
        groups = every_word(search)
        if scores:
            groups = [any_of(q for each in group for q in scored(each)) for group in search.groups]
        least = min(search.required, len(groups))
        wanted = Q("bool", should=groups, minimum_should_match=least)
        out.setdefault("must" if scores else "filter", []).append(wanted)
    return Q("bool", **out)


def every_word(search: Search) -> list[Query]:
    """Return for each group of words the query for what holds one of them."""
    return [any_of(has(weighted.word) for weighted in group) for group in search.groups]


def selecting(search: Search, selection: Selection) -> list[Query]:
    """Return the clauses of a selection."""
    out: list[Query] = []
    if selection.kinds:
        out.append(Q("terms", kind=list(selection.kinds)))
    if selection.languages:
        out.append(Q("terms", language=list(selection.languages)))
    if selection.services:
        out.append(Q("terms", service_id=list(selection.services)))
    if selection.period:
        since, until = selection.period.bounds(search.today)
        bounds = {"gte": since, "lt": until}
        out.append(Q("range", date={k: v for k, v in bounds.items() if v is not None}))
    return out


def aggregation(facet: Facet, search: Search) -> Any:
    """Return the aggregation that counts `facet`, without the facet's own selection."""
    if facet is Facet.PERIOD:
        ranges = []
        for period in Period:
            since, until = period.bounds(search.today)
            bounds = {"key": period.value, "from": since, "to": until}
            ranges.append({k: v for k, v in bounds.items() if v is not None})
        counted = A("range", field="date", ranges=ranges)
    else:
        names = {Facet.KIND: "kind", Facet.SERVICE: "service_id", Facet.LANGUAGE: "language"}
        counted = A("terms", field=names[facet], size=MOST_VALUES, shard_size=10 * MOST_VALUES)
    others = selecting(search, search.selection.without(facet))
    narrowed = A("filter", filter=Q("bool", filter=others) if others else Q("match_all"))
    narrowed.bucket("values", counted)
    return narrowed


def similar(word: Word, scopes: Sequence[int], distance: int) -> Query:
    """Return the query for documents of `scopes` with a word near `word`."""
    clause = {
        "value": word.exact,
        "fuzziness": distance,
        "max_expansions": _MOST_SIMILAR,
        "transpositions": True,
        "rewrite": "constant_score",
    }
    near = any_of(Q("fuzzy", **{name: clause}) for name in word_fields())
    return Q("bool", filter=[within(scopes), near])


def suggesting(words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int]) -> Query:
    """Return the query for results while typing: in the title first, then anywhere."""
    must = [_best([(in_title(word), 8), (has(word), 2)]) for word in words]
    if unfinished is not None:
        must.append(
            _best([(in_title(unfinished), 8), (starting(unfinished), 6), (has(unfinished), 2)])
        )
    return Q("bool", filter=[within(scopes)], must=must)


def in_title(word: Word) -> Query:
    """Return the query for `word` in a title, in its exact form."""
    return Q("term", starts=f"={word.exact}")


def starting(word: Word) -> Query:
    """Return the query for a title with a word that begins with `word`."""
    return Q("term", starts=word.exact[:LONGEST_PREFIX])


def _best(scores: list[tuple[Query, int]]) -> Query:
    return Q(
        "dis_max",
        queries=[Q("constant_score", filter=query, boost=boost) for query, boost in scores],
        tie_breaker=0.0,
    )
