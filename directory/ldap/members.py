"""Whom a group lists, which may come in parts, and may be hidden."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

from .connection import Connection
from .errors import IncompleteRead, UnusableEntry
from .faults import MEMBERS_HIDDEN
from .schemas import CLASS_LISTING_BY, Attributes, Schema

_T = TypeVar("_T")
_RANGE = re.compile(r"^(?P<name>.+);range=(?P<low>\d+)-(?P<high>\d+|\*)$")


@dataclass(frozen=True, slots=True)
class Members:
    """Whom a group lists, as they are spelled: entries by `names` (DN), people by `logins`."""

    names: Sequence[str]
    logins: Sequence[str] = ()


def members_of(connection: Connection, dn: str, attributes: Attributes) -> Members:
    """Return whom a group lists. Raises UnusableEntry.

    Where it lists nobody by login, that may be hidden all the same: see `may_hide`.
    """
    schema = connection.config.schema
    found: dict[str, list[str]] = {}
    for name in (*schema.member_attributes, *schema.member_login_attributes):
        try:
            found[name.lower()] = list(_values(connection, dn, attributes, name))
        except UnicodeDecodeError as error:
            raise UnusableEntry(
                f"A member of {dn} cannot be read.", "members_unreadable"
            ) from error
    classes = _classes(attributes)
    if any(of in classes and not found[name] for of, name in schema.never_empty):
        raise hidden(dn)
    return Members(
        [value for name in schema.member_attributes for value in found[name.lower()]],
        [value for name in schema.member_login_attributes for value in found[name.lower()]],
    )


def hidden(dn: str) -> UnusableEntry:
    """Return the error of a group whose members are not shown."""
    return UnusableEntry(f"The group {dn} was shown without its members.", MEMBERS_HIDDEN)


def may_hide(schema: Schema, attributes: Attributes) -> Iterator[str]:
    """Yield the attributes of logins that a group is shown without, and might have.

    Whether it has none the server tells by `without`.
    """
    classes = _classes(attributes)
    for name in schema.member_login_attributes:
        of = CLASS_LISTING_BY.get(name.lower(), "").lower()
        if not is_shown(attributes, name) and (not of or of in classes):
            yield name


def is_shown(attributes: Attributes, name: str) -> bool:
    """Tell whether an entry is shown with values of `name`, in parts or not."""
    return any(
        values and key.partition(";")[0] == name.lower() for key, values in attributes.items()
    )


def without(schema: Schema, attribute: str) -> str:
    """Return the filter of the groups that have no `attribute`.

    A server finds none by it that hides the attribute from who asks: it is undefined there.
    """
    return f"(&{schema.group_filter}(!({attribute}=*)))"


def hiding(
    connection: Connection,
    bare: Mapping[str, Set[_T]],
    told_by: Callable[[str, Attributes], _T | None],
) -> set[_T]:
    """Return of `bare`, groups by an attribute that they are shown without, who may have it.

    `told_by`: what stands for a group there, of its DN and an entry with the identifier alone.
    Raises DirectoryError.
    """
    schema = connection.config.schema
    found: set[_T] = set()
    for name, groups in bare.items():
        empty = connection.search_paged(without(schema, name), [schema.id_attribute])
        found |= groups - {told_by(dn, attributes) for dn, attributes in empty}
    return found


def _classes(attributes: Attributes) -> set[str]:
    return {value.decode(errors="replace").lower() for value in attributes.get("objectclass", ())}


def _values(connection: Connection, dn: str, attributes: Attributes, name: str) -> Iterator[str]:
    """Yield the values of `name`, asking for further ranges where they come in parts."""
    values, following = values_in_ranges(attributes, name)
    yield from values
    while following is not None:
        entry = connection.read(dn, [f"{name};range={following}-*"])
        if entry is None:
            raise IncompleteRead(f"The group {dn} vanished while its members were read.")
        values, following = values_in_ranges(entry, name)
        yield from values


def values_in_ranges(attributes: Attributes, name: str) -> tuple[list[str], int | None]:
    """Return the values of `name` in an answer, and where the next range begins.

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
