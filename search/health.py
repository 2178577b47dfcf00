"""Whether the search engine answers."""

from __future__ import annotations

import logging

from .engines import engine
from .engines.base import IndexMissing, SearchUnavailable

log = logging.getLogger(__name__)


def state() -> str:
    """Return "ok", or a word for what is wrong: "no index", "unavailable"."""
    try:
        engine().check()
    except IndexMissing:
        return "no index"
    except SearchUnavailable as error:
        log.warning("health: the search does not answer: %s", error)
        return "unavailable"
    return "ok"
