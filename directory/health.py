"""Whether the directory is followed, and whether the journal's readers are at work."""

from __future__ import annotations

import logging
import socket
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit

from django.utils import timezone

from directory import consumers, journal
from directory.models import ConsumerCursor, JournalEntry, SyncRun
from directory.sync import config
from directory.sync.feed import EVERY

log = logging.getLogger(__name__)

LATE = timedelta(minutes=1)
"""How long an entry of the journal may wait before its reader counts as behind."""

_KNOCK_SECONDS = 1.0
_PORTS = {"ldap": 389, "ldaps": 636}


def workers() -> str:
    """Return "ok", "stopped" where a consumer is run by nobody, "behind" where one is late."""
    cursors = ConsumerCursor.objects.in_bulk([c.name for c in consumers.registered()])
    now = timezone.now()
    at_work = [c for c in cursors.values() if c.lease_until is not None and c.lease_until > now]
    if len(at_work) < len(consumers.registered()):
        return "stopped"
    slowest = min((cursor.sequence for cursor in at_work), default=0)
    if slowest >= journal.last_sequence():
        return "ok"
    # Compared by the database: no entry is loaded, of which one may be damaged.
    late = JournalEntry.objects.filter(sequence__gt=slowest, at__lt=now - LATE).exists()
    return "behind" if late else "ok"


def directory() -> str:
    """Return "ok", "none", "unavailable", "failing" (cannot be read), or "not followed".

    The server is only knocked at, and seldom: whoever asks for this may be anybody.
    """
    if not config.is_configured():
        return "none"
    if not door.answers(config.from_settings().url):
        return "unavailable"
    newest = SyncRun.objects.exclude(state=SyncRun.State.DRY_RUN).order_by("-pk").first()
    if newest is not None and newest.state == SyncRun.State.FAILED:
        return "failing"
    if newest is None or timezone.now() - newest.finished_at > 2 * EVERY:
        return "not followed"
    return "ok"


class Door:
    """Whether a server takes a connection; the answer is kept for some seconds."""

    def __init__(self, *, kept_for: float = 15.0) -> None:
        self._kept_for = kept_for
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, bool]] = {}

    def answers(self, urls: str) -> bool:
        """Tell whether one of the space separated `urls` takes a connection."""
        with self._lock:
            asked, answer = self._kept.get(urls, (float("-inf"), False))
            if time.monotonic() - asked > self._kept_for:
                answer = any(self._knock(url) for url in urls.split())
                self._kept[urls] = (time.monotonic(), answer)
            return answer

    def forget(self) -> None:
        """Knock at the next question."""
        with self._lock:
            self._kept.clear()

    @staticmethod
    def _knock(url: str) -> bool:
        parts = urlsplit(url)
        address = (parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 389))
        try:
            with socket.create_connection(address, timeout=_KNOCK_SECONDS):
                return True
        except OSError as error:
            log.warning("health: the directory at %s does not answer: %s", url, error)
            return False


door = Door()
