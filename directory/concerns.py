"""What those who run the site should look at, told on the first page of their administration.

An app above registers what it watches; what it tells names no content that is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to look at: `kind` "warn" or "error", a sentence, and what it is about."""

    kind: str
    title: str
    text: str
    lines: Sequence[str] = ()


Watch = Callable[[], Sequence[Concern]]

_watches: list[Watch] = []


def register(watch: Watch) -> None:
    """Ask `watch` too; its cost must not grow with what is stored."""
    if watch not in _watches:
        _watches.append(watch)


def found() -> list[Concern]:
    """Return what there is to look at now."""
    return [concern for watch in _watches for concern in watch()]
