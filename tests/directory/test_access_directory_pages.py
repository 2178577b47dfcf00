"""The directory in the administration: its readings, and the rules on its groups."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from config.embedded.organisation import READER_DN, staff
from config.embedded.organisation.entries import group_dn, person_dn
from directory.models import (
    AccessGroup,
    DirGroup,
    GroupEdge,
    GroupMember,
    GroupRule,
    JournalEntry,
    Role,
    SyncRun,
    User,
)
from directory.sync import config
from directory.sync.rules import add_rule, effect_of_adding, effect_of_removing, remove_rule

from .access_world import admin, client, world
from .factories import make_person, make_source
from .sync.test_doubt import narrow

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
__all__ = ["admin", "client", "world"]  # fixtures


def test_without_a_directory_the_pages_say_what_to_set(client, world, settings):
    settings.LDAP = settings.LDAP | {"url": ""}
    text = client.get(reverse("directory:access_directory")).content.decode()
    assert "MARIGOT_LDAP_URL" in text
    assert client.post(reverse("directory:access_read"), follow=True).status_code == 200


def test_a_reading_is_started_looked_at_and_approved(organisation):
    client = Client(headers={"accept-language": "en"})
    admin = User.objects.get(username="rodrigue.telford")
    client.force_login(admin, backend="directory.backends.DirectoryBackend")
    connection = client.get(reverse("directory:access_connection")).content.decode()
    assert "It answers" in connection
    checked = client.get(reverse("directory:access_check")).content.decode()
    assert "Changes" in checked
    assert "to be mended" not in checked
    dry = client.post(reverse("directory:access_read"), {"dry_run": "yes"}, follow=True)
    assert "dry run" in dry.content.decode().lower()
    organisation.delete(*(person_dn(person) for person in staff()[60:66]))
    held = client.post(reverse("directory:access_read"), follow=True).content.decode()
    assert "Held: this is more than" in held
    run = SyncRun.objects.get(state=SyncRun.State.HELD)
    assert staff()[60].name in held
    assert "Until somebody approves" in held
    dry = client.post(reverse("directory:access_read"), {"dry_run": "yes"}, follow=True)
    assert "It would be held" in dry.content.decode()
    assert "was applied" not in dry.content.decode()
    assert "is waiting for approval" in client.get(reverse("directory:access")).content.decode()
    client.post(reverse("directory:access_approve", args=[run.pk]), follow=True)
    applied = SyncRun.objects.get(approves=run)
    assert (applied.state, applied.approved_by) == (SyncRun.State.APPLIED, admin)
    done = client.get(reverse("directory:access_run", args=[applied.pk])).content.decode()
    assert "Approved, although" in done
    assert "It would be held" not in done
    again = client.post(reverse("directory:access_approve", args=[run.pk]), follow=True)
    assert "read again since" in again.content.decode()


def test_what_is_hidden_waits_for_the_directory_and_for_nobodys_approval(organisation):
    narrow(
        organisation,
        f'to dn.exact="{group_dn("urbanisme-externals")}" attrs=member '
        f'by dn.exact="{READER_DN}" none by * break',
    )
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.get(username="rodrigue.telford"), backend="directory.backends.DirectoryBackend"
    )
    held = client.post(reverse("directory:access_read"), follow=True).content.decode()
    assert "are hidden from the reading account" in held
    assert "Until the directory shows it again" in held
    assert "Until somebody approves" not in held


def test_a_directory_that_is_down_is_shown_as_such(organisation):
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.get(username="rodrigue.telford"),
        backend="directory.backends.DirectoryBackend",
    )
    organisation.stop()
    text = client.get(reverse("directory:access_connection")).content.decode()
    assert "SERVER_DOWN" in text
    checked = client.get(reverse("directory:access_check")).content.decode()
    assert checked.count("to be mended") == 1
    assert "MARIGOT_LDAP_CA_FILE" in checked
    client.post(reverse("directory:access_read"))
    assert "stay as they were last read" in client.get(reverse("directory:access")).content.decode()


def test_a_rule_is_looked_at_added_and_taken_away(organisation):
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.get(username="rodrigue.telford"),
        backend="directory.backends.DirectoryBackend",
    )
    schools = AccessGroup.objects.get(service__slug="ecoles", role=Role.CONTRIBUTOR)
    group = DirGroup.objects.get(name="urbanisme-externals")
    chosen = {"dir_group": group.pk, "access_group": schools.pk, "nested": "on"}
    url = reverse("directory:access_rule_new")
    preview = client.get(url, chosen).content.decode()
    assert "1 person enters" in preview
    assert "Marcus Thorne" in preview
    thorne = User.objects.get(username="marcus.thorne")
    assert not thorne.memberships.filter(access_group=schools).exists()
    client.post(url, chosen)
    assert thorne.memberships.get(access_group=schools).via == ["urbanisme-externals"]
    rule = GroupRule.objects.get(access_group=schools, dir_group=group)
    text = client.get(reverse("directory:access_rule", args=[rule.pk])).content.decode()
    assert "1 person leaves" in text
    client.post(reverse("directory:access_rule_remove", args=[rule.pk]))
    assert not thorne.memberships.filter(access_group=schools).exists()
    entry = JournalEntry.objects.get(action="rule.removed")
    assert entry.actor.username == "rodrigue.telford"


def test_the_rule_of_the_last_administrators_stays(organisation):
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.get(username="rodrigue.telford"),
        backend="directory.backends.DirectoryBackend",
    )
    rule = GroupRule.objects.get(access_group__role=Role.IT_ADMIN)
    response = client.post(reverse("directory:access_rule_remove", args=[rule.pk]), follow=True)
    assert "Nobody would be left" in response.content.decode()
    assert GroupRule.objects.filter(pk=rule.pk).exists()
    assert config.is_configured()


def test_a_rule_is_not_narrowed_to_nobody_who_administers(db):
    """A rule that is added again changes whether the people of inner groups count."""
    source = make_source()
    outer, inner = (
        DirGroup.objects.create(source=source, external_id=digit * 32, name=f"admins {digit}")
        for digit in "89"
    )
    GroupEdge.objects.create(parent=outer, child=inner)
    GroupMember.objects.create(group=inner, person=make_person("ida.inner").person)
    group = AccessGroup.objects.get(role=Role.IT_ADMIN)
    add_rule(actor=None, dir_group=outer, access_group=group, nested=False)  # nobody, as before
    rule = add_rule(actor=None, dir_group=outer, access_group=group)
    with pytest.raises(ValidationError):
        add_rule(actor=None, dir_group=outer, access_group=group, nested=False)
    rule.refresh_from_db()
    assert rule.nested
    assert User.objects.get(groups=group.group).username == "ida.inner"


def test_what_a_rule_is_said_to_change_is_what_it_changes(world):
    """Also where somebody is in the group by hand already."""
    source = make_source()
    group = AccessGroup.objects.get(service=world.service, role=Role.CONTRIBUTOR)
    listed = DirGroup.objects.create(source=source, external_id="7" * 32, name="writers")
    listed.refresh_from_db()  # its identifier is a UUID, not a text
    by_hand = make_person("hand.written", service=world.service, role=Role.CONTRIBUTOR)
    for user in (by_hand, make_person("rule.written")):
        GroupMember.objects.create(group=listed, person=user.person)

    def inside():
        return set(User.objects.filter(groups=group.group))

    def compare(effect, act):
        before = inside()
        act()
        assert {person.user for person in effect.enter} == inside() - before
        assert {person.user for person in effect.leave} == before - inside()
        return effect

    added = compare(
        effect_of_adding(dir_group=listed, access_group=group),
        lambda: add_rule(actor=None, dir_group=listed, access_group=group),
    )
    assert len(added.enter) == 1
    rule = GroupRule.objects.get(dir_group=listed)
    gone = compare(effect_of_removing(rule), lambda: remove_rule(actor=None, rule=rule))
    assert len(gone.leave) == 1
