"""Which login each person gets, where several want one."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from .snapshot import PersonEntry


@dataclass(slots=True)
class Logins:
    """The login of each person of the directory, and of those who must give theirs up.

    `displaced`: accounts (by id) of people whom the directory has no more, and whose login
    somebody else now has.
    """

    wanted: dict[uuid.UUID, str] = field(default_factory=dict)
    displaced: dict[int, str] = field(default_factory=dict)


def suffixed(entry: PersonEntry) -> str:
    """Return a login for somebody whose own is another's: it never changes, nor clashes."""
    return f"{entry.login[:140]}~{entry.external_id.hex[:8]}"


def allocate(
    people: Iterable[PersonEntry],
    *,
    holders: Mapping[uuid.UUID, tuple[int, str]],
    others: Collection[str],
) -> Logins:
    """Say who gets which login; the same input gives the same answer.

    `holders`: account id and login of everybody known of this directory; `others`: the logins
    of accounts that are not of it, which are never taken from them. Of two entries with one
    login an enabled one comes first, then the one that has it.
    """
    result = Logins()
    claims: dict[str, list[PersonEntry]] = {}
    for entry in people:
        claims.setdefault(entry.login, []).append(entry)
    for login, claimants in claims.items():
        claimants.sort(
            key=lambda entry: (
                entry.disabled,
                holders.get(entry.external_id, (0, ""))[1] != login,
                entry.external_id,
            )
        )
        for place, entry in enumerate(claimants):
            first = place == 0 and login not in others
            result.wanted[entry.external_id] = login if first else suffixed(entry)
    taken = set(result.wanted.values())
    for key, (account, login) in holders.items():
        if key not in result.wanted and login in taken:
            result.displaced[account] = f"{login[:120]}~{account}"
    return result
