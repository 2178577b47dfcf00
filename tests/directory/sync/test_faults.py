"""One bad entry of the directory spoils nothing else: it is told, left out, and doubted."""

from __future__ import annotations

import uuid

import ldif
import pytest
from django.db import DataError, IntegrityError, connection

from config.embedded.organisation import READER_DN, staff
from config.embedded.organisation.entries import PEOPLE_DN, group_dn, person_dn
from directory import journal
from directory.ldap import faults, schemas
from directory.ldap.entries import GroupEntry, person_entry
from directory.ldap.errors import UnusableEntry
from directory.ldap.snapshot import Snapshot
from directory.models import JournalEntry, Membership, Person, SyncRun, User
from directory.sync import engine, unknown
from directory.sync.state import GroupState, PersonState, State
from tests.cases import cases
from tests.html import read_in

from .test_doubt import narrow
from .test_engine import approver, dn_of, sync, user

GUID = uuid.UUID("8a2f3c1e-5b6d-4e7f-9a0b-1c2d3e4f5a6b")
CLOSED = "000001010000Z"
BLANK = f"cn=uid vide,{PEOPLE_DN}"


def add_blank(server) -> None:
    """Add the entry that stopped every reading."""
    server.add(BLANK, objectClass="inetOrgPerson", cn="uid vide", sn="Vide", uid=" ")


def add_blank_of_the_case(server) -> None:
    """Add it as it is kept beside the project, to the byte."""
    folder = cases()
    assert folder is not None
    with (folder / "ldap-blank-uid.ldif").open("rb") as file:
        read = ldif.LDIFRecordList(file)
        read.parse()
    for dn, attributes in read.all_records:
        assert dn == BLANK
        server.add(
            dn, **{name: [value.decode() for value in found] for name, found in attributes.items()}
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "add",
    [
        add_blank,
        pytest.param(
            add_blank_of_the_case,
            marks=pytest.mark.skipif(cases() is None, reason="the input is not at hand"),
        ),
    ],
)
def test_a_blank_login_is_told_and_left_out_and_all_else_applies(organisation, client, add):
    add(organisation)
    organisation.add_person("zoe.nouvelle")
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", CLOSED)
    organisation.leave("finances-contributors", dn_of("kevin.placide"))
    run = sync()
    assert run.state == SyncRun.State.APPLIED, run.error
    assert run.counts["entry_faults"] == 1
    assert run.diff["entry_faults"] == [{"name": BLANK, "why": "login_blank"}]
    assert user("zoe.nouvelle").is_active
    assert not user("alicia.baptiste").is_active
    assert not Membership.objects.filter(
        user__username="kevin.placide", access_group__role="contributor"
    ).exists()
    again = sync()
    assert (again.state, again.counts) == (SyncRun.State.UNCHANGED, {"entry_faults": 1})
    entry = JournalEntry.objects.get(action="sync.faults")  # once, not at each reading
    assert entry.payload == {
        "number": 1,
        "entries": [{"name": BLANK, "why": "login_blank"}],
    }
    assert list(journal.verify()) == []
    client.force_login(user("shanice.alexander"), backend="directory.backends.DirectoryBackend")
    for language, words in (("fr", "son identifiant est vide"), ("en", "its login is blank")):
        client.cookies["marigot_language"] = language
        assert (
            f"/access/directory/runs/{again.pk}/"
            in client.get("/access/directory/").content.decode()
        )
        page = client.get(f"/access/directory/runs/{again.pk}/").content.decode()
        assert BLANK in page
        assert words in page
    organisation.delete(BLANK)
    assert sync().counts == {}
    assert JournalEntry.objects.filter(action="sync.faults").latest("pk").payload["number"] == 0


@pytest.mark.django_db
def test_who_is_known_stays_as_known_until_the_directory_says_otherwise(organisation):
    dn = f"cn=Zoe Nouvelle,{PEOPLE_DN}"
    organisation.add(dn, objectClass="inetOrgPerson", cn="Zoe Nouvelle", sn="N", uid="zoe.n")
    organisation.join("finances-contributors", dn)
    sync()
    given = set(Membership.objects.filter(user__username="zoe.n").values_list("pk", flat=True))
    assert given
    organisation.modify(dn, "uid", " ")
    run = sync()
    assert (run.state, run.counts) == (SyncRun.State.UNCHANGED, {"entry_faults": 1})
    assert user("zoe.n").is_active
    assert given == set(
        Membership.objects.filter(user__username="zoe.n").values_list("pk", flat=True)
    )
    organisation.leave("finances-contributors", dn)
    assert sync().counts["memberships_removed"]
    organisation.modify(dn, "pwdAccountLockedTime", CLOSED)
    assert sync().counts["people_disabled"] == 1
    assert not user("zoe.n").is_active


