"""Whose eyes the site is seen with.

While somebody looks (`looking_as(person)`), `BasePage.objects` and `SiteImage.objects` hold what
that person may know of and nothing else, wherever they are used: in Wagtail's explorer,
choosers, searches, reports, its admin API, in the links of a rich text. A door that nobody
thought of is closed by default. See docs/decisions/0005-wagtail-doors.md.

The arithmetic of the page tree (paths, counts of children, whole branches that move or go)
must see every row: it runs under `seeing_everything()`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")

_viewer: ContextVar[Any | None] = ContextVar("viewer", default=None)


def viewer() -> Any | None:
    """Return the person with whose eyes rows are read, None where nothing is narrowed."""
    return _viewer.get()


@contextmanager
def looking_as(person: Any) -> Iterator[None]:
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
    """Decorate a function that is bookkeeping: it runs under `seeing_everything()`."""

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with seeing_everything():
            return function(*args, **kwargs)

    return wrapper
