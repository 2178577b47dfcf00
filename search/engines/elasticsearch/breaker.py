"""Whoever searches waits once for a server that does not answer, not each time."""

from __future__ import annotations

from typing import Any

from directory import breaker
from search.engines.base import SearchUnavailable

from .telling import NoAnswer


class Breaker(breaker.Breaker):
    """Raises SearchUnavailable at once for a while after NoAnswer; see `directory.breaker`."""

    def __init__(self, **timing: Any) -> None:
        super().__init__(NoAnswer, _refusal, **timing)


def _refusal() -> SearchUnavailable:
    return SearchUnavailable("Elasticsearch did not answer a moment ago.")
