"""When a reading is too surprising to be believed without somebody looking at it.

What the directory no longer shows may be gone, or hidden from the reading account by a
mistake; nobody can tell by machine. So a large loss is held until a named person approves.
What it says in so many words (a disabled account) needs no approval.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from directory.ldap.faults import MEMBERS_HIDDEN

from .diff import Diff
from .state import State

PEOPLE_AT_LEAST, PEOPLE_SHARE = 5, 0.02
MEMBERSHIPS_AT_LEAST, MEMBERSHIPS_SHARE = 50, 0.05
GROUP_AT_LEAST, GROUP_SHARE = 20, 0.5


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason to hold a run: a code, and the numbers that make it understood."""

    code: str
    number: int = 0
    limit: int = 0
    name: str = ""
    access_group: int | None = None

    def data(self) -> dict[str, Any]:
        """Return it as kept with the run."""
        return {
            "code": self.code,
            "number": self.number,
            "limit": self.limit,
            "name": self.name,
            "access_group": self.access_group,
        }


def reasons(diff: Diff, state: State) -> list[Hold]:
    """Return why `diff` is not to be applied by itself; none for an ordinary one."""
    holds: list[Hold] = []
    limit = max(PEOPLE_AT_LEAST, int(state.active * PEOPLE_SHARE))
    if len(diff.absent) > limit:
        holds.append(Hold("people_absent", len(diff.absent), limit))
    limit = max(PEOPLE_AT_LEAST, int(len(state.people) * PEOPLE_SHARE))
    if len(diff.reactivate) > limit:
        holds.append(Hold("people_reactivated", len(diff.reactivate), limit))
    limit = max(MEMBERSHIPS_AT_LEAST, int(len(state.memberships) * MEMBERSHIPS_SHARE))
    if len(diff.memberships.remove) > limit:
        holds.append(Hold("memberships_removed", len(diff.memberships.remove), limit))
    sizes = Counter(group for group, _ in state.memberships)
    for group, lost in sorted(Counter(group for group, _ in diff.memberships.remove).items()):
        if sizes[group] >= GROUP_AT_LEAST and lost > sizes[group] * GROUP_SHARE:
            holds.append(Hold("group_halved", lost, sizes[group], access_group=group))
    for key in sorted(diff.groups_gone):
        if state.groups[key].ruled:
            holds.append(Hold("ruled_group_gone", name=state.groups[key].fields[0]))
    hidden = sorted(
        state.groups[fault.external_id].fields[0]
        for fault in diff.faults
        if fault.why == MEMBERS_HIDDEN and fault.external_id in state.groups
    )
    if hidden:
        holds.append(Hold("members_hidden", len(hidden), name=hidden[0]))
    return holds
