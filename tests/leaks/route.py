"""One line of the permission manifest: an address, and what each role gets there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import World

ROLES = (
    "anonymous",  # not signed in
    "stranger",  # signed in, in no group at all: an external contractor before any grant
    "outsider",  # of the organisation ("everyone"), and head of ANOTHER service
    "member",  # the next three: of the service whose things are asked for
    "contributor",
    "head",
    "it_admin",  # of the organisation, administers groups and grants, no service
)


def expect(default: int, **roles: int) -> dict[str, int]:
    """Return what each role gets: `default`, or what is named; anonymous people the door (302)."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {unknown}")
    return dict.fromkeys(ROLES, default) | {"anonymous": 302} | roles


@dataclass(frozen=True)
class Route:
    """An address of the site and the status that each role gets there.

    `name`: the view's name with its namespace ("documents:space"), or its pattern where it
    has no name. `url`: the address in the world of the test. `data`: form fields of a POST,
    or a function of the world that gives them. `headers`: e.g. {"HX-Request": "true"}.
    A role that gets 404 must also find no secret of the service in the answer's body; so
    must `outsider`, `stranger`, `it_admin` and `anonymous`, whatever the status.
    """

    name: str
    url: Callable[[World], str]
    expect: Mapping[str, int]
    method: str = "get"
    data: Mapping[str, Any] | Callable[[World], Mapping[str, Any]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.name}"
