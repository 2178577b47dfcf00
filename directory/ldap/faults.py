"""Entries of a directory that cannot be used."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final, Literal

MEMBERS_HIDDEN: Final = "members_hidden"
MEMBER_SHARED: Final = "member_shared"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """An entry and why it cannot be used, a code.

    `external_id` is None where it cannot be told whose entry it is; `disabled`: it says so. Of
    the kind "member" is a group that can be used, but for one whom it lists.
    """

    dn: str
    why: str
    kind: Literal["person", "group", "member"] = "person"
    external_id: uuid.UUID | None = None
    disabled: bool = False

    def data(self) -> dict[str, object]:
        """Return it as kept with the run and in the journal."""
        return {"name": self.dn[:500], "why": self.why}
