"""What the page of results draws beside the results: facets, orders, advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import registry
from .engines.base import Facet, Period, Sort
from .parameters import PAGE_SIZE, Parameters, address, toggled
from .searching import Results

LABELS = {
    Facet.KIND: gettext_lazy("Kind"),
    Facet.SERVICE: gettext_lazy("Service"),
    Facet.LANGUAGE: gettext_lazy("Language"),
    Facet.PERIOD: gettext_lazy("Date"),
}
PERIODS = {
    Period.WEEK: gettext_lazy("Last 7 days"),
    Period.MONTH: gettext_lazy("Last 31 days"),
    Period.YEAR: gettext_lazy("Last 12 months"),
    Period.OLDER: gettext_lazy("Over a year ago"),
}
LANGUAGES = {"fr": gettext_lazy("French"), "en": gettext_lazy("English")}
SORTS = {Sort.RELEVANCE: gettext_lazy("Best first"), Sort.DATE: gettext_lazy("Newest first")}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, or one order: choosing it leads to `url`."""

    label: str
    url: str
    on: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class FacetShown:
    """A facet with its values, the chosen ones among them even where they give nothing."""

    name: str
    label: str
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> int:
        """How many of its values are chosen."""
        return sum(choice.on for choice in self.choices)


def facets(results: Results, parameters: Parameters, data: QueryDict) -> list[FacetShown]:
    """Return the facets worth showing: those with a choice to make, or one made."""
    out = []
    for facet, buckets in results.found.facets.items():
        counts = {bucket.value: bucket.count for bucket in buckets}
        on = set(_chosen(parameters, facet))
        values = [value for value, count in counts.items() if count or value in on]
        values += [value for value in on if value not in counts]
        choices = tuple(
            Choice(label, toggled(data, facet, value), value in on, counts.get(value, 0))
            for value in values
            if (label := _label(facet, value, results))
        )
        if len(choices) > 1 or any(choice.on for choice in choices):
            out.append(FacetShown(facet.value, str(LABELS[facet]), choices))
    return out


def _chosen(parameters: Parameters, facet: Facet) -> Iterator[str]:
    match facet:
        case Facet.KIND:
            yield from parameters.selection.kinds
        case Facet.SERVICE:
            yield from map(str, parameters.selection.services)
        case Facet.LANGUAGE:
            yield from parameters.selection.languages
        case Facet.PERIOD:
            if parameters.selection.period:
                yield parameters.selection.period.value


def _label(facet: Facet, value: str, results: Results) -> str:
    match facet:
        case Facet.KIND:
            kind = registry.get(value)
            return str(kind.label) if kind else ""
        case Facet.SERVICE:
            return results.service_names.get(int(value), "")
        case Facet.LANGUAGE:
            return str(LANGUAGES.get(value, ""))
        case Facet.PERIOD:
            return str(PERIODS[Period(value)])


def sorts(parameters: Parameters, data: QueryDict) -> list[Choice]:
    """Return the orders of the results."""
    return [
        Choice(
            str(label),
            address(data, {"sort": None if sort is Sort.RELEVANCE else sort.value}),
            parameters.sort is sort,
        )
        for sort, label in SORTS.items()
    ]


def page(results: Results, parameters: Parameters) -> Page[int]:
    """Return the page for the pager; nothing in it but its place."""
    paginator = Paginator(range(results.reachable), PAGE_SIZE)
    return paginator.get_page(parameters.page)


def summary(results: Results) -> str:
    """Return how many results there are, in words."""
    total = results.found.total
    return ngettext("%(count)s result", "%(count)s results", total) % {"count": total}


def all_words(results: Results, parameters: Parameters, data: QueryDict) -> Choice | None:
    """Return the way to the results with all the words, or back to those with most."""
    found = results.found
    if parameters.every_word and not results.relaxed:
        if len(parameters.query.words) < 2:
            return None
        label = _("Also those with most of the words")
        return Choice(label, address(data, {"words": "most"}), on=False)
    if 0 < found.with_all < found.total:
        label = ngettext(
            "Only the one with all the words",
            "Only the %(count)s with all the words",
            found.with_all,
        ) % {"count": found.with_all}
        return Choice(label, address(data, {"words": "all"}), on=False, count=found.with_all)
    return None
