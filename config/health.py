"""Whether the process lives, and whether it can serve.

Anybody may ask, so the answers are single words: addresses, errors and versions are in the log.
"""

from __future__ import annotations

import logging
import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config import room
from config.room import writes
from directory import health as directory_health
from directory import periodic, trouble
from directory.ldap.errors import DirectoryError
from directory.models import JournalHead
from directory.outage import Outage
from documents import blobs
from search import health as search_health

log = logging.getLogger(__name__)
# Monitoring asks again and again, for as long as an outage lasts.
_outage = Outage(log, "health: the database answers again")

NEEDED = ("database", "data")
"""The parts without which no page can be served."""


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 where pages can be served, 503 otherwise, with the state of each part.

    The database and the data folder are needed for any page. The search, the store of documents,
    the directory, the workers and what they do by the clock are not: while one of them is down the
    answer stays 200 and is "degraded".
    """
    parts = {"database": _database(), "data": _data_folder(), "search": search_health.state()}
    parts["store"] = _store()
    if parts["database"] == "ok":
        _outage.end()
        parts |= {"directory": _directory(), "workers": _workers(), "periodic": _periodic()}
    if any(parts[name] not in ("ok", "nearly full") for name in NEEDED):
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
            if not cursor.fetchone():
                return "not migrated"
        return writes.tried(_write)
    except DatabaseError as error:
        _outage.tell_of("health", error)
        return "full" if trouble.is_full(error) else "unavailable"


def _write() -> str:
    """Write a row as it is, and commit that: a database may answer and yet take nothing."""
    JournalHead.objects.filter(pk=1).update(sequence=F("sequence"))
    return "ok"


def _data_folder() -> str:
    """Return "ok", or what is wrong: a file is written, as far as it was not lately."""
    if not os.access(settings.DATA, os.W_OK | os.X_OK):
        return "not writable"
    return room.state(settings.DATA)


def _store() -> str:
    """Return "ok", or "blocked" where some documents can be neither stored nor found."""
    return room.store.tried(lambda: "blocked" if blobs.obstacles() else "ok")


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


def _periodic() -> str:
    try:
        return periodic.health()
    except DatabaseError:
        log.exception("health: nothing can be told of the periodic jobs")
        return "unavailable"
