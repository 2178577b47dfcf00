"""Names of entries, however they are spelled."""

from __future__ import annotations

import pytest

from directory.ldap.names import compared, found, key, login_key, normalised, normalised_login


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=Ann,ou=People,dc=x", "UID=ann, OU=people, DC=x"),
        ("cn=Lubin\\, Maryse,dc=x", "CN=Lubin\\2C Maryse,DC=X"),
        ("cn=Zoé,dc=x", "cn=Zo\\c3\\a9,dc=x"),
        ("cn=Zoé,dc=x", "cn=Zoe\u0301,dc=x"),
        ("cn=ÎLE,dc=x", "cn=i\u0302le,dc=x"),
        ("cn=Straße,dc=x", "cn=STRASSE,dc=x"),
        ("cn=a+sn=b,dc=x", "sn=b+cn=a,dc=x"),
        ("cn=a\\20b,dc=x", "cn=a b,dc=x"),
        ("cn=a  b,dc=x", "cn=a b,dc=x"),
        ("cn=a\u00a0b,dc=x", "cn=\\20a b\\20,dc=x"),
        ("commonName=a,organizationalUnitName=b,domainComponent=x", "cn=a,ou=b,dc=x"),
        ("2.5.4.3=a,2.5.4.11=b,0.9.2342.19200300.100.1.25=x", "cn=a,ou=b,dc=x"),
        ("userid=a,dc=x", "uid=a,dc=x"),
    ],
)
def test_two_spellings_of_a_dn_are_one(one, other):
    assert normalised(one) == normalised(other)
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cn=a,dc=x", "cn=b,dc=x"),
        ("cn=a b,dc=x", "cn=ab,dc=x"),
        ("cn=a,dc=x", "uid=a,dc=x"),
        ("cn=a\\,cn=b,dc=x", "cn=a,cn=b,dc=x"),
        ("cn=e,dc=x", "cn=é,dc=x"),
    ],
)
def test_two_names_are_two(one, other):
    assert normalised(one) != normalised(other)
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "dn",
    [
        "uid=ann.martin,ou=People,dc=Town,dc=example",
        "CN=O'Neil (Ann) x-1,OU=a b c,DC=x",
        "cn=a=b,dc=x",
        "cn=a,dc=x,",
        "ou=x,cn=commonName",
        "cn=#04,dc=x",
        "cn= a,dc=x",
        "cn=a ,dc=x",
    ],
)
def test_the_short_way_leads_where_the_long_one_does(dn):
    assert normalised(dn) == compared(dn)


def test_what_is_no_dn_is_itself():
    assert normalised("not, a dn") == "not, a dn"


def test_a_name_is_found_by_any_spelling():
    known = {normalised("cn=Zoé,dc=x"): 1, normalised("cn=ann,dc=x"): 2}
    assert found(known, "CN=ZOE\u0301, DC=x") == 1
    assert found(known, "CN=Ann,DC=x") == 2
    assert found(known, "cn=nobody,dc=x") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ann.Martin", "ann.martin"), (" ann  martin ", "Ann Martin"), ("Zoé", "ZOE\u0301")],
)
def test_two_spellings_of_a_login_are_one(one, other):
    assert normalised_login(one) == normalised_login(other)
    assert login_key(one) == login_key(other)


def test_a_login_is_no_name():
    assert login_key("ann") != login_key("anna")
    assert login_key("uid=ann,dc=x") != key("uid=ann,dc=x")
