"""Who is meant by what a group lists."""

from __future__ import annotations

import uuid

from directory.ldap.listing import Listed
from directory.ldap.members import Members

ANN, BOB, CID = (uuid.UUID(int=number) for number in range(1, 4))


def test_a_name_and_a_login_stand_for_one_entry():
    listed = Listed()
    listed.add("uid=ann,dc=x", ANN, "Ann")
    listed.add("uid=bob,dc=x", BOB, "bob")
    who, elsewhere, faults = listed.sort("cn=g", Members(["UID=ann, dc=x"], ["ANN", "BOB", "dee"]))
    assert (who, elsewhere, faults) == ({ANN, BOB}, ["dee"], [])


def test_a_login_of_several_is_nobodys_however_it_is_spelled():
    listed = Listed()
    listed.add("uid=ann,dc=x", ANN, "ann")
    listed.add("cn=other,dc=x", BOB, "ANN")
    listed.add("uid=cid,dc=x", CID, "cid")
    listed.add("cn=unknown,dc=x", None, "cid")
    who, elsewhere, faults = listed.sort("cn=g", Members([], ["ann", "cid"]))
    assert (who, elsewhere) == (set(), [])
    assert [(fault.dn, fault.why, fault.external_id) for fault in faults] == [
        ("cn=g", "member_shared", None)
    ]


def test_who_is_listed_by_name_is_a_member_whoever_has_the_login():
    listed = Listed()
    listed.add("uid=ann,dc=x", ANN, "ann")
    listed.add("cn=other,dc=x", BOB, "ann")
    who, _elsewhere, faults = listed.sort("cn=g", Members(["uid=ann,dc=x"], ["ann"]))
    assert who == {ANN}
    assert len(faults) == 1


def test_an_entry_that_cannot_be_told_is_nobody_here():
    listed = Listed()
    listed.add("uid=ann,dc=x", None, "ann")
    assert listed.sort("cn=g", Members(["uid=ann,dc=x"], ["ann"])) == (
        set(),
        ["uid=ann,dc=x", "ann"],
        [],
    )
