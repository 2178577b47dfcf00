"""Notes by the year of their date: counted once, shown page by page."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count
from django.db.models.functions import TruncYear

from intranet.querysets import ScopedPageQuerySet


@dataclass(frozen=True, slots=True)
class ByYear:
    """The notes of `year`, or of all years, the newest first, where it is None."""

    notes: Paginator
    year: int | None
    years: list[int]
    """Those there are to choose from: none where all notes are of one year."""


def by_year(notes: ScopedPageQuerySet, year: int | None, shown: int) -> ByYear:
    """Return the notes of `year`, or of all where there is none of it, `shown` a page.

    One query counts those of each year and so all of them.
    """
    numbers = dict(
        notes.annotate(first_day=TruncYear("date"))
        .values_list("first_day")
        .annotate(number=Count("pk"))
        .order_by("-first_day")
    )
    in_year = {day.year: number for day, number in numbers.items()}
    if year in in_year:
        notes = notes.filter(date__year=year)
    else:
        year = None
    paginator = Paginator(notes, shown)
    paginator.count = in_year[year] if year is not None else sum(in_year.values())
    return ByYear(paginator, year, list(in_year) if len(in_year) > 1 else [])
