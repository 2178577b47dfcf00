"""From a query to what an engine is asked: which words count how much, and unknown words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from . import distance
from .engines.base import Engine, Frequencies, Search, Selection, Sort, Weighted
from .query import Query, Word
from .schema import rarity

_MOST_CORRECTIONS: Final = 3
_MOST_CANDIDATES: Final = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """A search to be made; `corrected` maps an unknown word to what is looked for instead."""

    search: Search
    corrected: dict[Word, tuple[Word, ...]]


def plan(
    engine: Engine,
    query: Query,
    *,
    scopes: Sequence[int],
    today: datetime,
    selection: Selection | None = None,
    sort: Sort = Sort.RELEVANCE,
    every_word: bool = False,
    offset: int = 0,
    limit: int = 20,
) -> Plan:
    """Weigh the words of `query` by what is in `scopes`, and replace those nobody wrote there.

    A word is unknown where no document of `scopes` holds it, whatever others hold: else the
    answer would tell of documents that the person may not see.
    """
    forms = {form: Word(form, form) for word in query.words for form in word.within}
    known = engine.frequencies([*query.words, *forms.values()], scopes)
    corrected: dict[Word, tuple[Word, ...]] = {}
    groups: list[tuple[Weighted, ...]] = []
    for word in query.words:
        spelt = [forms[form] for form in word.within if known.by_word[forms[form]]]
        if known.by_word[word] or spelt or not known.total:
            more = (_weighted(form, known, telling=_is_number(form.exact)) for form in spelt)
            groups.append((_weighted(word, known), *more))
            continue
        candidates = _similar(engine, word, scopes)
        if candidates:
            corrected[word] = tuple(candidates)
            among = engine.frequencies(candidates, scopes)
            groups.append(tuple(_weighted(each, among) for each in candidates))
        else:
            groups.append((Weighted(word, rarity(0, known.total)),))
    return Plan(
        Search(
            scopes=scopes,
            groups=tuple(groups),
            required=len(query.words) if every_word else query.required,
            today=today,
            phrases=query.phrases,
            without=query.without,
            spelt=query.spelt,
            selection=selection or Selection(),
            sort=sort,
            offset=offset,
            limit=limit,
        ),
        corrected,
    )


def _weighted(word: Word, known: Frequencies, *, telling: bool = False) -> Weighted:
    return Weighted(word, rarity(known.by_word[word], known.total), telling)


def _is_number(form: str) -> bool:
    """Whether `form` is a reference, an amount or a telephone number."""
    return any(letter.isdigit() for letter in form)


def _similar(engine: Engine, word: Word, scopes: Sequence[int]) -> list[Word]:
    """Return the nearest words to an unknown one, different stems only."""
    most = distance.allowed(word.exact)
    if not most:
        return []
    near = engine.similar(word, scopes, most)[:_MOST_CANDIDATES]
    if not near:
        return []
    least = min(distance.distance(word.exact, each, most) for each in near)
    kept: dict[tuple[str, str], Word] = {}
    for each in near:
        if distance.distance(word.exact, each, most) == least:
            candidate = Word(each, each)
            kept.setdefault((candidate.stem("fr"), candidate.stem("en")), candidate)
    return list(kept.values())[:_MOST_CORRECTIONS]
