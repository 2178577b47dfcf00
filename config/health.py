"""Whether the process lives, and whether it can serve.

Anybody may ask, so the answers are single words: addresses, errors and versions are in the log.
"""

from __future__ import annotations

import logging
import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from directory import health as directory_health
from directory.ldap.errors import DirectoryError
from search import health as search_health

log = logging.getLogger(__name__)

NEEDED = ("database", "data")
"""The parts without which no page can be served."""


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 where pages can be served, 503 otherwise, with the state of each part.

    The database and the data folder are needed for any page. The search, the directory and
    the workers are not: while one of them is down the answer stays 200 and is "degraded".
    """
    parts = {"database": _database(), "data": _data_folder(), "search": search_health.state()}
    if parts["database"] == "ok":
        parts |= {"directory": _directory(), "workers": _workers()}
    if any(parts[name] != "ok" for name in NEEDED):
        status = "unavailable"
    elif any(state not in ("ok", "none") for state in parts.values()):
        status = "degraded"
    else:
        status = "ok"
    return JsonResponse(
        {"status": status, "parts": parts}, status=503 if status == "unavailable" else 200
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


def _directory() -> str:
    try:
        return directory_health.directory()
    except (DatabaseError, DirectoryError):
        log.exception("health: nothing can be told of the directory")
        return "unavailable"


def _workers() -> str:
    try:
        return directory_health.workers()
    except DatabaseError:
        log.exception("health: nothing can be told of the workers")
        return "unavailable"
