"""Which login each person gets, where several want one."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from directory.ldap.entries import PersonEntry


@dataclass(slots=True)
class Logins:
    """The login of each person of the directory, and of those who must give theirs up.

    `displaced`: accounts (by id) of people whom the directory has no more, and whose login
    somebody else now has.
    """

    wanted: dict[uuid.UUID, str] = field(default_factory=dict)
    displaced: dict[int, str] = field(default_factory=dict)


def suffixed(entry: PersonEntry, is_taken: Callable[[str], bool]) -> str:
    """Return a login for somebody whose own is another's: none that `is_taken`.

    It is the same each time, but where somebody else has that one, too.
    """
    identifier = entry.external_id.hex
    return _other(entry.login, [identifier[:8], identifier], is_taken)


def is_made_of(other: str, login: str) -> bool:
    """Tell whether `other` is given to somebody in place of `login`."""
    beginning, mark, ending = other.rpartition("~")
    return bool(mark) and beginning == _cut(login, ending)


def _cut(login: str, ending: str) -> str:
    return login[: 148 - len(ending)]


def _other(login: str, endings: Iterable[str], is_taken: Callable[[str], bool]) -> str:
    """Return `login` with the first of `endings` that leaves it free, or else with a number."""
    return next(
        found
        for ending in itertools.chain(endings, map(str, itertools.count(2)))
        if not is_taken(found := f"{_cut(login, ending)}~{ending}")
    )


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
        if login not in others:
            result.wanted[claimants.pop(0).external_id] = login
    taken = {*result.wanted.values(), *others}
    for entry in sorted(itertools.chain(*claims.values()), key=lambda entry: entry.external_id):
        login = suffixed(entry, taken.__contains__)
        result.wanted[entry.external_id] = login
        taken.add(login)
    left = {key: held for key, held in holders.items() if key not in result.wanted}
    kept = {login for _account, login in left.values()}
    for account, login in left.values():
        if login in taken:
            other = _other(login, [str(account)], lambda text: text in taken or text in kept)
            result.displaced[account] = other
            taken.add(other)
    return result
