"""Whose eyes the site is seen with.

While somebody looks (`looking_as(person)`), `BasePage.objects` and `SiteImage.objects` hold what
that person may know of and nothing else, wherever they are used: in Wagtail's explorer,
choosers, searches, reports, its admin API, in the links of a rich text. A door that nobody
thought of is closed by default. See docs/decisions/0005-wagtail-doors.md.

The arithmetic of the page tree (paths, counts of children, whole branches that move or go)
must see every row: it runs under `seeing_everything()`.

In a request (`in_a_request`, set by the middleware) somebody must be named, or everything be
meant: rows that are read without raise `NobodyLooksError`. Commands, workers and tests are nobody's
eyes: there everything is seen unless somebody looks.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from enum import Enum, auto
from typing import Any, ParamSpec, Self, TypeVar, cast

from django.db.models import Q, QuerySet
from django.db.models.sql import Query

from directory.access import Somebody

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Nobody(Enum):
    """Whose eyes rows are read with in a request, until that is said."""

    YET = auto()


_viewer: ContextVar[Somebody | _Nobody | None] = ContextVar("viewer", default=None)


class NobodyLooksError(RuntimeError):
    """Rows are read in a request, and nobody has said for whom: a fault of the code."""

    def __init__(self, what: str = "What depends on who looks") -> None:
        super().__init__(
            f"{what} is read in a request, and nobody has said for whom: narrow it by "
            "visible_to(person), or read it in looking_as(person) or in seeing_everything()"
        )


def viewer() -> Somebody | None:
    """Return the person with whose eyes rows are read, None where everything is meant.

    Raises NobodyLooksError in a request where neither was said.
    """
    person = _viewer.get()
    if person is _Nobody.YET:
        raise NobodyLooksError
    return person


def viewer_if_any() -> Somebody | None:
    """Return the person with whose eyes rows are read, for what hides nothing by it."""
    person = _viewer.get()
    return None if person is _Nobody.YET else person


@contextmanager
def in_a_request() -> Iterator[None]:
    """Have what is inside say whose eyes rows are read with.

    A request inside a request (Wagtail previews a page by one) is for whoever looks already.
    """
    outer = _viewer.get()
    token = _viewer.set(_Nobody.YET if outer is None else outer)
    try:
        yield
    finally:
        _viewer.reset(token)


def says_for_whom(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Decorate a method that narrows rows to somebody it is given.

    Where nobody looks, it begins with all of them; where somebody does, with what they see.
    """

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        if _viewer.get() is not _Nobody.YET:
            return function(*args, **kwargs)
        with seeing_everything():
            return function(*args, **kwargs)

    return wrapper


@contextmanager
def looking_as(person: Somebody) -> Iterator[None]:
    """Narrow what is inside to what `person` (an account, or an anonymous user) may know of."""
    token = _viewer.set(person)
    try:
        yield
    finally:
        _viewer.reset(token)


@contextmanager
def seeing_everything() -> Iterator[None]:
    """Lift the narrowing: for bookkeeping that shows nothing to anybody."""
    token = _viewer.set(None)
    try:
        yield
    finally:
        _viewer.reset(token)


def sees_everything(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Decorate a function that is bookkeeping: it runs under `seeing_everything()`.

    So does a generator, and what it gives to does not.
    """

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with seeing_everything():
            found = function(*args, **kwargs)
        return cast("_R", each_within(seeing_everything, found)) if yields else found

    yields = inspect.isgeneratorfunction(function)
    return wrapper


def each_within(eyes: Callable[[], AbstractContextManager[None]], items: Any) -> Iterator[Any]:
    """Yield `items`, each made within `eyes()`; outside of it whoever takes it reads on."""
    waiting, over = iter(items), object()
    while True:
        with eyes():
            item = next(waiting, over)
        if item is over:
            return
        yield item


class SeenQuerySet(QuerySet[Any]):
    """Rows that are narrowed when they are read, to what whoever looks then may know of.

    A form field or a block keeps the manager's rows for as long as the process lives, and was
    often made while one person looked: were the rows narrowed at once, everybody after would
    choose among what that person sees. So the manager's own rows (`for_whoever_looks`) and
    their `all()` stay open, and every use of them, a filter or a read, is narrowed anew.
    """

    _stays_open = False

    def known_to(self, person: Somebody) -> Q:
        """Return the condition on the rows that `person` may know of."""
        raise NotImplementedError

    def for_whoever_looks(self) -> Self:
        """Return the same rows, narrowed at every use."""
        rows = self.filter()
        rows._stays_open = True
        return rows

    def all(self) -> Self:
        """Return a copy, as open as this is."""
        if not self._stays_open:
            return super().all()
        with seeing_everything():
            return self.for_whoever_looks()

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        """Keep what fits, of the rows narrowed once: Django asks for their SQL at each step."""
        rows = self._narrowed()
        return super().filter(*args, **kwargs) if rows is self else rows.filter(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return the one row that fits, of the rows narrowed once; see `filter`."""
        rows = self._narrowed()
        return super().get(*args, **kwargs) if rows is self else rows.get(*args, **kwargs)

    def _narrowed(self) -> Self:
        """Return the rows that whoever looks may know of; these, where they are not open."""
        person = _viewer.get() if self._stays_open else None
        if person is None:
            return self
        if person is _Nobody.YET:
            raise NobodyLooksError(self.model.__name__)
        with seeing_everything():
            copied = super().all()
        return copied.filter(self.known_to(person))

    @property
    def query(self) -> Query:
        """The SQL of the rows, narrowed for the moment where they are open."""
        rows = self._narrowed()
        own: Query = super().query if rows is self else rows.query
        return own

    @query.setter
    def query(self, value: Query) -> None:
        QuerySet.query.fset(self, value)  # type: ignore[attr-defined]
