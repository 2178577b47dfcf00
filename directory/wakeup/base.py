"""The interface of a wake-up."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Listener(ABC):
    """Hears wake-ups from the moment it is made."""

    @abstractmethod
    def wait(self, seconds: float) -> bool:
        """Return true at a wake-up (at once where one came meanwhile), false after `seconds`.

        Never raises because the way is down: it then waits and answers false.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what the listener holds."""


class WakeUp(ABC):
    """A way to tell listeners in all processes that there is news."""

    @abstractmethod
    def notify(self) -> None:
        """Wake every listener. Raises OSError where it could not be sent."""

    @abstractmethod
    def listen(self) -> Listener:
        """Return a new listener."""
