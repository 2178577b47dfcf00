"""How far a directory has come."""

from __future__ import annotations

import pytest

from directory.ldap import schemas
from directory.ldap.position import kept_form


def test_a_position_of_many_servers_is_kept_by_its_hash():
    short, long = "20261126#000001#000000", " ".join(f"20261126#{n:03}#000000" for n in range(30))
    assert kept_form(short) == short
    assert len(kept_form(long)) == 64
    assert kept_form(long) != kept_form(f"{long} ")


@pytest.mark.parametrize(
    ("schema", "entry", "position"),
    [
        (schemas.OPENLDAP, {"contextcsn": [b"b", b"a"]}, "a b"),
        (schemas.DS389, {"lastusn": [b"912", b"17"]}, "17 912"),
        (
            schemas.ACTIVE_DIRECTORY,
            {"dnshostname": [b"dc1.example.org"], "highestcommittedusn": [b"12814"]},
            "dc1.example.org 12814",
        ),
    ],
)
def test_each_kind_says_how_far_it_has_come(schema, entry, position):
    assert schema.position.told(entry) == position


@pytest.mark.parametrize("schema", schemas.KNOWN.values(), ids=schemas.KNOWN)
def test_a_server_that_hides_its_counter_has_no_position(schema):
    """Its name alone would be the same whatever is written."""
    assert schema.position.told({}) == ""
    assert schema.position.told({"dnshostname": [b"dc1.example.org"]}) == ""
