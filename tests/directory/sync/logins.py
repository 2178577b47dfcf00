"""Groups that list people by their logins (posixGroup), as their administrator writes them."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from contextlib import suppress
from itertools import count

import ldap

from directory.models import DirGroup
from tests.servers.branch import PASSWORD, Branch

_numbers = count(1)


def add_posix_group(branch: Branch, name: str, *logins: str) -> str:
    """Add a group that lists `logins` and return its DN."""
    dn = branch.group_dn(name)
    listed = {"memberUid": list(logins)} if logins else {}
    branch.add(dn, objectClass="posixGroup", cn=name, gidNumber=str(next(_numbers)), **listed)
    return dn


def join(branch: Branch, name: str, *logins: str) -> None:
    """Put logins into a group."""
    _change(branch, ldap.MOD_ADD, name, logins)


def leave(branch: Branch, name: str, *logins: str) -> None:
    """Take logins out of a group, spelled as they are there."""
    _change(branch, ldap.MOD_DELETE, name, logins)


def _change(branch: Branch, how: int, name: str, logins: tuple[str, ...]) -> None:
    with branch.server.admin() as connection:
        values = [login.encode() for login in logins]
        connection.modify_s(branch.group_dn(name), [(how, "memberUid", values)])


def told_by_the_server(branch: Branch) -> dict[str, set[uuid.UUID]]:
    """Return who is in which group as the entries say, put together by this function alone."""
    schema = branch.server.dialect.schema
    with branch.server.admin() as connection:
        found = connection.search_s(branch.base, ldap.SCOPE_SUBTREE, attrlist=["*", "+"])
    entries = [
        (dn, {name.lower(): values for name, values in attributes.items()})
        for dn, attributes in found
        if dn is not None
    ]
    by_login = defaultdict(set)
    by_name = {}
    for dn, entry in entries:
        if "sn" in entry:
            person = schema.parse_id(entry[schema.id_attribute.lower()][0])
            by_login[entry["uid"][0].decode().lower()].add(person)
            by_name[dn.lower()] = person
    groups = {}
    for _dn, entry in entries:
        if "posixGroup" in map(bytes.decode, entry["objectclass"]):
            holders = [by_login[uid.decode().lower()] for uid in entry.get("memberuid", ())]
            groups[entry["cn"][0].decode()] = set().union(*(h for h in holders if len(h) == 1))
        elif "member" in entry:
            names = [value.decode().lower() for value in entry["member"]]
            groups[entry["cn"][0].decode()] = {by_name[name] for name in names if name in by_name}
    return groups


def kept_here() -> dict[str, set[uuid.UUID]]:
    """Return who is in which group as it is stored."""
    return {
        group.name: set(group.members.values_list("person__external_id", flat=True))
        for group in DirGroup.objects.filter(gone_at=None)
    }


class LoginHistory:
    """Changes by chance to who has which login, and to groups that list these."""

    def __init__(self, branch: Branch, seed: int) -> None:
        self.branch, self.chance = branch, random.Random(seed)
        self.elsewhere = f"ou=elsewhere,{branch.base}"
        branch.add(self.elsewhere, objectClass="organizationalUnit")
        self.logins = [f"p{number}" for number in range(8)]
        self.people = [self._add(login, branch.people) for login in self.logins[:6]]
        self.groups = ["posix a", "posix b", "posix c"]
        for name in self.groups:
            add_posix_group(branch, name, *self.chance.sample(self.logins, 3))

    def step(self) -> None:
        able = [self.join, self.join, self.leave, self.leave, self.refill, self.new_person]
        able += [self.rename, self.delete, self.touch]
        with suppress(ldap.ALREADY_EXISTS, ldap.TYPE_OR_VALUE_EXISTS, ldap.NO_SUCH_ATTRIBUTE):
            self.chance.choice(able)()

    def _add(self, login: str, place: str) -> str:
        dn = f"uid={login},{place}"
        self.branch.add(dn, **dict(self.branch.server.dialect.person(login, login, PASSWORD)))
        return dn

    def _spelled(self) -> str:
        login = self.chance.choice(self.logins)
        return self.chance.choice([login, login, login.upper()])

    def new_person(self) -> None:
        login = self.chance.choice(self.logins)
        place = self.chance.choice([self.branch.people, self.elsewhere])
        self.people.append(self._add(login, place))

    def rename(self) -> None:
        old = self.chance.choice(self.people)
        rdn, place = f"uid={self.chance.choice(self.logins)}", old.partition(",")[2]
        if f"{rdn},{place}" != old:
            self.branch.rename(old, rdn)
            self.people.remove(old)
            self.people.append(f"{rdn},{place}")

    def delete(self) -> None:
        if len(self.people) > 3:
            dn = self.chance.choice(self.people)
            self.branch.delete(dn)
            self.people.remove(dn)

    def touch(self) -> None:
        self.branch.modify(self.chance.choice(self.people), title=f"Agent {next(_numbers)}")

    def join(self) -> None:
        join(self.branch, self.chance.choice(self.groups), self._spelled())

    def leave(self) -> None:
        leave(self.branch, self.chance.choice(self.groups), self._spelled())

    def refill(self) -> None:
        listed = self.chance.sample(self.logins, self.chance.randrange(4))
        self.branch.modify(self.branch.group_dn(self.chance.choice(self.groups)), memberUid=listed)
