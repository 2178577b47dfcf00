"""A process that writes to a tantivy index until it is killed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import django

django.setup()

from search.engines.base import Write  # noqa: E402
from search.engines.tantivy import TantivyEngine  # noqa: E402
from search.schema import SearchDocument  # noqa: E402

BATCH = 5
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def numbered(number: int) -> SearchDocument:
    return SearchDocument(
        kind="paper",
        pk=str(number),
        scope_id=1,
        title=f"Papier {number}",
        body="texte " * 50,
        url="",
        date=WHEN,
    )


def live(folder: str, acknowledged: str, first: int) -> None:
    """Write batches from number `first` on; note each number once the engine has it."""
    engine = TantivyEngine(Path(folder), "test")
    name = engine.ensure()
    notes = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number = first
    while True:
        batch = [numbered(n) for n in range(number, number + BATCH)]
        engine.write(name, [Write(each.key, 1, each) for each in batch])
        number += BATCH
        os.write(notes, f"{number}\n".encode())
