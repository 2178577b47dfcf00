"""Entries of a directory that cannot be used."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final, Literal

MEMBERS_HIDDEN: Final = "members_hidden"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """An entry and why it cannot be used, a code.

    `external_id` is None where it cannot be told whose entry it is; `disabled`: it says so.
    """

    dn: str
    why: str
    kind: Literal["person", "group"] = "person"
    external_id: uuid.UUID | None = None
    disabled: bool = False

    def data(self) -> dict[str, object]:
        """Return it as kept with the run and in the journal."""
        return {"name": self.dn[:500], "why": self.why}
