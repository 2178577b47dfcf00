"""Names of entries, however they are spelled."""

from __future__ import annotations

import pytest

from directory.ldap.names import normalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=Ann,ou=People,dc=x", "UID=ann, OU=people, DC=x"),
        ("cn=Lubin\\, Maryse,dc=x", "CN=Lubin\\2C Maryse,DC=X"),
        ("cn=Zoé,dc=x", "cn=Zo\\c3\\a9,dc=x"),
        ("cn=a+sn=b,dc=x", "sn=b+cn=a,dc=x"),
        ("cn=a\\20b,dc=x", "cn=a b,dc=x"),
    ],
)
def test_two_spellings_of_a_dn_are_one(one, other):
    assert normalised(one) == normalised(other)


def test_what_is_no_dn_is_itself():
    assert normalised("not, a dn") == "not, a dn"
