"""What the entries of people and groups say, understood."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from directory.outside import is_text

from . import names
from .errors import UnusableEntry
from .faults import Fault
from .schemas import LONGEST_ADDRESS, PERSON_FIELDS, Attributes, Schema, first

_CN, _LANGUAGE = _MORE = ("cn", "preferredlanguage")
_fields_of: Callable[[PersonEntry], tuple[str, ...]] = attrgetter(*PERSON_FIELDS)


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person as the directory has it. `disabled`: it says so itself.

    `password_mark` is another one after each change of the password, "" where it is not shown;
    `dn_key` stands for the name of the entry, see `names.key`, and `login_key` for `listed_as`, by
    which groups list it that list logins ("" where none do).
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
    dn_key: str = ""
    listed_as: str = ""
    login_key: str = ""

    @property
    def listed_by(self) -> tuple[str, str]:
        """What stands for the name and for the login by which groups list it."""
        return self.dn_key, self.login_key

    @property
    def fields(self) -> tuple[str, ...]:
        """The values of `PERSON_FIELDS`."""
        return _fields_of(self)


@dataclass(slots=True)
class GroupEntry:
    """A group as the directory has it: the people and groups that it lists itself.

    `elsewhere`: members that are neither a person nor a group that was read, as they are spelled.
    """

    external_id: uuid.UUID
    dn: str
    name: str
    description: str
    people: set[uuid.UUID] = field(default_factory=set)
    groups: set[uuid.UUID] = field(default_factory=set)
    elsewhere: list[str] = field(default_factory=list)


def person_attributes(schema: Schema) -> list[str]:
    """Return the attributes that are read of a person, each once."""
    names = [
        schema.id_attribute,
        *_of_primary_group(schema),
        *schema.login_attributes,
        *([schema.listed_by] if schema.listed_by else []),
        *schema.status_attributes,
        *schema.password_attributes,
        *(name for field in schema.person for name in field.attributes),
        *_MORE,
    ]
    return list({name.lower(): name for name in names}.values())


def telling_attributes(schema: Schema) -> frozenset[str]:
    """Return the attributes that tell of a person what may be missing, in lower case."""
    statuses = map(str.lower, schema.status_attributes)
    return frozenset(statuses).union(*(field.attributes for field in schema.person))


def group_attributes(schema: Schema) -> list[str]:
    """Return the attributes that are read of a group."""
    return [
        schema.id_attribute,
        "objectClass",
        _CN,
        "description",
        *schema.member_attributes,
        *schema.member_login_attributes,
        *_of_primary_group(schema),
    ]


def _of_primary_group(schema: Schema) -> list[str]:
    return ["objectSid"] if schema.has_primary_group else []


def person_entry(schema: Schema, dn: str, attributes: Attributes) -> PersonEntry:
    """Understand the entry of a person. Raises UnusableEntry where it cannot be told who."""
    identifier = _identifier(schema, dn, attributes)
    login = _login(schema.login_attributes[0], dn, attributes)
    listed_as = _login(schema.listed_by, dn, attributes) if schema.listed_by else ""
    said = {field.name: first(attributes, *field.attributes) for field in schema.person}
    whole = f"{said['given_name']} {said['family_name']}".strip()
    said["display_name"] = said["display_name"] or whole or first(attributes, _CN) or login
    if "@" not in said["mail"] or len(said["mail"]) > LONGEST_ADDRESS:
        said["mail"] = ""  # cut, it would be another one
    language = first(attributes, _LANGUAGE)[:2].lower()
    return PersonEntry(
        external_id=identifier,
        dn=dn,
        login=login.lower()[:150],
        **{field.name: said[field.name][: field.longest] for field in schema.person},
        language=language if language in ("fr", "en") else "",
        disabled=schema.disabled(attributes),
        password_mark=first(attributes, *(n.lower() for n in schema.password_attributes))[:64],
        dn_key=names.key(dn),
        listed_as=listed_as,
        login_key=names.login_key(listed_as) if listed_as else "",
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


def listed_as(schema: Schema, dn: str, attributes: Attributes) -> str:
    """Return the login by which groups may list somebody, "" where none do or it is not told."""
    try:
        return _login(schema.listed_by, dn, attributes) if schema.listed_by else ""
    except UnusableEntry:
        return ""


def fault_of_person(schema: Schema, dn: str, attributes: Attributes, why: str) -> Fault:
    """Return why the entry of a person cannot be used, and what it says all the same."""
    try:
        disabled = schema.disabled(attributes)
    except UnusableEntry:
        disabled = False
    identifier = identifier_or_none(schema, dn, attributes)
    return Fault(dn, why, "person", identifier, disabled)


def group_entry(schema: Schema, dn: str, attributes: Attributes) -> GroupEntry:
    """Understand the entry of a group, but for its members. Raises UnusableEntry."""
    return GroupEntry(
        external_id=_identifier(schema, dn, attributes),
        dn=dn,
        name=(first(attributes, "cn") or dn)[:255],
        description=first(attributes, "description")[:500],
    )


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


def identifier_or_none(schema: Schema, dn: str, attributes: Attributes) -> uuid.UUID | None:
    """Return the immutable identifier of an entry, None where it cannot be told."""
    try:
        return _identifier(schema, dn, attributes)
    except UnusableEntry:
        return None
