"""Grants as they are shown: the same lines wherever somebody is told who has access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from directory.access import Grant, Level, level_of


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant: to whom, what and where.

    `place`: what its place is called, "" where its name is kept back; `here`: it stands on
    the place that is asked about; `keeps`: the level that its receiver has there by another
    one, where this one is about to end.
    """

    grant: Grant
    who: str
    level: Level
    place: str
    here: bool
    keeps: Level | None


def lines_of(
    grants: Iterable[Grant],
    places: Mapping[int, object],
    *,
    at: int | None = None,
    kept: Mapping[Grant, Level] = MappingProxyType({}),
) -> list[GrantLine]:
    """Return `grants`, fetched with what they are shown with, as lines in their order.

    `places`: the names of their scopes, by id; those that are left out are kept back. `at`:
    the scope that is asked about.
    """
    return [
        GrantLine(
            grant=grant,
            who=str(grant.receiver),
            level=level_of(grant),
            place=str(places.get(grant.content_object_id, "")),
            here=grant.content_object_id == at,
            keeps=kept.get(grant),
        )
        for grant in grants
    ]
