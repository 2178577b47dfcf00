"""Groups within groups: who is in a group in the end, and by which way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from directory.ldap.snapshot import Snapshot
from directory.models import DirectorySource, GroupEdge, GroupMember, GroupRule

G = TypeVar("G", bound=Hashable)
P = TypeVar("P", bound=Hashable)
Path = tuple[str, ...]
"""Names of groups, from the one that a rule names down to the one that lists the person."""


@dataclass(slots=True)
class Graph(Generic[G, P]):
    """For each group its name, the groups and the people that it lists itself."""

    names: dict[G, str] = field(default_factory=dict)
    groups: dict[G, set[G]] = field(default_factory=dict)
    people: dict[G, set[P]] = field(default_factory=dict)

    def members(self, group: G, *, nested: bool = True) -> dict[P, Path]:
        """Return who is in `group`, each with the shortest way; a cycle is walked once."""
        if group not in self.names:
            return {}
        found: dict[P, Path] = {}
        seen = {group}
        level: list[tuple[Path, G]] = [((self.names[group],), group)]
        while level:
            below: list[tuple[Path, G]] = []
            for path, current in level:
                for person in self.people.get(current, ()):
                    found.setdefault(person, path)
                if not nested:
                    continue
                for child in self.groups.get(current, ()):
                    if child not in seen and child in self.names:
                        seen.add(child)
                        below.append(((*path, self.names[child]), child))
            # By name, so that of two ways of one length the same is taken every time.
            level = sorted(below, key=lambda item: (item[0], str(item[1])))
        return found


def below(groups: Iterable[G], edges: Iterable[tuple[G, G]]) -> set[G]:
    """Return `groups` and all that lie below them by `edges`, each a parent and its child."""
    children: dict[G, list[G]] = {}
    for parent, child in edges:
        children.setdefault(parent, []).append(child)
    found: set[G] = set()
    waiting = list(groups)
    while waiting:
        if (group := waiting.pop()) not in found:
            found.add(group)
            waiting += children.get(group, [])
    return found


@dataclass(frozen=True, slots=True)
class Rule(Generic[G]):
    """Who is in `group` is in the access group with that id."""

    group: G
    access_group: int
    nested: bool


def effective(graph: Graph[G, P], rules: Iterable[Rule[G]]) -> dict[tuple[int, P], Path]:
    """Return who is in which access group by `rules`, with the shortest way of all rules."""
    result: dict[tuple[int, P], Path] = {}
    for rule in rules:
        for person, path in graph.members(rule.group, nested=rule.nested).items():
            key = (rule.access_group, person)
            known = result.get(key)
            if known is None or (len(path), path) < (len(known), known):
                result[key] = path
    return result


def of_snapshot(snapshot: Snapshot) -> Graph:
    """Return the graph of what was just read, by external identifiers."""
    return Graph(
        names={key: group.name for key, group in snapshot.groups.items()},
        groups={key: group.groups for key, group in snapshot.groups.items()},
        people={key: group.people for key, group in snapshot.groups.items()},
    )


def stored(source: DirectorySource, *, person: int | None = None) -> Graph:
    """Return the graph as last read into the database, by external identifiers.

    With `person` (a primary key), the only one whose memberships are loaded.
    """
    graph: Graph = Graph()
    for key, name in source.groups.filter(gone_at=None).values_list("external_id", "name"):
        graph.names[key] = name
    for parent, child in GroupEdge.objects.filter(parent__source=source).values_list(
        "parent__external_id", "child__external_id"
    ):
        graph.groups.setdefault(parent, set()).add(child)
    members = GroupMember.objects.filter(group__source=source)
    if person is not None:
        members = members.filter(person_id=person)
    for group, member in members.values_list("group__external_id", "person__external_id"):
        graph.people.setdefault(group, set()).add(member)
    return graph


def rules_of(source: DirectorySource) -> list[Rule]:
    """Return the rules on groups of `source`, by external identifiers."""
    return [
        Rule(group, access_group, nested)
        for group, access_group, nested in GroupRule.objects.filter(dir_group__source=source)
        .order_by("pk")
        .values_list("dir_group__external_id", "access_group_id", "nested")
    ]
