"""Notes by the year of their date: counted once, shown page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler

from intranet.lock.querysets import ScopedPageQuerySet


class _Year(Func):
    """The year of a date, by the database alone: Django's calls Python for each row of SQLite."""

    template = "CAST(substr(%(expressions)s, 1, 4) AS INTEGER)"  # a date is text there
    arity = 1
    output_field = IntegerField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        taken = "CAST(EXTRACT(YEAR FROM %(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=taken, **context)


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
    in_year: dict[int, int] = dict(
        notes.annotate(in_year=_Year("date"))
        .values_list("in_year")
        .annotate(number=Count("pk"))
        .order_by("-in_year")
    )
    if year in in_year:
        notes = notes.filter(date__year=year)
    else:
        year = None
    paginator = Paginator(notes, shown)
    paginator.count = in_year[year] if year is not None else sum(in_year.values())
    return ByYear(paginator, year, list(in_year) if len(in_year) > 1 else [])
