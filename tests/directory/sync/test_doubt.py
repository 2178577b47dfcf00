"""The directory is doubted: errors and partial answers write nothing, large losses are held."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.http import Http404

from config.embedded.organisation import READER_DN, staff
from config.embedded.organisation.entries import GROUPS_DN, PEOPLE_DN, group_dn, person_dn
from directory import journal
from directory.actions.memberships import follow_memberships
from directory.ldap import snapshot
from directory.models import (
    DirGroup,
    JournalEntry,
    Membership,
    Person,
    SyncRun,
    User,
)
from directory.sync import engine, lock
from directory.sync.config import source
from directory.sync.rules import add_rule
from tests.directory.factories import make_group
from tests.servers.branch import IMPATIENCE

from .test_engine import approver, dn_of, rows, sync, user

pytestmark = pytest.mark.django_db

READABLE = f'{{9}}to * by dn.exact="{READER_DN}" read by self read by * none'
PASSWORDS = "{0}to attrs=userPassword by anonymous auth by * none"


def narrow(server, *rules: str) -> None:
    """Hide from the reading account what `rules` say, and nothing else."""
    numbered = [f"{{{place + 1}}}{rule}" for place, rule in enumerate(rules)]
    server.configure("olcAccess", PASSWORDS, *numbered, READABLE)


def unharmed(before: dict) -> None:
    assert rows() == before


# No error writes


def test_a_server_that_is_down_changes_nothing(organisation):
    before = rows()
    organisation.stop()
    run = sync()
    assert run.state == SyncRun.State.FAILED
    assert "SERVER_DOWN" in run.error
    unharmed(before)


def test_a_server_that_hangs_changes_nothing(organisation, settings):
    before = rows()
    settings.LDAP = settings.LDAP | {"timeout": IMPATIENCE}
    organisation.freeze()
    assert sync().state == SyncRun.State.FAILED
    unharmed(before)


def test_the_same_failure_again_is_counted_not_repeated(organisation):
    organisation.stop()
    first = sync()
    assert sync().pk == first.pk
    assert SyncRun.objects.get(pk=first.pk).counts == {"times": 2}
    organisation.start()
    assert sync().state == SyncRun.State.UNCHANGED


def test_a_failure_is_kept_without_what_no_database_keeps(organisation):
    first = engine.note_out_of_reach("the words of\x00 a \ud800server")
    assert SyncRun.objects.get(pk=first.pk).error == "the words of a server"
    assert engine.note_out_of_reach("the words of\x00 a \ud800server").pk == first.pk


def test_a_certificate_of_another_authority_changes_nothing(organisation, settings, tmp_path):
    from config.embedded.certificates import certificates_in

    before = rows()
    settings.LDAP = settings.LDAP | {"ca_file": str(certificates_in(tmp_path).authority)}
    assert sync().state == SyncRun.State.FAILED
    unharmed(before)


def test_a_refused_reading_account_changes_nothing(organisation, settings):
    before = rows()
    settings.LDAP = settings.LDAP | {"bind_password": "another"}
    run = sync()
    assert run.state == SyncRun.State.FAILED
    assert "refuses the reading account" in run.error
    unharmed(before)


@pytest.mark.parametrize("size", ["1", "10", "149"])
def test_a_size_limit_in_the_middle_of_a_reading_changes_nothing(organisation, size):
    before = rows()
    organisation.configure(
        "olcLimits", f'dn.exact="{READER_DN}" size.soft={size} size.hard={size} size.pr=noEstimate'
    )
    organisation.configure("olcSizeLimit", f"size.prtotal={size} size={size}")
    assert sync().state == SyncRun.State.FAILED
    unharmed(before)


@pytest.mark.parametrize(
    "hidden",
    [
        f'to dn.subtree="{PEOPLE_DN}" by dn.exact="{READER_DN}" none',
        f'to dn.subtree="{GROUPS_DN}" by dn.exact="{READER_DN}" none',
        f'to attrs=member by dn.exact="{READER_DN}" none',
        f'to dn.exact="{group_dn("urbanisme-externals")}" attrs=member '
        f'by dn.exact="{READER_DN}" none by * break',
        f'to attrs=entryUUID by dn.exact="{READER_DN}" none',
        f'to attrs=uid by dn.exact="{READER_DN}" none',
        f'to * by dn.exact="{READER_DN}" none',
        f'to attrs=objectClass by dn.exact="{READER_DN}" none',
        f'to dn.regex="^uid=[a-m].*" by dn.exact="{READER_DN}" none',
    ],
)
def test_what_is_hidden_from_the_reading_account_is_not_taken_away(organisation, hidden):
    before = rows()
    narrow(organisation, hidden)
    run = sync()
    assert run.state in (SyncRun.State.FAILED, SyncRun.State.HELD), run.counts
    now = rows()
    for table in ("people", "users", "groups", "memberships", "django"):
        assert now[table] == before[table]
    narrow(organisation)
    assert sync().state == SyncRun.State.UNCHANGED


def test_the_canary_must_be_seen(organisation, settings):
    settings.LDAP = settings.LDAP | {"canary_dn": dn_of("alicia.baptiste")}
    assert sync().state == SyncRun.State.UNCHANGED
    before = rows()
    organisation.delete(dn_of("alicia.baptiste"))
    run = sync()
    assert run.state == SyncRun.State.FAILED
    assert "was not shown" in run.error
    unharmed(before)


# Large losses are held


def test_many_people_missing_are_held_until_somebody_approves(organisation):
    before = rows()
    organisation.delete(*(person_dn(person) for person in staff()[60:66]))
    held = sync()
    assert held.state == SyncRun.State.HELD
    assert held.hold_reasons[0]["code"] == "people_absent"
    assert (held.hold_reasons[0]["number"], held.hold_reasons[0]["limit"]) == (6, 5)
    assert len(held.diff["people_absent"]) == 6
    now = rows()
    assert {k: now[k] for k in now if k != "journal"} == {
        k: before[k] for k in before if k != "journal"
    }
    assert JournalEntry.objects.filter(action="sync.held").count() == 1
    assert sync().pk == held.pk  # looked at again, the same
    approved = sync(actor=(admin := approver()), approves=held)
    assert approved.state == SyncRun.State.APPLIED
    assert (approved.approved_by, approved.approves) == (admin, held)
    assert User.objects.filter(is_active=False).count() == 7
    entry = JournalEntry.objects.get(action="sync.approved")
    assert entry.actor == admin
    assert list(journal.verify()) == []


def test_an_approval_is_of_what_was_seen_and_nothing_else(organisation):
    people = [person_dn(person) for person in staff()[60:70]]
    organisation.delete(*people[:6])
    held = sync()
    organisation.delete(*people[6:])
    again = sync(actor=approver(), approves=held)
    assert again.state == SyncRun.State.HELD
    assert again.pk != held.pk
    assert again.approved_by is None
    assert User.objects.filter(is_active=False).count() == 1
    with pytest.raises(engine.NotHeld):
        sync(actor=approver(), approves=held)


def test_an_approval_is_of_somebody_who_may_give_it(organisation):
    organisation.delete(*(person_dn(person) for person in staff()[60:66]))
    held = sync()
    for nobody in (None, user("maryse.lubin")):
        with pytest.raises(Http404):
            sync(actor=nobody, approves=held)
    with pytest.raises(CommandError, match="no IT administrator"):
        call_command("sync_directory", "--approve", str(held.pk), "--as", "maryse.lubin")
    assert User.objects.filter(is_active=False).count() == 1


def test_who_loses_the_right_while_the_directory_is_read_approves_nothing(
    organisation, monkeypatch
):
    organisation.delete(*(person_dn(person) for person in staff()[60:66]))
    held = sync()
    read, admin = snapshot.read, approver()

    def read_slowly(connection):
        Membership.objects.filter(user=admin).delete()
        follow_memberships([admin.pk])
        return read(connection)

    monkeypatch.setattr(snapshot, "read", read_slowly)
    with pytest.raises(Http404):
        sync(actor=admin, approves=held)
    assert User.objects.filter(is_active=False).count() == 1


def test_few_people_missing_are_believed(organisation):
    organisation.delete(*(person_dn(person) for person in staff()[60:65]))
    assert sync().state == SyncRun.State.APPLIED
    assert User.objects.filter(is_active=False).count() == 6


def test_many_memberships_lost_are_held(organisation):
    for name in ("voirie", "ecoles"):
        organisation.modify(group_dn(f"{name}-members"), "member", group_dn(f"{name}-contributors"))
    held = sync()
    assert held.state == SyncRun.State.HELD
    assert "memberships_removed" in {hold["code"] for hold in held.hold_reasons}


def test_a_large_group_halved_is_held(organisation):
    people = [p for p in staff() if not p.external][:30]
    organisation.add_group("choir", *(person_dn(p) for p in people))
    sync()
    choir = make_group("choir")
    add_rule(actor=None, dir_group=DirGroup.objects.get(name="choir"), access_group=choir)
    organisation.leave("choir", *(person_dn(p) for p in people[:16]))
    held = sync()
    assert [hold["code"] for hold in held.hold_reasons] == ["group_halved"]
    assert choir.memberships.count() == 30


def test_a_group_that_a_rule_names_does_not_go_unseen(organisation):
    organisation.delete(group_dn("urbanisme-externals"))
    held = sync()
    assert [hold["code"] for hold in held.hold_reasons] == ["ruled_group_gone"]
    assert Membership.objects.filter(user__username="marcus.thorne").exists()
    sync(actor=approver(), approves=held)
    assert not Membership.objects.filter(user__username="marcus.thorne").exists()
    assert DirGroup.objects.get(name="urbanisme-externals").gone_at is not None


def test_what_is_said_in_so_many_words_applies_at_once_also_while_held(organisation):
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", "000001010000Z")
    organisation.delete(*(person_dn(person) for person in staff()[60:70]))
    assert sync().state == SyncRun.State.HELD
    assert not User.objects.get(username="alicia.baptiste").is_active
    assert User.objects.filter(is_active=False).count() == 2


def test_many_accounts_opening_again_are_held(organisation):
    people = staff()[60:70]
    for person in people:
        organisation.modify(person_dn(person), "pwdAccountLockedTime", "000001010000Z")
    sync()
    assert User.objects.filter(is_active=False).count() == 11
    narrow(organisation, f'to attrs=pwdAccountLockedTime by dn.exact="{READER_DN}" none')
    held = sync()
    assert [hold["code"] for hold in held.hold_reasons] == ["people_reactivated"]
    assert User.objects.filter(is_active=False).count() == 11


# One at a time, and the command


def test_two_readings_do_not_meet(organisation):
    with lock.held(source()), pytest.raises(lock.Busy):
        sync()


def test_a_failure_while_writing_takes_everything_back(organisation, monkeypatch):
    from directory.sync import applying

    organisation.add_person("zoe.nouvelle")
    organisation.leave("finances-contributors", dn_of("kevin.placide"))
    before = rows()

    def fail(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(applying, "_apply_groups", fail)
    with pytest.raises(KeyboardInterrupt):
        sync()
    unharmed(before)


def test_the_command_shows_the_changes_and_follows(organisation):
    organisation.add_person("zoe.nouvelle")
    organisation.leave("finances-contributors", dn_of("kevin.placide"))
    out = StringIO()
    call_command("sync_directory", "--dry-run", stdout=out)
    assert "+ Zoe Nouvelle (zoe.nouvelle)" in out.getvalue()
    assert not Person.objects.filter(user__username="zoe.nouvelle").exists()
    out = StringIO()
    call_command("sync_directory", stdout=out)
    assert "memberships to take away" in out.getvalue()
    assert Person.objects.filter(user__username="zoe.nouvelle").exists()


def test_the_command_says_how_to_approve_and_asks_for_a_name(organisation):
    organisation.delete(*(person_dn(person) for person in staff()[60:66]))
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("sync_directory", stdout=out)
    assert error.value.returncode == 2
    run = SyncRun.objects.first()
    assert f"--approve {run.pk}" in out.getvalue()
    with pytest.raises(CommandError, match="--as LOGIN"):
        call_command("sync_directory", "--approve", str(run.pk))
    call_command(
        "sync_directory", "--approve", str(run.pk), "--as", "shanice.alexander", stdout=out
    )
    assert User.objects.filter(is_active=False).count() == 7


def test_the_command_tells_of_a_directory_that_is_down(organisation):
    organisation.stop()
    with pytest.raises(CommandError, match="could not be read"):
        call_command("sync_directory", stdout=StringIO())
