"""Who gets which login, where several want one."""

from __future__ import annotations

import uuid

from directory.ldap.entries import PersonEntry
from directory.sync.logins import allocate, suffixed
from tests.directory.factories import make_entry


def person(number: int, login: str, *, disabled: bool = False) -> PersonEntry:
    return make_entry(uuid.UUID(int=number), login, disabled=disabled)


def free(_login: str) -> bool:
    return False


def test_of_two_with_one_login_the_enabled_then_the_holder_then_the_first_has_it():
    one, two, three = person(1, "ann"), person(2, "ann"), person(3, "ann", disabled=True)
    assert allocate([two, one], holders={}, others=[]).wanted[one.external_id] == "ann"
    held = allocate([one, two], holders={two.external_id: (7, "ann")}, others=[])
    assert held.wanted == {one.external_id: suffixed(one, free), two.external_id: "ann"}
    enabled = allocate([one, three], holders={three.external_id: (7, "ann")}, others=[])
    assert enabled.wanted[one.external_id] == "ann"


def test_a_login_of_a_local_account_is_nobody_elses():
    assert allocate([person(1, "ann")], holders={}, others=["ann"]).wanted == {
        uuid.UUID(int=1): suffixed(person(1, "ann"), free)
    }


def test_who_is_gone_gives_the_login_up_only_where_it_is_wanted():
    gone = uuid.UUID(int=9)
    result = allocate([person(1, "ann")], holders={gone: (5, "ann")}, others=[])
    assert result.displaced == {5: "ann~5"}
    assert allocate([person(1, "bob")], holders={gone: (5, "ann")}, others=[]).displaced == {}


def test_no_two_get_one_login_whatever_logins_there_are():
    one, two = person(1, "ann"), person(2, "ann")
    usual = suffixed(two, free)
    named = person(3, usual)  # somebody's own login is what another's becomes
    gone = {uuid.UUID(int=9): (5, "bob"), uuid.UUID(int=8): (6, "bob~5")}
    for others in ([], ["ann"], [f"ann~{two.external_id.hex}"], [usual]):
        result = allocate([one, two, named, person(4, "bob")], holders=gone, others=others)
        given = [*result.wanted.values(), *result.displaced.values(), "bob~5", *others]
        assert len(given) == len(set(given))
        assert usual in given
