"""A few documents for the tests of the engines, and short ways to write and ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from search.engines.base import Engine, Found, Write
from search.planning import plan
from search.query import parse, word
from search.schema import SearchDocument

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.replace(hour=0)


def document(pk: str, title: str = "", body: str = "", **fields: Any) -> SearchDocument:
    """A document in scope 1, ten days old, unless told otherwise."""
    return SearchDocument(
        **{
            "kind": "paper",
            "pk": pk,
            "scope_id": 1,
            "title": title or f"Titre {pk}",
            "body": body,
            "url": f"/d/{pk}/",
            "date": NOW - timedelta(days=10),
            "service_id": 1,
            "language": "fr",
        }
        | fields
    )


def fill(engine: Engine, *documents: SearchDocument, version: int = 1) -> str:
    """Write to the live index, made where there is none, and return its name."""
    name = engine.ensure()
    engine.write(name, [Write(each.key, version, each) for each in documents])
    engine.refresh(name)
    return name


def find(engine: Engine, raw: str, scopes: Sequence[int] = (1,), **options: Any) -> Found:
    """Ask what a person who sees `scopes` would ask."""
    made = plan(engine, parse(raw), scopes=scopes, today=TODAY, **options)
    return engine.search(made.search)


def pks(found: Found) -> list[str]:
    return [hit.pk for hit in found.hits]


def suggested(engine: Engine, raw: str, scopes: Sequence[int] = (1,), limit: int = 8) -> list[str]:
    words = [word(each) for each in raw.split()]
    finished, unfinished = words[:-1], words[-1]
    return [hit.pk for hit in engine.suggest(finished, unfinished, scopes, limit)]
