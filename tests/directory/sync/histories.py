"""A history of changes by chance, and what a server says of them to a reading of our own."""

from __future__ import annotations

import random
import time
import uuid
from contextlib import suppress

import ldap

from directory.models import DirGroup, Person
from tests.servers.branch import PASSWORD, Branch

_LISTED_ALREADY = (ldap.TYPE_OR_VALUE_EXISTS, ldap.ALREADY_EXISTS)

Told = tuple[dict[uuid.UUID, str], dict[uuid.UUID, set[uuid.UUID]]]
"""Family names of those whose account is open, and who is in which group, by identifiers."""


def told_by_the_server(branch: Branch) -> Told:
    schema = branch.server.dialect.schema
    with branch.server.admin() as connection:
        found = connection.search_s(branch.base, ldap.SCOPE_SUBTREE, attrlist=["*", "+"])
    entries = {
        dn.lower(): {name.lower(): values for name, values in attributes.items()}
        for dn, attributes in found
        if dn is not None and "ou=" not in dn.lower().partition(",")[0]
    }
    known = {
        dn: schema.parse_id(entry[schema.id_attribute.lower()][0]) for dn, entry in entries.items()
    }
    people, groups = {}, {}
    [(closing, closed)] = branch.server.dialect.disabling.items()
    for dn, entry in entries.items():
        if "sn" not in entry:
            members = {value.decode().lower() for value in entry.get("member", ())}
            groups[known[dn]] = {known[member] for member in members & known.keys()}
        elif entry.get(closing.lower()) != [closed.encode()]:
            people[known[dn]] = entry["sn"][0].decode()
    return people, groups


def kept_here() -> Told:
    people = Person.objects.filter(user__is_active=True)
    groups: dict[uuid.UUID, set[uuid.UUID]] = {}
    for group in DirGroup.objects.filter(gone_at=None):
        groups[group.external_id] = {
            *group.members.values_list("person__external_id", flat=True),
            *group.child_edges.values_list("child__external_id", flat=True),
        }
    return dict(people.values_list("external_id", "family_name")), groups


class History:
    """Changes by chance, each as an administrator makes them."""

    def __init__(self, branch: Branch, seed: int) -> None:
        self.branch, self.chance = branch, random.Random(seed)
        self.people: list[str] = []
        self.groups: list[str] = []
        self.closed: set[str] = set()
        self.members: dict[str, set[str]] = {}

    def step(self) -> None:
        able = [self.new_person]
        if self.people:
            able += [self.new_group, self.rename, self.close, self.open]
        if self.groups:
            able += [self.join, self.join, self.leave, self.nest]
        if len(self.people) > 8:
            able.append(self.delete)
        self.chance.choice(able)()

    def new_person(self) -> None:
        login = f"p{len(self.people)}.{self.chance.randrange(10**6)}"
        self.people.append(self.branch.add_person(login))

    def new_group(self) -> None:
        name, first = f"g{len(self.groups)} {self.chance.randrange(10**6)}", self.person()
        self.branch.add_group(name, first)
        self.groups.append(name)
        self.members[name] = {first}

    def person(self) -> str:
        return self.chance.choice(self.people)

    def rename(self) -> None:
        self.branch.modify(self.person(), sn=f"Nom {self.chance.randrange(100)}")

    def close(self) -> None:
        dn = self.person()
        self.branch.disable(dn)
        self.closed.add(dn)

    def open(self) -> None:
        if self.closed:
            self.branch.enable(self.closed.pop())

    def join(self) -> None:
        name, dn = self.chance.choice(self.groups), self.person()
        if dn not in self.members[name]:
            self.branch.join(name, dn)
            self.members[name].add(dn)

    def nest(self) -> None:
        outer, inner = self.chance.choice(self.groups), self.chance.choice(self.groups)
        dn = self.branch.group_dn(inner)
        if outer != inner and dn not in self.members[outer]:
            self.branch.join(outer, dn)
            self.members[outer].add(dn)

    def leave(self) -> None:
        name = self.chance.choice(self.groups)
        if len(self.members[name]) > 1:
            dn = self.chance.choice(sorted(self.members[name]))
            self.branch.leave(name, dn)
            self.members[name].remove(dn)

    def delete(self) -> None:
        dn = self.person()
        if any(members == {dn} for members in self.members.values()):
            return  # a group keeps a member
        self.branch.delete(dn)
        self.people.remove(dn)
        self.closed.discard(dn)
        for members in self.members.values():
            members.discard(dn)


