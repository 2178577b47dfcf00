"""Whether the search engine answers."""

from __future__ import annotations


def state() -> str:
    """Return "ok", or a word for what is wrong."""
    return "ok"
