"""What a consumer is, and which there are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from directory.models import JournalEntry


class Consumer(ABC):
    """Handles the entries of the journal that it wants, in their order.

    `name` is its cursor's and must not change. `handle` may be called again with entries
    that it has handled before (after a crash): it must come to the same end. At most
    `batch_size` entries that it wants are given at once; when a batch fails they are given one
    by one, and one that fails `max_attempts` times is parked with its error so that the rest
    goes on.
    `from_beginning` false: a new consumer starts at the journal's end, not at its beginning.
    """

    name: ClassVar[str]
    batch_size: ClassVar[int] = 100
    max_attempts: ClassVar[int] = 5
    from_beginning: ClassVar[bool] = True

    def wants(self, entry: JournalEntry) -> bool:
        """Tell whether `entry` is for this consumer."""
        return True

    @abstractmethod
    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """Do what `entries` ask for. Raises whatever goes wrong.

        Raise `directory.consumers.runner.TryLater` where a server is down: nothing is
        parked then, the consumer waits and takes up where it stood.
        """


_registered: dict[str, Consumer] = {}


def register(consumer: Consumer) -> Consumer:
    """Make `consumer` known. Raises ValueError where its name is another's."""
    known = _registered.get(consumer.name)
    if known is not None and type(known) is not type(consumer):
        raise ValueError(f"Two consumers are called {consumer.name}.")
    _registered[consumer.name] = consumer
    return consumer


def get(name: str) -> Consumer:
    """Return the consumer of that name; KeyError where there is none."""
    return _registered[name]


def registered() -> list[Consumer]:
    """Return every consumer, by name."""
    return [_registered[name] for name in sorted(_registered)]
