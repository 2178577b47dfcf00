"""The people and groups of a directory at one moment, read whole or not at all."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import ldap.dn
import ldap.filter

from directory.outside import is_text

from .connection import Connection
from .errors import IncompleteRead, UnusableEntry
from .faults import MEMBERS_HIDDEN, Fault
from .schemas import Attributes, Schema, first

_LONGEST_POSITION: Final = 300  # SyncRun.position
_RANGE = re.compile(r"^(?P<name>.+);range=(?P<low>\d+)-(?P<high>\d+|\*)$")


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person as the directory has it. `disabled`: it says so itself.

    `password_mark` is another one after each change of the password, "" where it is not shown.
    """

    external_id: uuid.UUID
    dn: str
    login: str
    display_name: str
    given_name: str
    family_name: str
    mail: str
    phone: str
    title: str
    language: str
    disabled: bool
    password_mark: str = ""


@dataclass(slots=True)
class GroupEntry:
    """A group as the directory has it: the people and groups that it lists itself.

    `elsewhere` counts members that are neither a person nor a group that was read.
    """

    external_id: uuid.UUID
    dn: str
    name: str
    description: str
    people: set[uuid.UUID] = field(default_factory=set)
    groups: set[uuid.UUID] = field(default_factory=set)
    elsewhere: int = 0


@dataclass(slots=True)
class Snapshot:
    """All people and groups below the base, by immutable identifier.

    `faults`: entries that could not be used; `unknown`: people of whom nothing is known
    because of them (see `faults.keep_unknown`).
    """

    people: dict[uuid.UUID, PersonEntry]
    groups: dict[uuid.UUID, GroupEntry]
    position: str = ""
    faults: list[Fault] = field(default_factory=list)
    unknown: set[uuid.UUID] = field(default_factory=set)


def position(connection: Connection) -> str:
    """Return how far the directory has come, "" where it does not tell.

    Two equal answers mean that nothing was written in between. Raises DirectoryError.
    """
    return kept_form(_position(connection))


def kept_form(position: str) -> str:
    """Return `position`, or its hash where many servers make it longer than is kept with a run."""
    if len(position) <= _LONGEST_POSITION:
        return position
    return hashlib.sha256(position.encode()).hexdigest()


def _position(connection: Connection) -> str:
    match connection.config.schema.name:
        case "openldap":
            entry = connection.base(connection.config.base_dn, ["contextCSN"]) or {}
            return " ".join(sorted(v.decode() for v in entry.get("contextcsn", ())))
        case "ad":
            entry = connection.base("", ["highestCommittedUSN", "dnsHostName"]) or {}
            return f"{first(entry, 'dnshostname')} {first(entry, 'highestcommittedusn')}".strip()
        case "389ds":
            entry = connection.base("", ["lastusn"]) or {}
            return " ".join(sorted(v.decode() for v in entry.get("lastusn", ())))
    return ""


def read(connection: Connection) -> Snapshot:
    """Read everything. Raises DirectoryError, and IncompleteRead where something must be hidden.

    An entry that cannot be used is left out, and told in `faults`.
    """
    schema, config = connection.config.schema, connection.config
    now = position(connection)
    for canary in filter(None, (config.base_dn, config.canary_dn)):
        if connection.base(canary, ["objectClass"]) is None:
            raise IncompleteRead(f"The entry {canary}, which is always there, was not shown.")
    people: dict[uuid.UUID, PersonEntry] = {}
    by_dn: dict[str, uuid.UUID] = {}
    by_primary_group: dict[str, set[uuid.UUID]] = {}
    faults: list[Fault] = []
    for dn, attributes in connection.all(schema.people_filter, person_attributes(schema)):
        try:
            person = person_entry(schema, dn, attributes)
        except UnusableEntry as error:
            fault = _fault_of_person(schema, dn, attributes, error.why)
            faults.append(fault)
            if fault.external_id is not None:
                by_dn[normalised(dn)] = fault.external_id
            continue
        people[person.external_id] = person
        by_dn[normalised(dn)] = person.external_id
        if schema.has_primary_group and (rid := first(attributes, "primarygroupid")):
            by_primary_group.setdefault(rid, set()).add(person.external_id)
    if not people:
        raise IncompleteRead("The directory showed nobody at all.")
    groups, members = _groups(connection, by_primary_group, faults)
    groups_by_dn = {normalised(group.dn): group.external_id for group in groups.values()}
    for group_id, names in members.items():
        group = groups[group_id]
        for name in names:
            if (key := by_dn.get(name)) is not None:
                group.people.add(key)
            elif (key := groups_by_dn.get(name)) is not None:
                group.groups.add(key)
            else:
                group.elsewhere += 1
    return Snapshot(people, groups, now, faults)