@pytest.mark.django_db
def test_where_it_cannot_be_told_whose_entry_it_is_nobody_is_taken_for_absent(organisation):
    hidden, gone, closed = (person_dn(person) for person in staff()[60:63])
    narrow(organisation, f'to dn.exact="{hidden}" attrs=entryUUID by dn.exact="{READER_DN}" none')
    organisation.delete(gone)
    organisation.modify(closed, "pwdAccountLockedTime", CLOSED)
    memberships = set(Membership.objects.values_list("pk", flat=True))
    run = sync()
    assert run.diff["entry_faults"] == [{"name": hidden, "why": "id"}]
    assert "people_absent" not in run.counts
    assert run.counts["people_disabled"] == 1
    assert memberships == set(Membership.objects.values_list("pk", flat=True))
    narrow(organisation)
    assert sync().counts["people_absent"] == 1


@pytest.mark.django_db
def test_a_group_whose_members_are_hidden_keeps_them_and_all_else_is_written(organisation):
    group = group_dn("urbanisme-externals")
    narrow(
        organisation,
        f'to dn.exact="{group}" attrs=member by dn.exact="{READER_DN}" none by * break',
    )
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", CLOSED)
    held = sync()
    assert held.state == SyncRun.State.HELD
    assert [hold["code"] for hold in held.hold_reasons] == ["members_hidden"]
    assert not user("alicia.baptiste").is_active
    assert Membership.objects.filter(user__username="marcus.thorne").exists()
    assert held.beside["counts"] == {"people_disabled": 1}
    assert sync().pk == held.pk  # told once
    with pytest.raises(engine.NotHeld):  # nothing waits: it is to be put right in the directory
        sync(actor=approver(), approves=held)


@pytest.mark.django_db
def test_members_that_are_nobody_here_are_listed_and_get_nothing(organisation, client):
    gone = person_dn(staff()[60]).replace("uid=", "uid=gone.")
    organisation.join("finances-contributors", gone)
    run = sync()
    assert (run.state, run.counts) == (SyncRun.State.UNCHANGED, {"members_elsewhere": 1})
    assert run.diff["members_elsewhere"] == [{"name": gone, "via": ["finances-contributors"]}]
    client.force_login(user("shanice.alexander"))
    page = read_in(client.get(f"/access/directory/runs/{run.pk}/"))
    assert gone in page
    assert "finances-contributors" in page
    organisation.leave("finances-contributors", gone)
    assert sync().counts == {}


@pytest.mark.django_db
def test_two_entries_of_one_login_are_told(organisation):
    organisation.add(
        f"cn=double,{PEOPLE_DN}", objectClass="inetOrgPerson", cn="d", sn="D", uid="maryse.lubin"
    )
    run = sync()
    assert run.state == SyncRun.State.APPLIED
    assert [fault["why"] for fault in run.diff["entry_faults"]] == ["login_shared"]
    assert Person.objects.filter(user__username__startswith="maryse.lubin").count() == 2


@pytest.mark.django_db
def test_a_login_that_another_was_given_stops_nothing(organisation):
    def add(name: str, login: str) -> None:
        organisation.add(
            f"cn={name},{PEOPLE_DN}", objectClass="inetOrgPerson", cn=name, sn="D", uid=login
        )

    add("double", "maryse.lubin")
    sync()
    add("triple", User.objects.get(username__startswith="maryse.lubin~").username)
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", CLOSED)
    run = sync()
    assert run.state == SyncRun.State.APPLIED, run.error
    assert not user("alicia.baptiste").is_active
    assert Person.objects.filter(user__username__startswith="maryse.lubin~").count() == 2
    assert sync().state == SyncRun.State.UNCHANGED


