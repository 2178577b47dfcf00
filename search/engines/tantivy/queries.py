"""What is asked, as tantivy queries.

No text of a person is ever parsed by tantivy, but for terms of letters and figures alone: the
filters of an aggregation have no other form (see `filter_for`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from search.engines.base import Search, Selection, Weighted
from search.query import Word
from search.schema import LONGEST_PREFIX, TOP_SCORE
from search.terms import marked_stems

from . import documents

Clause = tuple[Occur, Query]


def term(field: str, value: str | int) -> Query:
    """Return the query for one term."""
    return Query.term_query(documents.schema(), field, value, "basic")


def any_of(queries: Iterable[Query]) -> Query:
    """Return the query for what any of `queries` finds."""
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def within(scopes: Sequence[int]) -> Clause:
    """Return the clause that keeps a query within `scopes`; it adds nothing to the score."""
    terms = Query.term_set_query(documents.schema(), "scope_id", list(scopes))
    return Occur.Must, Query.const_score_query(terms, 0.0)


def has(word: Word) -> Query:
    """Return the query for the documents that hold `word` in any form."""
    return any_of(term("has", each) for each in marked_stems(word.exact))


def filter_for(groups: Iterable[Iterable[Word]]) -> str | None:
    """Return the filter of an aggregation for what holds a word of each of `groups`.

    None where a term has anything but letters and figures in it, which would be syntax.
    """
    clauses = []
    for words in groups:
        terms = [each for word in words for each in marked_stems(word.exact)]
        if not all(each.isalnum() for each in terms):
            return None
        clauses.append("+(" + " ".join(f"has:{each}" for each in terms) + ")")
    return " ".join(clauses) or "*"


def scored(weighted: Weighted) -> list[Query]:
    """Return the constant scores that add up to the score of a word (see `documents`)."""
    queries = []
    for form in ["=" + weighted.word.exact, *marked_stems(weighted.word.exact)]:
        share = documents.SHARES[form[0]] * weighted.weight
        for bit, name in enumerate(documents.IMPACTS):
            queries.append(Query.const_score_query(term(name, form), float(share << bit)))
    if weighted.telling:
        as_typed = term("exact", weighted.word.exact)
        queries.append(Query.const_score_query(as_typed, float(TOP_SCORE * weighted.weight)))
    return queries


def spelt(words: tuple[str, ...], search: Search) -> Query:
    """Return the query for `words` in a row, or as the one word that they are elsewhere."""
    forms = search.spelt.get(words, ())
    return any_of([phrase(words), *(term("exact", form) for form in forms)])


def phrase(words: tuple[str, ...]) -> Query:
    """Return the query for `words` in a row."""
    if len(words) == 1:
        return term("exact", words[0])
    return Query.phrase_query(documents.schema(), "exact", list(words))


def matching(search: Search, *, scores: bool, every_word: bool = False) -> list[Clause]:
    """Return the clauses of `search` but for its selection."""
    clauses = [within(search.scopes)]
    groups: list[Clause] = []
    for group in search.groups:
        if scores:
            parts = [query for weighted in group for query in scored(weighted)]
        else:
            parts = [has(weighted.word) for weighted in group]
        groups.append((Occur.Should, any_of(parts)))
    if groups:
        least = len(groups) if every_word else min(search.required, len(groups))
        clauses.append((Occur.Must, Query.boolean_query(groups, least)))
    for words in search.phrases:
        clauses.append((Occur.Must, Query.const_score_query(spelt(words, search), 0.0)))
    for words in search.without:
        clauses.append((Occur.MustNot, spelt(words, search)))
    return clauses


def selecting(search: Search, selection: Selection) -> list[Clause]:
    """Return the clauses of a selection."""
    clauses: list[Clause] = []

    def must(query: Query) -> None:
        clauses.append((Occur.Must, Query.const_score_query(query, 0.0)))

    if selection.kinds:
        must(any_of(term("kind", kind) for kind in selection.kinds))
    if selection.languages:
        must(any_of(term("language", language) for language in selection.languages))
    if selection.services:
        must(Query.term_set_query(documents.schema(), "service_id", list(selection.services)))
    if selection.period:
        since, until = selection.period.bounds(search.today)
        last = None if until is None else until - 1
        must(Query.range_query(documents.schema(), "date", FieldType.Integer, since, last))
    return clauses


def suggesting(words: Sequence[Word], unfinished: Word | None, scopes: Sequence[int]) -> Query:
    """Return the query for results while typing: in the title first, then anywhere."""
    clauses = [within(scopes)]
    for word in words:
        scores = [(term("starts", "=" + word.exact), 8.0), (has(word), 2.0)]
        clauses.append((Occur.Must, _best(scores)))
    if unfinished is not None:
        clauses.append(
            (
                Occur.Must,
                _best(
                    [
                        (term("starts", "=" + unfinished.exact), 8.0),
                        (term("starts", unfinished.exact[:LONGEST_PREFIX]), 6.0),
                        (has(unfinished), 2.0),
                    ]
                ),
            )
        )
    return Query.boolean_query(clauses)


def _best(scores: list[tuple[Query, float]]) -> Query:
    return Query.disjunction_max_query(
        [Query.const_score_query(query, score) for query, score in scores], 0.0
    )


def versions(searcher: tantivy.Searcher, keys: Sequence[str]) -> dict[str, int]:
    """Return the version of each of `keys` that is there, deletions included."""
    found: dict[str, int] = {}
    for key in keys:
        hits = searcher.search(term("key", key), 1).hits
        if hits:
            [version] = searcher.fast_field_values("version", [hits[0][1]])
            found[key] = int(version or 0)
    return found


def count(searcher: tantivy.Searcher, query: Query) -> int:
    """Return how many documents `query` finds."""
    result: Any = searcher.search(query, 1)  # its `count` is missing from tantivy's own types
    return int(result.count)
