"""The judged set of French administrative texts, where it is at hand.

It lies in shared/data/fr-admin beside the project, or in the folder that MARIGOT_FR_ADMIN
names (docs.jsonl.gz, topics-tune.jsonl).
"""

from __future__ import annotations

import gzip
import json
import math
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from search.schema import SearchDocument

from .report import shared


def folder() -> Path | None:
    """Where the set lies; None where it is not at hand."""
    named = os.environ.get("MARIGOT_FR_ADMIN", "")
    place = Path(named) if named else shared("fr-admin")
    return place if place and (place / "docs.jsonl.gz").is_file() else None


def documents(
    place: Path, scopes: Sequence[int], services: Sequence[int], most: int | None = None
) -> list[SearchDocument]:
    """The texts (the first `most` of them), spread evenly over `scopes` and `services`."""
    with gzip.open(place / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [
            _document(
                json.loads(line), scopes[number % len(scopes)], services[number % len(services)]
            )
            for number, line in enumerate(islice(lines, most))
        ]


def _document(each: dict[str, Any], scope: int, service: int) -> SearchDocument:
    return SearchDocument(
        kind="text",
        pk=each["id"],
        scope_id=scope,
        title=each["title"] or "",
        summary=each.get("description") or "",
        body=each.get("body") or "",
        url=f"/{each['id']}",
        date=_date(each.get("date")),
        service_id=service,
        language="fr",
    )


def _date(value: str | None) -> datetime:
    try:
        return datetime.fromisoformat(value or "").replace(tzinfo=UTC)
    except ValueError:
        return datetime(2020, 1, 1, tzinfo=UTC)


def topics(place: Path) -> list[dict[str, Any]]:
    """The judged topics: title, variants (queries), rel {id: gain}."""
    lines = (place / "topics-tune.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ndcg(found: Sequence[str], rel: dict[str, int], depth: int = 10) -> float:
    """nDCG with gains 2^rel - 1; the ideal of a topic is its own judgements."""
    gained = sum(
        (2 ** rel.get(pk, 0) - 1) / math.log2(rank + 2) for rank, pk in enumerate(found[:depth])
    )
    best = sorted(rel.values(), reverse=True)[:depth]
    ideal = sum((2**gain - 1) / math.log2(rank + 2) for rank, gain in enumerate(best))
    return gained / ideal if ideal else 0.0