@pytest.mark.django_db
def test_where_the_changes_cannot_be_written_who_is_disabled_is_closed(organisation):
    def refuse(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "directory_person"'):
            raise IntegrityError("as of a row that came meanwhile")
        return execute(sql, params, many, context)

    organisation.add_person("zoe.nouvelle")
    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", CLOSED)
    with connection.execute_wrapper(refuse):
        assert sync().state == SyncRun.State.FAILED
    assert not user("alicia.baptiste").is_active
    assert not User.objects.filter(username="zoe.nouvelle").exists()
    assert sync().state == SyncRun.State.APPLIED
    assert user("zoe.nouvelle").is_active


@pytest.mark.django_db
def test_a_dry_run_that_cannot_be_recorded_closes_nobody(organisation):
    def refuse(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "directory_syncrun"') and "dry_run" in params:
            raise DataError("as of a text that is too long")
        return execute(sql, params, many, context)

    organisation.modify(dn_of("alicia.baptiste"), "pwdAccountLockedTime", CLOSED)
    with connection.execute_wrapper(refuse):
        assert sync(dry_run=True).state == SyncRun.State.FAILED
    assert user("alicia.baptiste").is_active


def entry(**more: list[bytes]) -> dict[str, list[bytes]]:
    return {"entryuuid": [str(GUID).encode()], "uid": [b"mlubin"], "sn": [b"Lubin"]} | more


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        (entry(uid=[b" "]), "login_blank"),
        (entry(uid=[]), "login_missing"),
        (entry(uid=[b"\xff\xfe"]), "login_unreadable"),
        (entry(uid=[b"ad\x00min"]), "login_unreadable"),
        (entry(uid=[b"ad\nmin"]), "login_unreadable"),
        (entry(entryuuid=[]), "id"),
        (entry(entryuuid=[b"\xff"]), "id"),
        (entry(entryuuid=[b"not one"]), "id"),
    ],
)
def test_what_makes_an_entry_unusable(attributes, why):
    with pytest.raises(UnusableEntry) as error:
        person_entry(schemas.OPENLDAP, "uid=x", attributes)
    assert error.value.why == why


@pytest.mark.parametrize("control", [b"", b"many", b"\xff", b"9" * 5000, "²".encode()])
def test_a_status_that_is_no_number_is_the_fault_of_that_entry(control):
    given = {
        "objectguid": [GUID.bytes_le],
        "samaccountname": [b"mlubin"],
        "useraccountcontrol": [control],
    }
    with pytest.raises(UnusableEntry) as error:
        person_entry(schemas.ACTIVE_DIRECTORY, "CN=x", given)
    assert error.value.why == "status_unreadable"


def test_what_is_too_long_or_half_readable_is_cut_and_read():
    found = person_entry(
        schemas.OPENLDAP,
        "uid=x",
        entry(
            uid=[b" ", b"x" * 5000],
            cn=[b"\xffName\x00"],
            mail=[b"a" * 300 + b"@example.org"],
            telephonenumber=[b"1" * 900],
            title=[b"t" * 900],
        ),
    )
    lengths = (len(found.login), len(found.phone), len(found.title))
    assert (lengths, found.mail) == ((150, 50, 200), "")


def test_a_group_that_cannot_be_read_keeps_its_people_and_groups():
    group, child, gone, ana, ben = (uuid.uuid4() for _ in range(5))
    state = State()
    for key in (ana, ben):
        state.people[key] = PersonState(1, 1, "x", active=True, closed=False, fields=())
    for key in (group, child, gone):
        state.groups[key] = GroupState(1, ("n", "d", ""), gone=key == gone, ruled=True)
    state.members = {group: {ana, ben}, child: {ana}}
    state.edges = {group: {child, gone}}
    read = Snapshot({ana: None}, {child: GroupEntry(child, "d", "n", "", people={ana})})
    read.faults = [faults.Fault("cn=g", "members_unreadable", "group", group)]
    unknown.keep_unknown(state, read)
    assert read.groups.keys() == {group, child}
    assert read.groups[group].people == {ana}  # the other is gone, whatever the group says
    assert read.groups[group].groups == {child}
    read = Snapshot({ana: None}, {child: GroupEntry(child, "d", "n", "")})
    read.faults = [faults.Fault("cn=g", "id", "group")]
    unknown.keep_unknown(state, read)
    assert read.groups.keys() == {group, child}
