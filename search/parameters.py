"""What the address of a page of results says, whatever was typed into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from directory.outside import number_from_outside, text_from_outside

from .engines.base import Facet, Period, Selection, Sort
from .query import LONGEST_QUERY, Query, parse

PAGE_SIZE: Final = 20
_MOST_VALUES: Final = 50
_LONGEST: Final = 40
_LAST_PAGE: Final = 10**9
_MULTIPLE: Final = (Facet.KIND, Facet.SERVICE, Facet.LANGUAGE)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a page of results; what makes no sense is left out.

    `words`: "all" or "most" of the words are wanted; empty: most by relevance, all by date.
    """

    raw: str
    query: Query
    selection: Selection
    sort: Sort
    words: str
    page: int

    @property
    def every_word(self) -> bool:
        """Whether all the words are wanted."""
        return self.words == "all" or (not self.words and self.sort is Sort.DATE)


def read(data: QueryDict) -> Parameters:
    """Return what `data` asks for. Nothing in it is an error."""
    raw = text_from_outside(data.get("q"), longest=LONGEST_QUERY)
    period = text_from_outside(data.get(Facet.PERIOD.value), longest=20)
    words = text_from_outside(data.get("words"), longest=20)
    services = map(number_from_outside, data.getlist(Facet.SERVICE.value)[:_MOST_VALUES])
    return Parameters(
        raw=raw,
        query=parse(raw),
        selection=Selection(
            kinds=tuple(_short(data, Facet.KIND)),
            services=tuple(dict.fromkeys(filter(None, services))),
            languages=tuple(_short(data, Facet.LANGUAGE)),
            period=Period(period) if period in set(Period) else None,
        ),
        sort=Sort.DATE if data.get("sort") == Sort.DATE else Sort.RELEVANCE,
        words=words if words in ("all", "most") else "",
        page=number_from_outside(data.get("page"), least=1, most=_LAST_PAGE) or 1,
    )


def _short(data: QueryDict, facet: Facet) -> list[str]:
    """Return the values of `facet` once each, not too many, and none that no index can hold."""
    values = [text_from_outside(value, longest=_LONGEST + 1) for value in data.getlist(facet.value)]
    kept = [value for value in dict.fromkeys(values) if value.isprintable()]
    return [value for value in kept if 0 < len(value) <= _LONGEST][:_MOST_VALUES]


def address(data: QueryDict, changes: Mapping[str, str | None]) -> str:
    """Return the query string of `data` with `changes` (None: without it), on the first page."""
    out = data.copy()
    out.pop("page", None)
    for name, value in changes.items():
        if value is None:
            out.pop(name, None)
        else:
            out[name] = value
    return f"?{out.urlencode()}"


def toggled(data: QueryDict, facet: Facet, value: str) -> str:
    """Return the query string of `data` with `value` of `facet` chosen, or no longer."""
    out = data.copy()
    out.pop("page", None)
    chosen = out.getlist(facet.value)
    if value in chosen:
        out.setlist(facet.value, [each for each in chosen if each != value])
    elif facet in _MULTIPLE:
        out.appendlist(facet.value, value)
    else:
        out[facet.value] = value
    return f"?{out.urlencode()}"
