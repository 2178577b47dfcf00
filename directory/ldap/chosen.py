"""What a site says of its directory otherwise than the schema of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from .errors import NotConfigured
from .schemas import (
    ACTIVE_DIRECTORY,
    KNOWN,
    LOGINS,
    PERSON,
    PERSON_FIELDS,
    Attributes,
    Field,
    Schema,
    groups_listing_by,
)

GIVEN: Final = (
    "schema",
    "login_attribute",
    "logins",
    "people_filter",
    "group_filter",
    "member_attribute",
    "attributes",
    "disabled",
)
"""What `from_settings` takes: settings without MARIGOT_LDAP_, in lower case."""

_OF_DOMAINS: Final = {"upn", "domain"}
_ATTRIBUTE: Final = re.compile(r"[a-z][a-z0-9-]*|[0-9]+(?:\.[0-9]+)+", re.ASCII | re.IGNORECASE)


def from_settings(given: Mapping[str, Any]) -> Schema:
    """Return the schema that `given` names, with the filters and rules it gives instead.

    Raises NotConfigured where there is no such schema or a rule cannot be understood.
    """
    try:
        schema = KNOWN[given["schema"]]
    except KeyError:
        raise NotConfigured(
            f"MARIGOT_LDAP_SCHEMA: {given['schema']!r} is not one of {', '.join(sorted(KNOWN))}."
        ) from None
    if given["member_attribute"]:
        schema = _with_members(schema, given["member_attribute"], given["group_filter"])
    if given["login_attribute"]:
        one = (given["login_attribute"],)
        schema = replace(schema, login_attributes=one, logins=frozenset({"login"}))
    if given["logins"]:
        schema = replace(schema, logins=_logins(schema, given["logins"]))
    if given["people_filter"]:
        schema = replace(schema, people_filter=given["people_filter"])
    if given["group_filter"]:
        schema = replace(schema, group_filter=given["group_filter"])
    if given["disabled"]:
        schema = _with_disabled(schema, given["disabled"])
    return replace(schema, person=fields(given["attributes"]))


def fields(text: str) -> tuple[Field, ...]:
    """Return the fields of a person, those that `text` names read from the attributes it gives.

    It is as "mail=mailAlternate phone=telephoneNumber,mobile". Raises NotConfigured.
    """
    given: dict[str, tuple[str, ...]] = {}
    for part in text.split():
        name, _, listed = part.partition("=")
        attributes = tuple(listed.lower().split(","))
        if name not in PERSON_FIELDS:
            raise NotConfigured(
                f"MARIGOT_LDAP_ATTRIBUTES: {name!r} is not one of {', '.join(PERSON_FIELDS)}."
            )
        if name in given:
            raise NotConfigured(f"MARIGOT_LDAP_ATTRIBUTES: {name} is given twice.")
        if wrong := [each for each in attributes if not _ATTRIBUTE.fullmatch(each)]:
            raise NotConfigured(
                f"MARIGOT_LDAP_ATTRIBUTES: {wrong[0]!r} is no attribute; give {name}=attribute, "
                "several with a comma between and no blank."
            )
        given[name] = attributes
    return tuple(replace(each, attributes=given.get(each.name, each.attributes)) for each in PERSON)


def _logins(schema: Schema, wanted: Sequence[str]) -> frozenset[str]:
    known = LOGINS if schema.name == ACTIVE_DIRECTORY.name else set(LOGINS) - _OF_DOMAINS
    if unknown := sorted(set(wanted) - set(known)):
        raise NotConfigured(
            f"MARIGOT_LDAP_LOGINS: {', '.join(unknown)} is none of "
            f"{', '.join(form for form in LOGINS if form in known)}, which the schema "
            f"{schema.name} knows."
        )
    return frozenset(wanted)


def _with_members(schema: Schema, listed: Sequence[str], group_filter: str) -> Schema:
    """Take members from the attributes of `listed`: "member", "memberUid", "x=uid".

    The last two hold logins: of the attribute that is named, or else of the login of that kind of
    directory. Without a filter of the site's own the groups are those that have such attributes.
    """
    names: dict[str, str] = {}
    logins: dict[str, str] = {}
    listed_by: dict[str, str] = {}
    for part in listed:
        name, is_login, of_people = (each.strip() for each in part.partition("="))
        if name.lower() == "memberuid" and not is_login:
            is_login, of_people = "=", schema.login_attributes[0]
        for each in (name, of_people) if is_login else (name,):
            if not _ATTRIBUTE.fullmatch(each):
                raise NotConfigured(
                    f"MARIGOT_LDAP_MEMBER_ATTRIBUTE: {part!r} is no attribute; give attributes of "
                    "groups with a comma between, such as member,memberUid, and for one of logins "
                    "that of people whose values it has: memberUid=uid."
                )
        if is_login:
            listed_by[of_people.lower()] = of_people
        (logins if is_login else names)[name.lower()] = name
    if len(listed_by) > 1 or names.keys() & logins.keys():
        raise NotConfigured(
            "MARIGOT_LDAP_MEMBER_ATTRIBUTE: an attribute is given twice, or two have logins of "
            "different attributes; name one attribute of people for all of them."
        )
    if not group_filter and schema.group_filter == groups_listing_by(*schema.member_attributes):
        try:
            schema = replace(schema, group_filter=groups_listing_by(*names, *logins))
        except KeyError as error:
            raise NotConfigured(
                f"MARIGOT_LDAP_GROUP_FILTER is not set: nobody knows which groups have "
                f"{error.args[0]}, of MARIGOT_LDAP_MEMBER_ATTRIBUTE. Give their filter."
            ) from error
    return replace(
        schema,
        member_attributes=tuple(names.values()),
        member_login_attributes=tuple(logins.values()),
        listed_by=next(iter(listed_by.values()), ""),
        never_empty=frozenset(pair for pair in schema.never_empty if pair[1] in names),
    )


def _with_disabled(schema: Schema, rule: str) -> Schema:
    """Add a rule "attribute=value" (or "attribute=*") to what disables an account."""
    name, _, value = (part.strip() for part in rule.partition("="))
    if not name or not value:
        raise NotConfigured("MARIGOT_LDAP_DISABLED is attribute=value, or attribute=*.")
    lowered, own = name.lower(), schema.disabled

    def disabled(attributes: Attributes) -> bool:
        values = {v.decode("utf-8", "replace").lower() for v in attributes.get(lowered, ())}
        matches = bool(values) if value == "*" else value.lower() in values
        return matches or own(attributes)

    return replace(schema, disabled=disabled, status_attributes=(*schema.status_attributes, name))