def find_person(connection: Connection, login: str) -> list[PersonEntry]:
    """Return who signs in as `login`: one, none, or several where the directory is at odds."""
    schema = connection.config.schema
    return [
        person_entry(schema, dn, attributes)
        for dn, attributes in connection.few(schema.login_filter(login), person_attributes(schema))
    ]


def groups_of(connection: Connection, dn: str) -> set[uuid.UUID]:
    """Return the identifiers of the groups that list the entry `dn` itself."""
    schema = connection.config.schema
    value = ldap.filter.escape_filter_chars(dn)
    either = "".join(f"({name}={value})" for name in schema.member_attributes)
    found = connection.few(f"(&{schema.group_filter}(|{either}))", [schema.id_attribute])
    known = (_identifier_or_none(schema, name, attributes) for name, attributes in found)
    return {identifier for identifier in known if identifier is not None}


def still_there(connection: Connection, text: str, ids: Iterable[uuid.UUID]) -> Iterator[uuid.UUID]:
    """Yield those of `ids` that the server finds when it is asked for them by name.

    `text` is the filter that they were missing from.
    """
    schema, wanted = connection.config.schema, sorted(ids)
    for start in range(0, len(wanted), 50):
        some = schema.id_filter(wanted[start : start + 50])
        for dn, attributes in connection.few(f"(&{text}{some})", [schema.id_attribute]):
            if (identifier := _identifier_or_none(schema, dn, attributes)) is not None:
                yield identifier


def person_attributes(schema: Schema) -> list[str]:
    """Return the attributes that are read of a person."""
    return [
        schema.id_attribute,
        *schema.login_attributes,
        *schema.status_attributes,
        *schema.password_attributes,
        *schema.phone_attributes,
        "cn",
        "displayName",
        "givenName",
        "sn",
        "mail",
        "title",
        "preferredLanguage",
    ]


def person_entry(schema: Schema, dn: str, attributes: Attributes) -> PersonEntry:
    """Understand the entry of a person. Raises UnusableEntry where it cannot be told who."""
    identifier = _identifier(schema, dn, attributes)
    login = _login(schema.login_attributes[0], dn, attributes)
    given, family = first(attributes, "givenname"), first(attributes, "sn")
    name = first(attributes, "displayname") or f"{given} {family}".strip()
    mail = first(attributes, "mail")
    language = first(attributes, "preferredlanguage")[:2].lower()
    return PersonEntry(
        external_id=identifier,
        dn=dn,
        login=login.lower()[:150],
        display_name=(name or first(attributes, "cn") or login)[:200],
        given_name=given[:100],
        family_name=family[:100],
        mail=mail if "@" in mail and len(mail) <= 254 else "",
        phone=first(attributes, *schema.phone_attributes)[:50],
        title=first(attributes, "title")[:200],
        language=language if language in ("fr", "en") else "",
        disabled=schema.disabled(attributes),
        password_mark=first(attributes, *(n.lower() for n in schema.password_attributes))[:64],
    )


def _login(name: str, dn: str, attributes: Attributes) -> str:
    """Return the first value of `name` that somebody can type. Raises UnusableEntry."""
    values = attributes.get(name.lower(), ())
    why = "login_missing"
    for value in values:
        try:
            text = value.decode().strip()
        except UnicodeDecodeError:
            why = "login_unreadable"
            continue
        if text and is_text(text) and not set(text) & set("\t\r\n"):
            return text
        why = "login_unreadable" if text else "login_blank"
    raise UnusableEntry(f"The entry {dn} has no {name} that can be used.", why)


