"""Members that come in parts."""

from __future__ import annotations

from dataclasses import replace

from directory.ldap.members import may_hide, values_in_ranges
from directory.ldap.schemas import OPENLDAP


def test_members_come_in_ranges_until_the_last():
    first = {"member": [], "member;range=0-1": [b"CN=a", b"cn=b"]}
    assert values_in_ranges(first, "member") == (["CN=a", "cn=b"], 2)
    assert values_in_ranges({"member;range=2-*": [b"cn=c"]}, "member") == (["cn=c"], None)
    assert values_in_ranges({"member": [b"cn=c"]}, "member") == (["cn=c"], None)
    assert values_in_ranges({"member": [b"cn=c"]}, "uniqueMember") == ([], None)


def test_a_group_may_hide_logins_only_where_its_class_has_them():
    schema = replace(OPENLDAP, member_login_attributes=("memberUid", "nick"))
    posix, names = [b"top", b"posixGroup"], [b"groupOfNames"]
    assert list(may_hide(schema, {"objectclass": posix})) == ["memberUid", "nick"]
    assert list(may_hide(schema, {"objectclass": posix, "memberuid": [b"a"]})) == ["nick"]
    assert list(may_hide(schema, {"objectclass": posix, "memberuid;range=0-1": [b"a"]})) == ["nick"]
    assert list(may_hide(schema, {"objectclass": names, "nick": [b"a"]})) == []
    assert list(may_hide(OPENLDAP, {"objectclass": posix})) == []
