"""A query that Django's ORM writes once and that is then asked for anybody.

Who may read what is said in many nested conditions. The database answers them in a few
hundredths of a millisecond; writing them out anew takes the ORM more than a hundred times
as long, on every page of everybody. So the text is kept, and the values that differ (the
account, its first day, the present moment) are put in their places.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Generic, TypeVar, cast

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from directory.models import User

_Row = TypeVar("_Row", bound=tuple[object, ...])
_Value = int | str | bool | datetime | None

# What stands for the account while the text is written; no row has these values.
_NOBODY = 4_611_686_018_427_387_903
_FIRST_DAY = datetime(1900, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


class Prepared(Generic[_Row]):
    """A query about a person, written by `build(person)`; `rows(person)` asks it.

    `build` is called once for each kind of database with an account that stands for all. It
    must use nothing of it but `pk`, `is_active` (true) and `date_joined`.
    """

    def __init__(self, build: Callable[[User], QuerySet[Model, _Row]]) -> None:
        self._build = build
        self._texts: dict[str, tuple[str, tuple[_Value | _Place, ...]]] = {}

    def rows(self, person: User) -> list[_Row]:
        """Return the rows for an active account, as the database gives them; one query."""
        known = self._texts.get(connection.vendor)
        if known is None:
            known = self._texts[connection.vendor] = self._write()
        text, values = known
        adapt = connection.ops.adapt_datetimefield_value
        places = {
            _Place.PERSON: person.pk,
            _Place.FIRST_DAY: adapt(person.date_joined),
            _Place.PRESENT: adapt(timezone.now()),
        }
        with connection.cursor() as cursor:
            cursor.execute(
                text,
                [places[value] if isinstance(value, _Place) else value for value in values],
            )
            return cast("list[_Row]", cursor.fetchall())

    def _write(self) -> tuple[str, tuple[_Value | _Place, ...]]:
        """Have the ORM write the text; put places where a value differs from time to time.

        Raises RuntimeError where the account or the present moment is not found in it.
        """
        adapt = connection.ops.adapt_datetimefield_value
        before: Any = adapt(timezone.now())
        query = self._build(User(pk=_NOBODY, is_active=True, date_joined=_FIRST_DAY)).query
        text, values = query.get_compiler(connection=connection).as_sql()
        after: Any = adapt(timezone.now())

        def place(value: Any) -> _Value | _Place:
            if value == _NOBODY:
                return _Place.PERSON
            if value == adapt(_FIRST_DAY):
                return _Place.FIRST_DAY
            # Every moment of today's in the text was taken while it was written.
            if type(value) is type(before) and before <= value <= after:
                return _Place.PRESENT
            return value

        placed = tuple(place(value) for value in values)
        if not {_Place.PERSON, _Place.PRESENT} <= set(placed):
            raise RuntimeError("a prepared query has no place for the account or for the moment")
        return text, placed


class _Place(Enum):
    """What differs from one asking to the next."""

    PERSON = auto()
    FIRST_DAY = auto()
    PRESENT = auto()
