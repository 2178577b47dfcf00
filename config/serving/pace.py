"""How long a client is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How long a client is waited for: `grace` seconds, and one more for each `rate` bytes.

    `longest` bounds the seconds of waiting over a whole transfer. `head` is how long the head of
    a request may take in all, from the connection on or from its first byte.
    """

    grace: float = 30.0
    rate: float = 8 * 1024
    longest: float = 6 * 3600.0
    head: float = 15.0

    def left(self, waited: float, transferred: int) -> float:
        """Return for how many seconds more a client is waited for."""
        return min(self.longest, self.grace + transferred / self.rate) - waited
