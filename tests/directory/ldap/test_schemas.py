"""What the kinds of directory say, understood. The bytes are as the servers send them."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from config.settings.environment import TABLE
from directory.ldap import locks, schemas
from directory.ldap.entries import person_entry
from directory.ldap.errors import IncompleteRead
from directory.sync import tracking

ROOT = Path(__file__).resolve().parents[3]
GUID = uuid.UUID("8a2f3c1e-5b6d-4e7f-9a0b-1c2d3e4f5a6b")


def entry(**more: list[bytes]) -> dict[str, list[bytes]]:
    return {"sn": [b"Lubin"], "givenname": [b"Maryse"]} | more


def test_openldap():
    found = person_entry(
        schemas.OPENLDAP,
        "uid=maryse.lubin,ou=people",
        entry(
            entryuuid=[str(GUID).encode()],
            uid=[b"Maryse.Lubin"],
            displayname=["Maryse Lubîn".encode()],
            mail=[b"maryse@example.org"],
            preferredlanguage=[b"en-GB"],
        ),
    )
    assert found.external_id == GUID
    assert found.login == "maryse.lubin"
    assert (found.display_name, found.language, found.disabled) == ("Maryse Lubîn", "en", False)
    assert schemas.OPENLDAP.id_filter([GUID]) == f"(|(entryUUID={GUID}))"


@pytest.mark.parametrize(
    ("expires", "closed"),
    [
        ("0", False),
        (str(2**63 - 1), False),
        ("116444736000000000", True),
        ("253402300799" + "0" * 7, False),
        ("", False),
        ("never", False),
        ("9" * 5000, False),
        ("-1", False),
    ],
)
def test_the_last_day_of_an_account_of_active_directory(expires, closed):
    given = {"useraccountcontrol": [b"512"], "accountexpires": [expires.encode()]}
    assert schemas.ACTIVE_DIRECTORY.disabled(given) is closed


def test_active_directory_keeps_the_guid_in_an_order_of_its_own():
    given = entry(
        objectguid=[bytes.fromhex("1e3c2f8a6d5b7f4e9a0b1c2d3e4f5a6b")],
        samaccountname=[b"mlubin"],
        useraccountcontrol=[b"512"],
    )
    found = person_entry(schemas.ACTIVE_DIRECTORY, "CN=Maryse", given)
    assert (found.external_id, found.disabled) == (GUID, False)
    assert schemas.ACTIVE_DIRECTORY.filter_id(GUID) == (
        r"\1e\3c\2f\8a\6d\5b\7f\4e\9a\0b\1c\2d\3e\4f\5a\6b"
    )
    disabled = person_entry(
        schemas.ACTIVE_DIRECTORY, "CN=Maryse", given | {"useraccountcontrol": [b"514"]}
    )
    assert disabled.disabled
    del given["useraccountcontrol"]
    with pytest.raises(IncompleteRead, match="userAccountControl"):
        person_entry(schemas.ACTIVE_DIRECTORY, "CN=Maryse", given)


def test_389_directory_server_writes_the_identifier_in_four_parts():
    given = entry(nsuniqueid=[b"8a2f3c1e-5b6d4e7f-9a0b1c2d-3e4f5a6b"], uid=[b"mlubin"])
    found = person_entry(schemas.DS389, "uid=mlubin", given)
    assert (found.external_id, found.disabled) == (GUID, False)
    assert schemas.DS389.filter_id(GUID) == "8a2f3c1e-5b6d4e7f-9a0b1c2d-3e4f5a6b"
    assert person_entry(schemas.DS389, "uid=m", given | {"nsaccountlock": [b"TRUE"]}).disabled


@pytest.mark.parametrize("lacking", ["entryuuid", "uid"])
def test_an_entry_without_what_tells_who_it_is_is_not_believed(lacking):
    given = entry(entryuuid=[str(GUID).encode()], uid=[b"mlubin"])
    del given[lacking]
    with pytest.raises(IncompleteRead):
        person_entry(schemas.OPENLDAP, "uid=mlubin", given)


def test_a_login_is_escaped_in_the_filter():
    assert schemas.OPENLDAP.login_filter("a*)(uid=b\\\0") == (
        r"(&(&(objectClass=inetOrgPerson)(uid=*))(|(uid=a\2a\29\28uid=b\5c\00)))"
    )


def test_what_is_known_by_the_name_of_a_kind_knows_every_kind():
    """The words that say how to let passwords be told of, those of the setting, and the example."""
    assert set(tracking.CURES) == set(locks.KINDS) == set(schemas.KNOWN)
    (setting,) = (each for each in TABLE if each.name == "LDAP_SCHEMA")
    example = (ROOT / "deploy" / "marigot.env.example").read_text(encoding="utf-8")
    (told,) = re.findall(r"^# (.+)\nMARIGOT_LDAP_SCHEMA=", example, re.MULTILINE)
    for words in (setting.help, told):
        assert set(schemas.KNOWN) <= set(re.findall(r"\w+", words))