class Upheaval:
    """Changes by chance after which nothing is called as it was: names, places, identifiers.

    What there is is asked of the server each time.
    """

    def __init__(self, branch: Branch, seed: int) -> None:
        self.branch, self.chance, self.number = branch, random.Random(seed), 0
        self.naming = branch.server.dialect.naming
        self.places = [branch.people, f"ou=elsewhere,{branch.base}"]
        branch.add(self.places[1], objectClass="organizationalUnit")
        for _ in range(10):
            self.new_person()
        for _ in range(4):
            self.new_group()

    def step(self) -> None:
        able = [self.new_person, self.new_group, self.rename_person, self.recycle, self.delete]
        able += [self.rename_group, self.begin_group_anew, self.refill, self.nest, self.nest]
        able += [self.join, self.join, self.leave, self.close, self.open]
        self.chance.choice(able)()

    def called(self, beginning: str) -> str:
        self.number += 1
        return f"{beginning}{self.number}.{self.chance.randrange(10**6)}"

    def people(self) -> list[str]:
        return list(self._find(self.branch.server.dialect.schema.people_filter))

    def person(self) -> str:
        return self.chance.choice(self.people())

    def groups(self) -> dict[str, list[str]]:
        return self._find(self.branch.server.dialect.schema.group_filter)

    def new_person(self, login: str = "", place: str = "") -> None:
        login = login or self.called("p")
        own = dict(self.branch.server.dialect.person(login, login.title(), PASSWORD))
        dn = f"{self.naming}={login},{place or self.chance.choice(self.places)}"
        self.branch.add(dn, **own)

    def rename_person(self) -> None:
        dn = self.person()
        self.branch.rename(dn, f"{self.naming}={self.called('r')}", self.chance.choice(self.places))
        self._wait_until_unnamed(dn)

    def delete(self) -> str:
        """Delete somebody, but for the last one of a group, and return the name."""
        alone = [members[0].lower() for members in self.groups().values() if len(members) == 1]
        dn = self.chance.choice([dn for dn in self.people() if dn.lower() not in alone])
        self.branch.delete(dn)
        self._wait_until_unnamed(dn)
        return dn

    def recycle(self) -> None:
        rdn, _, place = self.delete().partition(",")
        self.new_person(rdn.partition("=")[2], place)

    def close(self) -> None:
        self.branch.disable(self.person())

    def open(self) -> None:
        self.branch.enable(self.person())

    def new_group(self) -> None:
        self.branch.add_group(self.called("g"), *self.chance.sample(self.people(), 4))

    def rename_group(self) -> None:
        dn = self.chance.choice(list(self.groups()))
        self.branch.rename(dn, f"cn={self.called('h')}", self.chance.choice(self.places))
        self._wait_until_unnamed(dn)

    def begin_group_anew(self) -> None:
        dn, members = self.chance.choice(list(self.groups().items()))
        self.branch.delete(dn)
        there = {name.lower() for name in self.people()}
        kept = [name for name in members if name.lower() in there] or [self.person()]
        own = dict(self.branch.server.dialect.group(dn.partition(",")[0].partition("=")[2]))
        self.branch.add(dn, **(own | {"member": kept}))

    def refill(self) -> None:
        dn = self.chance.choice(list(self.groups()))
        self.branch.modify(dn, member=self.chance.sample(self.people(), 3))

    def nest(self) -> None:
        outer, inner = self.chance.sample(list(self.groups()), 2)
        self._change(ldap.MOD_ADD, outer, inner)

    def join(self) -> None:
        dn = self.person()
        spelled = self.chance.choice([dn, dn.upper(), dn.replace(",", ", ")])
        self._change(ldap.MOD_ADD, self.chance.choice(list(self.groups())), spelled)

    def leave(self) -> None:
        dn, members = self.chance.choice(list(self.groups().items()))
        if len(members) > 1:
            self._change(ldap.MOD_DELETE, dn, self.chance.choice(members))

    def _find(self, filterstr: str) -> dict[str, list[str]]:
        """Return whom the entries list, by their names."""
        with self.branch.server.admin() as server:
            found = server.search_s(self.branch.base, ldap.SCOPE_SUBTREE, filterstr, ["member"])
        return {
            dn: [value.decode() for value in attributes.get("member", ())]
            for dn, attributes in found
            if dn is not None
        }

    def _change(self, how: int, dn: str, member: str) -> None:
        with self.branch.server.admin() as server, suppress(*_LISTED_ALREADY):
            server.modify_s(dn, [(how, "member", [member.encode()])])

    def _wait_until_unnamed(self, dn: str) -> None:
        """Wait for the server's referential integrity, which tidies up after it has answered."""
        deadline = time.monotonic() + 120
        while any(
            dn.lower() in map(str.lower, members)
            for members in self.groups().values()
            if len(members) > 1
        ):
            if time.monotonic() > deadline:
                raise TimeoutError(f"a group still names {dn}")
            time.sleep(0.02)
