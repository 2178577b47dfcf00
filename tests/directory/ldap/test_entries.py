"""The fields of a person, as the directory has them and as they are stored."""

from __future__ import annotations

import dataclasses
import uuid
from pathlib import Path

import pytest

from directory import reading_words
from directory.ldap import schemas
from directory.ldap.entries import PersonEntry, person_attributes, person_entry
from directory.models import Person


def given(**more: bytes) -> dict[str, list[bytes]]:
    whole = {"entryuuid": str(uuid.UUID(int=7)).encode(), "uid": b"mlubin"} | more
    return {name: [value] for name, value in whole.items()}


@pytest.mark.parametrize("field", schemas.PERSON, ids=schemas.PERSON_FIELDS)
def test_what_is_kept_of_a_field_is_what_its_column_holds(field):
    column = Person._meta.get_field(field.name)
    assert column.max_length == field.longest
    assert reading_words.FIELDS[field.name] == column.verbose_name
    assert all(name == name.lower() for name in field.attributes)
    assert field.name in {known.name for known in dataclasses.fields(PersonEntry)}


@pytest.mark.parametrize("name", schemas.PERSON_FIELDS)
def test_each_field_is_named_where_a_site_reads_how_to_override_it(name):
    page = (Path(__file__).resolve().parents[3] / "docs" / "it-admins.md").read_text()
    [said] = [part for part in page.split("\n- ") if part.startswith("`MARIGOT_LDAP_ATTRIBUTES`")]
    assert f"`{name}`" in said


@pytest.mark.parametrize("schema", schemas.KNOWN.values(), ids=schemas.KNOWN)
def test_each_attribute_of_a_field_is_asked_for(schema):
    asked = person_attributes(schema)
    assert {name for field in schema.person for name in field.attributes} <= set(asked)
    assert len(asked) == len({name.lower() for name in asked})


def test_the_first_attribute_that_has_a_value_fills_a_field():
    said = given(mobile=b"0690 00 00 01", sn=b"Lubin", givenname=b"Maryse")
    entry = person_entry(schemas.OPENLDAP, "uid=mlubin", said)
    assert (entry.phone, entry.display_name) == ("0690 00 00 01", "Maryse Lubin")
    said = given(mobile=b"0690 00 00 01", telephonenumber=b"0590 00 00 02", cn=b"M. L.")
    entry = person_entry(schemas.OPENLDAP, "uid=mlubin", said)
    assert (entry.phone, entry.display_name) == ("0590 00 00 02", "M. L.")


def test_what_is_too_long_is_cut_but_for_an_address():
    said = given(title=b"t" * 500, mail=b"m" * 250 + b"@example.org", displayname=b"n" * 500)
    entry = person_entry(schemas.OPENLDAP, "uid=mlubin", said)
    assert (len(entry.title), entry.mail, len(entry.display_name)) == (200, "", 200)
    said = given(mail=b"no address")
    assert person_entry(schemas.OPENLDAP, "uid=mlubin", said).mail == ""
