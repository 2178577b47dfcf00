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


ONE = "20261128070000.000001Z#000000#001#000000"
LATER = "20261128070500.000009Z#000000#001#000000"
OTHER = "20261128070100.000002Z#000000#002#000000"
OTHER_LATER = "20261128070200.000003Z#000000#002#000000"


@pytest.mark.parametrize(
    ("schema", "before", "now", "filterstr"),
    [
        (schemas.OPENLDAP, ONE, LATER, f"(entryCSN>={ONE})(!(entryCSN={ONE}))"),
        (
            schemas.OPENLDAP,
            f"{ONE} {OTHER}",
            f"{ONE} {OTHER_LATER}",
            f"(entryCSN>={OTHER})(!(entryCSN={OTHER}))",
        ),
        (
            schemas.OPENLDAP,
            f"{ONE} {OTHER}",
            f"{OTHER_LATER} {LATER}",
            f"(entryCSN>={ONE})(!(entryCSN={ONE}))",
        ),
        (schemas.DS389, "17", "19", "(entryusn>=18)"),
        (schemas.ACTIVE_DIRECTORY, "dc1.example.org 17", "dc1.example.org 19", "(uSNChanged>=18)"),
    ],
)
def test_what_was_written_between_two_positions_is_asked_for(schema, before, now, filterstr):
    assert schema.position.since(before, now) == filterstr


@pytest.mark.parametrize(
    ("schema", "before", "now"),
    [
        (schemas.OPENLDAP, LATER, ONE),
        (schemas.OPENLDAP, ONE, f"{ONE} {OTHER}"),
        (schemas.OPENLDAP, f"{ONE} {OTHER}", ONE),
        (schemas.OPENLDAP, ONE, ""),
        (schemas.OPENLDAP, "", ONE),
        (schemas.OPENLDAP, ONE, "a)(uid=*"),
        (schemas.OPENLDAP, ONE, f"{LATER})(uid=*"),
        (schemas.DS389, "19", "17"),
        (schemas.DS389, "17", "17 912"),
        (schemas.DS389, "17", "x"),
        (schemas.DS389, "", "17"),
        (schemas.ACTIVE_DIRECTORY, "dc1.example.org 17", "dc2.example.org 19"),
        (schemas.ACTIVE_DIRECTORY, "dc1.example.org 19", "dc1.example.org 17"),
    ],
)
def test_of_another_server_or_of_before_a_restore_nothing_is_told(schema, before, now):
    assert schema.position.since(before, now) is None
