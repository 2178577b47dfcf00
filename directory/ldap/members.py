"""Whom a group lists, which may come in parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .connection import Connection
from .errors import IncompleteRead, UnusableEntry
from .faults import MEMBERS_HIDDEN
from .schemas import Attributes

_RANGE = re.compile(r"^(?P<name>.+);range=(?P<low>\d+)-(?P<high>\d+|\*)$")


def members_of(connection: Connection, dn: str, attributes: Attributes) -> list[str]:
    """Return the DNs that a group lists, as they are spelled. Raises UnusableEntry."""
    try:
        names = list(_members(connection, dn, attributes))
    except UnicodeDecodeError as error:
        raise UnusableEntry(f"A member of {dn} cannot be read.", "members_unreadable") from error
    classes = {
        value.decode(errors="replace").lower() for value in attributes.get("objectclass", ())
    }
    if not names and classes & connection.config.schema.never_empty:
        raise UnusableEntry(f"The group {dn} was shown without its members.", MEMBERS_HIDDEN)
    return names


def _members(connection: Connection, dn: str, attributes: Attributes) -> Iterator[str]:
    """Yield the DNs that a group lists, asking for further ranges where they come in parts."""
    for name in connection.config.schema.member_attributes:
        values, following = values_in_ranges(attributes, name)
        yield from values
        while following is not None:
            entry = connection.read(dn, [f"{name};range={following}-*"])
            if entry is None:
                raise IncompleteRead(f"The group {dn} vanished while its members were read.")
            values, following = values_in_ranges(entry, name)
            yield from values


def values_in_ranges(attributes: Attributes, name: str) -> tuple[list[str], int | None]:
    """Return the DNs of `name` in an answer, and where the next range begins.

    Active Directory gives a long attribute in parts, called "member;range=0-1499"; the last
    one is "member;range=1500-*".
    """
    values = [value.decode() for value in attributes.get(name.lower(), ())]
    following: int | None = None
    for key in attributes:
        if (match := _RANGE.match(key)) and match["name"] == name.lower():
            values += [value.decode() for value in attributes[key]]
            following = None if match["high"] == "*" else int(match["high"]) + 1
    return values, following
