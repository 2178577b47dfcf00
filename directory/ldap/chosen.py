"""What a site says of its directory otherwise than the schema of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .errors import NotConfigured
from .schemas import KNOWN, PERSON, PERSON_FIELDS, Attributes, Field, Schema

GIVEN: Final = (
    "schema",
    "login_attribute",
    "people_filter",
    "group_filter",
    "attributes",
    "disabled",
)
"""What `from_settings` takes: settings without MARIGOT_LDAP_, in lower case."""

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
    if given["login_attribute"]:
        schema = replace(schema, login_attributes=(given["login_attribute"],))
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
