"""Which directory is read, as the settings have it."""

from __future__ import annotations

import pytest

from directory.ldap import schemas
from directory.ldap.errors import NotConfigured
from directory.sync.config import from_settings


def given(settings, **more):
    settings.LDAP = settings.LDAP | {
        "url": "ldaps://d.example",
        "bind_dn": "cn=r",
        "bind_password": "x",
        "base_dn": "dc=x",
        **more,
    }


def test_a_site_may_mark_disabled_accounts_its_own_way(settings):
    given(settings, disabled="employeeType=disabled", people_filter="(objectClass=agent)")
    schema = from_settings().schema
    assert "employeeType" in schema.status_attributes
    assert schema.disabled({"employeetype": [b"Disabled"]})
    assert schema.disabled({"pwdaccountlockedtime": [b"000001010000Z"]})
    assert not schema.disabled({"employeetype": [b"agent"]})
    assert schema.login_filter("x") == "(&(objectClass=agent)(|(uid=x)))"
    given(settings, disabled="nsRole=*", login_attribute="mail")
    schema = from_settings().schema
    assert schema.disabled({"nsrole": [b"anything"]})
    assert schema.login_attributes == ("mail",)


def test_a_site_may_read_the_fields_of_people_from_other_attributes(settings):
    given(settings, attributes="mail=mailAlternate  phone=ipPhone,telephoneNumber,2.5.4.20")
    fields = {field.name: field.attributes for field in from_settings().schema.person}
    assert fields["mail"] == ("mailalternate",)
    assert fields["phone"] == ("ipphone", "telephonenumber", "2.5.4.20")
    assert fields["title"] == ("title",)
    assert tuple(fields) == schemas.PERSON_FIELDS


def test_an_address_is_looked_for_where_the_site_has_it(settings):
    given(settings, attributes="mail=mailAlternate,mail", logins=["mail", "login"])
    either = "(|(uid=x@y.example)(mailalternate=x@y.example)(mail=x@y.example))"
    assert from_settings().schema.login_filter("x@y.example").endswith(f"{either})")


OF_NAMES, OF_LOGINS = "(objectClass=groupOfNames)", "(objectClass=posixGroup)"


@pytest.mark.parametrize(
    ("attributes", "more", "names", "logins", "listed_by", "group_filter"),
    [
        (["member"], {}, ("member",), (), "", f"(|{OF_NAMES})"),
        (["memberUid"], {}, (), ("memberUid",), "uid", f"(|{OF_LOGINS})"),
        (
            ["member", "MEMBERUID=mail"],
            {"login_attribute": "cn"},
            ("member",),
            ("MEMBERUID",),
            "mail",
            f"(|{OF_NAMES}{OF_LOGINS})",
        ),
        (
            ["memberUid", "nick = uid"],
            {"group_filter": "(cn=g)", "login_attribute": "mail"},
            (),
            ("memberUid", "nick"),
            "uid",
            "(cn=g)",
        ),
        (
            ["member", "memberUid"],
            {"schema": "ad"},
            ("member",),
            ("memberUid",),
            "sAMAccountName",
            "(objectClass=group)",
        ),
    ],
)
def test_a_site_may_take_members_from_other_attributes(
    settings, attributes, more, names, logins, listed_by, group_filter
):
    given(settings, member_attribute=attributes, **more)
    schema = from_settings().schema
    assert (schema.member_attributes, schema.member_login_attributes) == (names, logins)
    assert (schema.listed_by, schema.group_filter) == (listed_by, group_filter)
    assert {attribute for _class, attribute in schema.never_empty} <= {"member"}


def test_a_class_that_is_not_known_takes_a_filter(settings):
    given(settings, member_attribute=["rfc822MailMember"])
    with pytest.raises(NotConfigured, match="MARIGOT_LDAP_GROUP_FILTER is not set"):
        from_settings()


@pytest.mark.parametrize(
    "wrong",
    [
        {"member_attribute": ["memberUid="]},
        {"member_attribute": ["member;range=0-1"]},
        {"member_attribute": ["memberUid=uid=cn"]},
        {"member_attribute": ["memberUid", "nick=cn"]},
        {"member_attribute": ["memberUid", "memberUid=cn"]},
        {"member_attribute": ["nick", "nick=uid"]},
        {"attributes": "mail"},
        {"attributes": "mail="},
        {"attributes": "mail=a,,b"},
        {"attributes": "phone=telephoneNumber, mobile"},
        {"attributes": "mail=*"},
        {"attributes": "mail=mail;lang-en"},
        {"attributes": "login=uid"},
        {"attributes": "mail=a mail=b"},
        {"url": ""},
        {"bind_dn": ""},
        {"bind_password": ""},
        {"base_dn": ""},
        {"schema": "novell"},
        {"logins": ["nickname"]},
        {"logins": ["login", "domain"]},
        {"disabled": "employeeType"},
        {"ca_file": "/no/such/file.pem"},
    ],
)
def test_a_setting_that_cannot_be_is_named(settings, wrong):
    given(settings, **wrong)
    with pytest.raises(NotConfigured) as error:
        from_settings()
    assert f"MARIGOT_LDAP_{next(iter(wrong)).upper()}" in str(error.value)
