"""Shared work that one bad item must not spoil: all at once, else each for itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import TypeVar

from directory import trouble

_K = TypeVar("_K")
_V = TypeVar("_V")
log = logging.getLogger(__name__)


def each_for_itself(
    function: Callable[[Collection[_K]], dict[_K, _V]], items: Collection[_K], what: str
) -> dict[_K, _V]:
    """Return `function(items)`; where that fails, of the items one by one, without the bad ones.

    `what` names such an item in the log. Raises what is of the moment (`directory.trouble`):
    nothing is wrong with any one item then.
    """
    try:
        return function(items)
    except Exception as error:
        if trouble.is_of_the_moment(error):
            raise
        if len(items) == 1:
            # The item itself stays out of the log: it may be anything that was sent.
            log.warning("%s was left out: %s", what, type(error).__name__)
            return {}
    found: dict[_K, _V] = {}
    for item in items:
        found |= each_for_itself(function, [item], what)
    return found
