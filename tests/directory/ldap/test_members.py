"""Members that come in parts."""

from __future__ import annotations

from directory.ldap.members import values_in_ranges


def test_members_come_in_ranges_until_the_last():
    first = {"member": [], "member;range=0-1": [b"CN=a", b"cn=b"]}
    assert values_in_ranges(first, "member") == (["CN=a", "cn=b"], 2)
    assert values_in_ranges({"member;range=2-*": [b"cn=c"]}, "member") == (["cn=c"], None)
    assert values_in_ranges({"member": [b"cn=c"]}, "member") == (["cn=c"], None)
    assert values_in_ranges({"member": [b"cn=c"]}, "uniqueMember") == ([], None)
