"""What `directory_check` says of each kind of server, set up rightly and not."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from directory import checking, group_checking
from directory.findings import Finding
from directory.ldap import schemas
from directory.sync import following, tracking
from tests.directory.access_world import admin, client, world
from tests.directory.servers import branch, directory_server
from tests.directory.sync.logins import add_posix_group
from tests.directory.sync.test_live import add_second
from tests.directory.sync.test_live_doubt import hide

__all__ = ["admin", "branch", "client", "directory_server", "hide", "world"]  # fixtures
pytestmark = pytest.mark.one_database


def found(kind: str) -> dict[str, Finding]:
    with translation.override("en"):
        return {each.title: each for each in checking.look() if each.kind == kind}


@pytest.fixture
def posix(filled):
    """As `filled`, on a server that has posixGroup."""
    if filled.server.dialect.schema.name == "ad":
        pytest.skip("a group of this server has both")
    return filled


@pytest.fixture
def filled(branch):
    """Two people, one of them closed, one with a password of a moment ago, in a group."""
    ann, bob = branch.add_person("ann.martin"), branch.add_person("bob.martin")
    branch.add_group("team", ann, bob)
    branch.disable(bob)
    branch.set_password(ann, "Autre-Bonjour-2027")
    return branch


def test_all_is_well_where_the_server_is_set_up_as_its_page_says(filled):
    assert found("error") == found("warning") == {}
    assert found("success").keys() >= {
        filled.django["url"],
        "Base",
        "Reading in pages",
        "Changes",
        "People",
        "Closed accounts",
        "Changed passwords",
        "Groups",
        "Members of groups",
        "Members that are no more",
    }
    out = StringIO()
    call_command("directory_check", stdout=out)
    assert "ok  People: 2 entries were read." in out.getvalue()


def test_each_address_is_looked_at_by_itself(filled, settings):
    settings.LDAP = filled.django | {"url": f"ldaps://127.0.0.1:1 {filled.server.tls_url}"}
    assert found("error").keys() == {"ldaps://127.0.0.1:1"}
    assert filled.server.tls_url in found("success")
    assert "People" in found("success")
    with pytest.raises(CommandError, match="cannot be used"):
        call_command("directory_check", stdout=StringIO())


@pytest.mark.parametrize(
    ("wrong", "title", "cure"),
    [
        ({"bind_password": "another"}, "Reading account", "MARIGOT_LDAP_BIND_PASSWORD"),
        ({"base_dn": "ou=nothing,dc=morne-rivage,dc=example"}, "Base", "MARIGOT_LDAP_BASE_DN"),
        ({"canary_dn": "cn=nobody,dc=morne-rivage,dc=example"}, "Base", "MARIGOT_LDAP_CANARY_DN"),
        ({"people_filter": "(objectClass=device)"}, "People", "MARIGOT_LDAP_PEOPLE_FILTER"),
        ({"people_filter": "(((", "timeout": 20}, "People and groups", ""),
    ],
)
def test_what_is_wrong_is_named_with_the_setting(filled, settings, wrong, title, cure):
    settings.LDAP = filled.django | wrong
    assert cure in found("error")[title].cure


def test_an_account_that_is_refused_because_of_the_certificate_is_told_so(
    filled, settings, tmp_path
):
    from config.embedded.certificates import certificates_in

    other = str(certificates_in(tmp_path).authority)
    settings.LDAP = filled.django | {"ca_file": other}
    assert "MARIGOT_LDAP_CA_FILE" in found("error")[filled.django["url"]].cure


def test_no_group_is_told(branch):
    branch.add_person("ann.martin")
    assert "MARIGOT_LDAP_GROUP_FILTER" in found("warning")["Groups"].cure


def test_groups_that_list_by_logins_are_told_with_the_setting(posix, settings):
    add_posix_group(posix, "crew", "ann.martin")
    finding = found("warning")["Members of groups"]
    assert f"cn=crew,{posix.groups}" in finding.text
    assert "MARIGOT_LDAP_MEMBER_ATTRIBUTE=member,uniqueMember,memberUid" in finding.cure
    settings.LDAP = settings.LDAP | {"member_attribute": ["member", "memberUid"]}
    assert found("warning") == {}
    assert found("success")["Members of groups"].text.endswith("member (1), memberUid (1).")
    assert found("success")["Logins in groups"].text == "Each stands for one person."


def test_logins_that_are_hidden_are_told(posix, settings, hide):
    settings.LDAP = settings.LDAP | {"member_attribute": ["member", "memberUid"]}
    add_posix_group(posix, "crew", "ann.martin")
    add_posix_group(posix, "empty")
    hide(posix.groups, attribute="memberUid", below=True)
    warnings = found("warning")
    assert "2 cannot be used" in warnings["Groups"].text
    assert "memberUid" in warnings["Groups"].cure
    assert warnings["Members of groups"].text == "No group shows memberUid."
    assert "MARIGOT_LDAP_MEMBER_ATTRIBUTE" in warnings["Members of groups"].cure


def test_logins_of_nobody_and_of_several_are_told(posix, settings):
    settings.LDAP = settings.LDAP | {"member_attribute": ["member", "memberUid"]}
    add_posix_group(posix, "crew", "ann.martin", "nobody.here")
    assert found("warning")["Logins in groups"].text == "1 login is nobody’s here: nobody.here"
    add_second(posix, "ann.martin", "Autre Ann")
    finding = found("warning")["Logins in groups"]
    assert "several entries" in finding.text
    assert "own uid" in finding.cure


def test_each_kind_of_directory_has_every_cure():
    both = vars(checking) | vars(group_checking)
    cures = [value for name, value in both.items() if name.startswith("_CURE_OF_")]
    cures += [following.CURES, tracking.CURES]
    assert len(cures) >= 6
    assert all(each.keys() == schemas.KNOWN.keys() for each in cures)


def test_a_setting_that_cannot_be_used_is_told(settings):
    settings.LDAP = settings.LDAP | {"url": ""}
    assert found("error")["Settings"].text == "No directory is set: give MARIGOT_LDAP_URL."