def _fault_of_person(schema: Schema, dn: str, attributes: Attributes, why: str) -> Fault:
    try:
        disabled = schema.disabled(attributes)
    except UnusableEntry:
        disabled = False
    identifier = _identifier_or_none(schema, dn, attributes)
    return Fault(dn, why, "person", identifier, disabled)


def normalised(dn: str) -> str:
    """Return a form of `dn` in which two spellings of one name are equal."""
    if "\\" in dn or '"' in dn or "+" in dn or ", " in dn or " ," in dn or "= " in dn:
        try:
            parts = ldap.dn.str2dn(dn)
        except ldap.DECODING_ERROR:
            return dn.lower()
        return ",".join(
            "+".join(sorted(f"{kind}={ldap.dn.escape_dn_chars(value)}" for kind, value, _ in rdn))
            for rdn in parts
        ).lower()
    return dn.lower()


def _groups(
    connection: Connection,
    by_primary_group: dict[str, set[uuid.UUID]],
    faults: list[Fault],
) -> tuple[dict[uuid.UUID, GroupEntry], dict[uuid.UUID, list[str]]]:
    """Read the groups, and the normalised DNs that each lists."""
    schema = connection.config.schema
    wanted = [schema.id_attribute, "objectClass", "cn", "description", *schema.member_attributes]
    if schema.has_primary_group:
        wanted.append("objectSid")
    groups: dict[uuid.UUID, GroupEntry] = {}
    members: dict[uuid.UUID, list[str]] = {}
    for dn, attributes in connection.all(schema.group_filter, wanted):
        try:
            entry = _group_entry(schema, dn, attributes)
            names = _members_of(connection, dn, attributes)
        except UnusableEntry as error:
            identifier = _identifier_or_none(schema, dn, attributes)
            faults.append(Fault(dn, error.why, "group", identifier))
            continue
        if sid := attributes.get("objectsid"):
            rid = str(int.from_bytes(sid[0][-4:], "little"))
            entry.people |= by_primary_group.get(rid, set())
        groups[entry.external_id] = entry
        members[entry.external_id] = names
    return groups, members


def _group_entry(schema: Schema, dn: str, attributes: Attributes) -> GroupEntry:
    """Understand the entry of a group, but for its members. Raises UnusableEntry."""
    return GroupEntry(
        external_id=_identifier(schema, dn, attributes),
        dn=dn,
        name=(first(attributes, "cn") or dn)[:255],
        description=first(attributes, "description")[:500],
    )


def _members_of(connection: Connection, dn: str, attributes: Attributes) -> list[str]:
    """Return the normalised DNs that a group lists. Raises UnusableEntry."""
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
            entry = connection.base(dn, [f"{name};range={following}-*"])
            if entry is None:
                raise IncompleteRead(f"The group {dn} vanished while its members were read.")
            values, following = values_in_ranges(entry, name)
            yield from values


def values_in_ranges(attributes: Attributes, name: str) -> tuple[list[str], int | None]:
    """Return the normalised DNs of `name` in an answer, and where the next range begins.

    Active Directory gives a long attribute in parts, called "member;range=0-1499"; the last
    one is "member;range=1500-*".
    """
    values = [normalised(value.decode()) for value in attributes.get(name.lower(), ())]
    following: int | None = None
    for key in attributes:
        if (match := _RANGE.match(key)) and match["name"] == name.lower():
            values += [normalised(value.decode()) for value in attributes[key]]
            following = None if match["high"] == "*" else int(match["high"]) + 1
    return values, following


def _identifier(schema: Schema, dn: str, attributes: Attributes) -> uuid.UUID:
    for value in attributes.get(schema.id_attribute.lower(), ()):
        try:
            return schema.parse_id(value)
        except ValueError as error:
            raise UnusableEntry(f"{schema.id_attribute} of {dn} is not one.", "id") from error
    raise UnusableEntry(
        f"The entry {dn} was shown without {schema.id_attribute}: the reading account needs it.",
        "id",
    )


def _identifier_or_none(schema: Schema, dn: str, attributes: Attributes) -> uuid.UUID | None:
    try:
        return _identifier(schema, dn, attributes)
    except UnusableEntry:
        return None
