"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import logging
import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 where pages can be served, 503 otherwise, with the state of each part.

    The database and the data folder are needed for any page; the search is not: when it
    alone is down the answer stays 200 and says so.
    """
    parts = {"database": _database(), "data": _data_folder(), "search": _search()}
    needed = all(parts[name] == "ok" for name in ("database", "data"))
    return JsonResponse(
        {"status": "ok" if needed else "unavailable", "parts": parts},
        status=200 if needed else 503,
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sequence FROM directory_journalhead WHERE id = 1")
            return "ok" if cursor.fetchone() else "not migrated"
    except DatabaseError:
        log.exception("health: the database does not answer")
        return "unavailable"


def _data_folder() -> str:
    return "ok" if os.access(settings.DATA, os.W_OK | os.X_OK) else "not writable"


def _search() -> str:
    from search import health as search_health

    return search_health.state()
