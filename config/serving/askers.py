"""Who asks, for the turns in which requests are taken."""

from __future__ import annotations

from collections import OrderedDict

from django.conf import settings
from django.http import HttpRequest

from directory.outside import text_from_outside
from directory.throttle import place_of

from .lanes import WAITING_OF_ONE

REMEMBERED = 10_000
# After a start all are new, and a whole town hall may come from one address.
WAITING_OF_NEW = 4 * WAITING_OF_ONE


class Askers:
    """Somebody is an asker of their own once a view has found them signed in with a session.

    Until then the address asks: whoever invents a session for each request has one turn among
    the others, not as many as requests. The last `remembered` sessions are kept.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._most = remembered
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, request: HttpRequest) -> tuple[str, int]:
        """Return who asks, and how many requests of theirs may wait."""
        key, address = _key_of(request), place_of(request) or ""
        if (person := self._known.get(key)) is not None:
            return person, WAITING_OF_ONE
        return (f"{address} new", WAITING_OF_NEW) if key else (address, WAITING_OF_ONE)

    def remember(self, request: HttpRequest) -> None:
        """Keep the session of a request that was answered, where somebody is signed in by it."""
        # As the view found it; to ask for it here would ask the database, in the event loop.
        person = getattr(request, "_cached_user", None)
        if person is None or not person.is_authenticated or not (key := _key_of(request)):
            return
        self._known[key] = f"person {person.pk}"
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


def _key_of(request: HttpRequest) -> str:
    return text_from_outside(request.COOKIES.get(settings.SESSION_COOKIE_NAME), longest=100)
