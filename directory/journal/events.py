"""What can be told in the journal: each app declares its events, once.

An event's name is for programs and stays as it is; its words are for people. The words and
filters of the journal's page, what consumers and the hub want and the table of docs/journal.md
come from the declaration. An entry of no declared event, of an older release say, is shown by
its name and wanted by no consumer; the hub takes it for one that may have taken rights away.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypedDict

from django.conf import settings
from typeguard import CollectionCheckStrategy, TypeCheckError, check_type

from directory.phrases import about

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from directory.models import JournalEntry

    from .selectors import Unreadable

log = logging.getLogger(__name__)


class Effect(Enum):
    """What is not as it was after an event."""

    RIGHTS = "who may see or do what"
    ACCOUNT = "whether somebody may sign in"
    SESSIONS = "who is signed in"
    CONTENT = "what can be read"
    NAMES = "what something is called"


@dataclass(frozen=True, slots=True)
class Codes:
    """A detail that is one of a few codes, and tells nothing of content."""

    key: str
    """That of the payload under which the code stands."""
    name: str | _StrPromise
    words: Mapping[str, str | _StrPromise]


class Nothing(TypedDict):
    """The payload of an event that needs no details."""


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that an action does and the journal tells.

    `name` "<noun>.<past verb>"; `payload` a TypedDict of what its entries hold; `affects` is
    empty where other entries of the same transaction tell what it comes to. `shows_details`:
    the payload tells nothing of content, so that IT administrators see it; else its `codes` do.
    """

    name: str
    words: str | _StrPromise
    payload: type = Nothing
    affects: frozenset[Effect] = frozenset()
    shows_details: bool = False
    codes: Codes | None = None

    def look_over(self, payload: Mapping[str, object]) -> None:
        """Raise TypeError where `payload` is not what this event tells; log it in production.

        There it is kept as it is: an entry with odd details is better than none.
        """
        try:
            check_type(
                payload, self.payload, collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS
            )
        except TypeCheckError as error:
            fault = f"the payload of {self.name} is not as declared: {error}"
            if settings.STRICT_EVENTS:
                raise TypeError(fault) from error
            log.error("%s", fault)

    def code_in(self, payload: Mapping[str, object]) -> str:
        """Return the code in the details, in words.

        Empty where there is none, or one of another release: it could be anything.
        """
        value = payload.get(self.codes.key) if self.codes is not None else None
        if self.codes is None or not isinstance(value, str) or value not in self.codes.words:
            return ""
        return about(str(self.codes.name), str(self.codes.words[value]))


_declared: Final[dict[str, Event]] = {}


def declare(events: Iterable[Event]) -> None:
    """Make events known. Raises ValueError where the name of one is another's."""
    for event in events:
        if _declared.setdefault(event.name, event) is not event:
            raise ValueError(f"Two events are called {event.name}.")


def declared_in(module: object) -> list[Event]:
    """Return the events that stand in a module, by themselves or by kind of thing."""
    found: list[Event] = []
    for value in vars(module).values():
        if isinstance(value, Event):
            found.append(value)
        elif isinstance(value, Mapping):
            found += [each for each in value.values() if isinstance(each, Event)]
    return found


def declared() -> list[Event]:
    """Return every event, by name."""
    return [_declared[name] for name in sorted(_declared)]


def event_of(entry: JournalEntry | Unreadable) -> Event | None:
    """Return what `entry` tells; None where no app of this release tells that."""
    return _declared.get(entry.action)


def effects_of(entry: JournalEntry) -> frozenset[Effect]:
    """Return what `entry` affects."""
    event = event_of(entry)
    return event.affects if event is not None else frozenset()


def words_for(action: str) -> str:
    """Return what `action` is called in the reader's language; its name where nobody says."""
    event = _declared.get(action)
    return str(event.words) if event is not None else action
