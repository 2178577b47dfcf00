"""Who the members are that groups list, by the names of entries and by logins."""

from __future__ import annotations

import uuid

from .faults import MEMBER_SHARED, Fault
from .members import Members
from .names import found, normalised, normalised_login


class Listed:
    """The people and groups of a directory, by what groups list them by."""

    def __init__(self) -> None:
        self._names: dict[str, uuid.UUID] = {}
        self._logins: dict[str, uuid.UUID | None] = {}
        self._shared: set[str] = set()

    def add(self, dn: str, identifier: uuid.UUID | None, login: str = "") -> None:
        """Take an entry in; `identifier` is None where it cannot be told whose it is.

        A login that several entries have is nobody's.
        """
        if identifier is not None:
            self._names[normalised(dn)] = identifier
        if login:
            form = normalised_login(login)
            if form in self._logins:
                self._shared.add(form)
            self._logins[form] = identifier

    def sort(self, dn: str, members: Members) -> tuple[set[uuid.UUID], list[str], list[Fault]]:
        """Return who the `members` of the group `dn` are, those who are nobody here, and faults."""
        who: set[uuid.UUID] = set()
        elsewhere: list[str] = []
        for name in members.names:
            self._put(found(self._names, name), name, who, elsewhere)
        is_shared = False
        for login in members.logins:
            form = normalised_login(login)
            if form in self._shared:
                is_shared = True
            else:
                self._put(self._logins.get(form), login, who, elsewhere)
        return who, elsewhere, [Fault(dn, MEMBER_SHARED, "member")] if is_shared else []

    @staticmethod
    def _put(
        key: uuid.UUID | None, spelled: str, who: set[uuid.UUID], elsewhere: list[str]
    ) -> None:
        if key is None:
            elsewhere.append(spelled)
        else:
            who.add(key)
