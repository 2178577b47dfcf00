"""How much may change before somebody has to look at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_WRITTEN = re.compile(r"(\d{1,9})\s+(\d{1,3})\s?%")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many, or such a share (in percent) of all there are, whichever is more."""

    number: int
    percent: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "5 2%". Raises ValueError."""
        written = _WRITTEN.fullmatch(text.strip())
        if written is None or int(written[2]) > 100:
            raise ValueError("expected a number and a percentage")
        return cls(int(written[1]), int(written[2]))

    def of(self, total: int) -> int:
        """Return how many of `total` may change by themselves."""
        return max(self.number, total * self.percent // 100)
