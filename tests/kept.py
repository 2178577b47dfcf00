"""Rows that are made once and kept for the tests that follow.

A fixture made by `kept` fills the database outside the transaction of the test that asks for it:
the next test that asks for the same finds its rows there, as they were, and gets a copy of what
the fixture gave. `Keeper` holds them as a stack of savepoints and takes back what a test did not
ask for, so that no test meets rows of another. Where a test has no transaction of its own
(`transaction=True`) nothing is kept: the fixture is called for it alone.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from django.db import connection, transaction

from .selection import is_transactional, uses_database

_BUILDER = "__kept_builder__"


def kept(build: Callable[..., Any]) -> Any:
    """Make a fixture of `build`, which fills the database alone; see the module.

    Its parameters name other kept fixtures; upon a plain one it is called for each test. It may
    depend on nothing that a test changes: no setting, no file.
    """

    def give(kept_rows: dict[Callable[..., Any], Any], db: None, **below: Any) -> Any:
        if build not in kept_rows:  # the test has no transaction of its own
            kept_rows[build] = build(**below)
        return kept_rows[build]

    own = inspect.signature(give).parameters
    asked = [*list(own.values())[:-1], *inspect.signature(build).parameters.values()]
    give.__signature__ = inspect.Signature(asked)  # type: ignore[attr-defined]
    give.__doc__ = build.__doc__
    setattr(give, _BUILDER, build)
    return pytest.fixture(name=build.__name__)(give)


def wanted(item: pytest.Item) -> list[tuple[Callable[..., Any], tuple[Callable[..., Any], ...]]]:
    """Return the builders that a test asks for, each with those it builds upon, these first."""
    if is_transactional(item) or not uses_database(item):
        return []
    known = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    found: dict[Callable[..., Any], tuple[Callable[..., Any], ...]] = {}

    def add(name: str, place: int = -1) -> Callable[..., Any] | None:
        build = getattr(known[name][place].func, _BUILDER, None) if name in known else None
        if build is None or build in found:
            return build
        needed = inspect.signature(build).parameters
        below = [add(other, place - 1 if other == name else -1) for other in needed]
        if None in below:  # it builds upon a plain fixture: it is not kept either
            return None
        found[build] = tuple(one for one in below if one)
        return build

    for name in item.fixturenames:  # type: ignore[attr-defined]
        add(name)
    return list(found.items())


def side_by_side(items: list[pytest.Item]) -> list[pytest.Item]:
    """Order the tests of each module so that those which ask for the same rows follow."""
    ordered: list[pytest.Item] = []
    for _, group in groupby(items, key=lambda item: (item.path, is_transactional(item))):
        ordered += sorted(group, key=lambda item: [build.__qualname__ for build, _ in wanted(item)])
    return ordered


@dataclass(slots=True)
class _Layer:
    """What one builder made, above what lies below."""

    build: Callable[..., Any]
    value: Any
    block: transaction.Atomic


class Keeper:
    """The rows that are kept now: a stack, whose upper layers were built upon the lower."""

    def __init__(self) -> None:
        self._layers: list[_Layer] = []
        self._session: Any = None

    def rows(
        self, builders: Sequence[tuple[Callable[..., Any], tuple[Callable[..., Any], ...]]]
    ) -> dict[Callable[..., Any], Any]:
        """Take back what is not asked for, make what is missing; return copies, by builder."""
        if self._layers and connection.connection is not self._session:
            self._layers.clear()  # a test closed the connection: nothing is left
        same = 0
        for layer, (build, _) in zip(self._layers, builders, strict=False):
            if layer.build is not build:
                break
            same += 1
        self.drop(down_to=same)
        values = {layer.build: layer.value for layer in self._layers}
        for build, below in builders[same:]:
            block = transaction.atomic()
            block.__enter__()
            try:
                values[build] = build(*(values[one] for one in below))
            except BaseException:
                _leave(block)
                raise
            self._layers.append(_Layer(build, values[build], block))
        self._session = connection.connection
        return copy.deepcopy(values)

    def drop(self, *, down_to: int = 0) -> None:
        """Take back what was made, but for the lowest layers."""
        while len(self._layers) > down_to:
            _leave(self._layers.pop().block)


def _leave(block: transaction.Atomic) -> None:
    transaction.set_rollback(True)
    block.__exit__(None, None, None)


@pytest.fixture(scope="session")
def _keeper(django_db_setup: None, django_db_blocker: Any) -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    with django_db_blocker.unblock():
        keeper.drop()


@pytest.fixture
def kept_rows(
    request: pytest.FixtureRequest, django_db_blocker: Any, _keeper: Keeper
) -> dict[Callable[..., Any], Any]:
    """What the kept fixtures of this test gave, by builder."""
    with django_db_blocker.unblock():
        return _keeper.rows(wanted(request.node))


@pytest.fixture
def _django_db_helper(kept_rows: dict[Callable[..., Any], Any], _django_db_helper: None) -> None:
    """Fill the database before pytest-django, by this fixture, begins the test's transaction."""
