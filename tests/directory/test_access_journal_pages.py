"""The journal, as IT administrators read it and take it out."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from directory import journal
from directory.access import Level
from directory.actions.grants import revoke_access
from directory.actions.memberships import add_member
from directory.models import JournalEntry, Role, User
from directory.models.grants import UserGrant
from directory.views.access.named import Target
from tests.directory.factories import event
from tests.html import elements, has, read_in, texts

from .access_world import SECRET, admin, client, world
from .factories import give, group_of, make_person, make_service
from .test_journal import NO_DATE, raw

SQLITE = connection.vendor == "sqlite"
pytestmark = pytest.mark.django_db
__all__ = ["admin", "client", "world"]  # fixtures


def test_the_journal_is_narrowed_and_keeps_what_apps_noted_to_itself(client, admin, world):
    with journal.transaction():
        journal.append(
            event("node.renamed"),
            actor=world.head,
            obj=world.service,
            scope=world.secret,
            payload={"to": "Plain words"},
        )
    JournalEntry.objects.filter(action="node.renamed").update(object_type="documents.node")
    url = reverse("directory:access_journal")
    text = client.get(url, {"action": "node.renamed"}).content.decode()
    assert "node.renamed" in text
    assert "Plain words" not in text
    shown = client.get(url, {"service": "finance", "person": "hal.head"})
    assert len(elements(shown, "code.small", "node.renamed")) == 1
    later = timezone.localdate() + timedelta(days=1)
    assert "No entry" in client.get(url, {"since": later}).content.decode()
    assert client.get(url, {"since": "nonsense", "until": "2026-13-45"}).status_code == 200


def test_the_first_page_shows_what_changed_behind_a_morning_of_sign_ins(client, admin, world):
    group = group_of(world.service, Role.CONTRIBUTOR)
    add_member(actor=admin, access_group=group, user=make_person("sam.stranger"))
    with journal.transaction():
        for _morning in range(20):
            for told in ("session.signed_in", "session.refused", "session.signed_out"):
                journal.append(event(told), actor=world.member, obj=world.member)
        journal.append(event("journal.exported"), actor=admin, payload={"filters": ""})
    entries = client.get(reverse("directory:access")).context["entries"]
    assert entries[0].action == "membership.added"
    assert not [
        each for each in entries if each.action in ("session.signed_in", "journal.exported")
    ]
    lines = client.get(reverse("directory:access_journal"), {"action": "session."}).context["lines"]
    assert len(lines) == 50


def test_all_actions_are_feminine_in_french(client, world):
    client.cookies["marigot_language"] = "fr"
    text = client.get(reverse("directory:access_journal")).content.decode()
    for name, words in (("service", "Tous"), ("action", "Toutes"), ("outcome", "Tous")):
        assert has(text, f"[name='{name}'] > option[value='']:first-child", words), name


def test_what_entries_tell_of_is_named_at_the_same_cost_for_many(client, admin, world):
    url = reverse("directory:access_journal")
    until = timezone.make_aware(datetime(2099, 12, 31, 23, 59, 59))
    other = make_service("schools", name_fr="Écoles", name_en="Schools")
    people = [make_person(f"p.{number}") for number in range(4)]
    group = group_of(world.service, Role.MEMBER)
    grant = give(people[0], Level.READ, other.scope, expires_at=until)
    number = grant.pk
    revoke_access(actor=None, grant=UserGrant.objects.get(pk=number))
    text = client.get(url).content.decode()
    assert "account: P 0 (p.0)" in text
    assert text.count("until: 31/12/2099 23:59") == 2  # given, and taken away again
    assert f"Grant to a person no. {number}" in read_in(text)
    address = reverse("directory:access_service", args=["schools"])
    assert has(text, f"a[href='{address}']", "Schools")
    add_member(actor=None, user=people[0], access_group=group)
    assert "access group: Finance · member" in client.get(url).content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for person in people[1:]:
        add_member(actor=None, user=person, access_group=group)
        give(person, Level.READ, other.scope)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)
    # What is gone stays the number that it was.
    with journal.transaction():
        journal.append(event("grant.kept"), actor=None, payload={"user": 987654, "group": True})
    text = client.get(url).content.decode()
    for told in ("account no.: 987654", "group no.: yes"):  # in the database's own order
        assert told in text


def test_older_entries_are_a_page_away(client, world):
    for number in range(60):
        make_person(f"p.{number}")
    url = reverse("directory:access_journal")
    text = client.get(url).content.decode()
    assert "Older" in text
    newest = JournalEntry.objects.count()
    older = client.get(url, {"before": newest - 49})
    assert max(int(number) for number in texts(older, "td.number")) == newest - 50


def test_the_journal_is_taken_out_whole_and_that_is_noted(client, admin, world):
    with journal.transaction():
        journal.append(event("session.released"), actor=admin, obj=admin, payload={"=cmd": "x"})
    number = JournalEntry.objects.count()
    response = client.post(reverse("directory:access_journal_export"))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [int(row["number"]) for row in rows] == list(range(number + 1, 0, -1))
    assert rows[0]["action code"] == "journal.exported"
    formula = next(r for r in rows if r["action code"] == "session.released")
    assert formula["details"] == "'=cmd: x"
    assert SECRET not in text
    assert "attachment" in response["Content-Disposition"]


@pytest.mark.parametrize(
    ("language", "heading", "refused", "renamed"),
    [
        (
            "en",
            "number;time (America/Martinique);who;login;action;outcome;kind of object;object;"
            "object number;where;details;UTC time;action code;outcome code;kind code;request;hash",
            ["Sign-in refused", "denied", "Account", "Mia Member"],
            ["Folder renamed", "done", "Access scope", "Folder no. {}"],
        ),
        (
            "fr",
            "numéro;date et heure (America/Martinique);qui;identifiant;action;résultat;"
            "type d’objet;objet;numéro de l’objet;où;détails;date et heure UTC;code de l’action;"
            "code du résultat;code du type;requête;empreinte",
            ["Connexion refusée", "refusé", "Compte", "Mia Member"],
            ["Dossier renommé", "fait", "Emplacement", "Dossier n°\u00a0{}"],
        ),
    ],
)
def test_the_export_says_what_the_page_says_beside_the_codes(
    client, admin, world, language, heading, refused, renamed
):
    member, place = world.member, world.secret
    with journal.transaction():
        journal.append(event("folder.renamed"), actor=admin, obj=place, scope=place)
        journal.append(event("session.refused"), actor=None, obj=member, outcome="denied")
    last = JournalEntry.objects.latest("sequence")
    url = reverse("directory:access_journal_export")
    taken = client.post(url, headers={"accept-language": language})
    text = b"".join(taken.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == heading
    _exported, first, second = list(csv.reader(io.StringIO(text), delimiter=";"))[1:4]
    local = f"{timezone.localtime(last.at):%Y-%m-%d %H:%M:%S}"
    assert first[:4] == [str(last.pk), local, "Marigot", ""]
    assert first[4:11] == [*refused, str(member.pk), "", ""]
    assert datetime.fromisoformat(first[11]) == last.at
    assert first[11].endswith("+00:00")
    assert first[12:] == ["session.refused", "denied", "directory.user", "", last.hash]
    renamed = [each.format(place.pk) for each in renamed]
    assert second[2:10] == ["Ida Admin", "ida.admin", *renamed, str(place.pk), renamed[-1]]
    assert second[12:15] == ["folder.renamed", "done", "directory.accessscope"]


def test_the_name_of_what_an_entry_is_about_costs_no_address():
    about = Target("Finance", "no:such_route", 1)
    assert str(about) == "Finance"
    with pytest.raises(NoReverseMatch):
        about.address  # noqa: B018


@pytest.mark.parametrize(
    "time", [NO_DATE, "2026-02-31 10:00:00" if SQLITE else "0044-03-15 10:00:00+00 BC"]
)
def test_a_damaged_row_is_shown_as_one_and_hides_nothing(client, admin, world, time):
    with journal.transaction():
        for subject in (world.member, world.head, world.member):
            journal.append(event("person.updated"), actor=admin, obj=subject)
    damaged = JournalEntry.objects.filter(action="person.updated").order_by("sequence")[1]
    raw(damaged.pk, "at", time)
    url = reverse("directory:access_journal")
    text = client.get(url).content.decode()
    assert text.count("This entry cannot be read") == 1
    assert "verify_journal" in text
    assert len(elements(text, "code.small", "person.updated")) == 2
    for address in (
        reverse("directory:access"),
        reverse("directory:access_person", args=[world.head.pk]),
    ):
        assert "This entry cannot be read" in client.get(address).content.decode()
    rows = b"".join(client.post(f"{url}export/").streaming_content).decode("utf-8-sig")
    assert f"{damaged.pk};;" in rows


def nested(depth: int) -> str:
    return '{"level": ' + "[" * depth + "]" * depth + "}"


NO_TEXT = object()
# What nothing here would write, each in one column of a row.
ROWS: list[tuple[str, object]] = [
    ("payload", '{"expires_at": "0001-01-01T00:00:00+14:00"}'),
    ("payload", '{"expires_at": "9999-12-31T23:59:59-11:00"}'),
    *(("payload", nested(depth)) for depth in (440, 480, 900)),
    ("payload", '{"user": %s}' % ("9" * 5000)),
    ("payload", '{"ratio": 0.5}'),
    ("payload", "[]"),
    ("at", "0001-01-01 00:00:00+00"),
    ("scope_id", -5),
]
if SQLITE:  # PostgreSQL has columns of text and of numbers for these
    ROWS += [
        ("payload", r'{"level": "\ud800"}'),
        *(("scope_id", value) for value in ("abc", 9.5, 1e30)),
        *(("actor_id", value) for value in ("abc", -5)),
        *((name, b"\xff") for name in ("action", "actor_name", "object_id", "request_id")),
        *((name, NO_TEXT) for name in ("action", "actor_name", "object_id", "hash")),
    ]


def stored(number: int, column: str) -> object:
    """What the row has there, as the database keeps it."""
    kept = f"{column}::text" if column == "payload" and not SQLITE else column
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {kept} FROM directory_journalentry WHERE sequence = %s",  # noqa: S608
            [number],
        )
        return cursor.fetchone()[0]


def harm(number: int, column: str, value: object) -> None:
    if value is not NO_TEXT:
        raw(number, column, value)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE directory_journalentry SET {column} = CAST(x'ff' AS TEXT) "  # noqa: S608
            "WHERE sequence = %s",
            [number],
        )


def test_whatever_a_row_holds_it_is_shown_as_damaged_and_hides_nothing(client, admin, world):
    damaged = "Its row was damaged. The command verify_journal tells what is wrong with it."
    with journal.transaction():
        for subject in (world.member, world.head, world.member):
            journal.append(event("grant.given"), actor=admin, obj=subject)
    number = journal.last_sequence() - 1
    url = reverse("directory:access_journal")
    people = reverse("directory:access_person", args=[world.head.pk])
    for column, value in ROWS:
        right = stored(number, column)
        harm(number, column, value)
        row = (column, str(value)[:60])
        for asked in ({}, {"action": "grant."}):
            found = client.get(url, asked).context["lines"]
            lines = {line.entry.sequence: line.details for line in found}
            assert lines[number - 1] != damaged != lines[number + 1], row
            # A filter need not find what it cannot read.
            assert lines.get(number, damaged if asked else "") == damaged, row
        for address in (reverse("directory:access"), people):
            assert client.get(address).status_code == 200, row
        taken = client.post(f"{url}export/").streaming_content
        text = b"".join(taken).decode("utf-8-sig")
        told = {
            int(line["number"]): line["details"]
            for line in csv.DictReader(io.StringIO(text), delimiter=";")
        }
        assert sorted(told) == list(range(1, max(told) + 1)), row
        assert [each for each in told if told[each] == damaged] == [number], row
        raw(number, column, right)


def test_a_person_is_found_by_what_is_typed_without_choosing(client, admin, world):
    helene = make_person("hbrun", display_name="Hélène Brun")
    rene = make_person("rene", display_name="René Brun")
    User.objects.filter(pk=rene.pk).update(is_active=False)
    with journal.transaction():
        for person in (helene, rene, world.head):
            journal.append(event("person.updated"), actor=admin, obj=person)

    def found(typed: str, language: str = "en") -> tuple[set[int], str]:
        asked = {"person": typed, "action": "person.updated"}
        url = reverse("directory:access_journal")
        shown = client.get(url, asked, headers={"accept-language": language})
        return {
            int(line.entry.object_id) for line in shown.context["lines"]
        }, shown.content.decode()

    for typed, person in (
        ("HBRUN", helene), ("helene", helene), ("helene brun", helene), ("Brun, Hélène", None),
        ("rene", rene), ("René Brun", rene),
    ):  # fmt: skip
        assert found(typed)[0] == ({person.pk} if person else set()), typed
    for language, several, nobody in (
        ("en", "Several people match: choose one of those offered", "Nobody has this login"),
        (
            "fr",
            "Plusieurs personnes correspondent\u00a0: choisissez parmi celles proposées",
            "Aucun compte ne porte cet identifiant",
        ),
    ):
        pks, shown = found("brun", language)
        assert pks == set()
        assert several in shown
        assert has(shown, "[aria-describedby='f-person-trouble']")
        assert nobody in found("zzz", language)[1]
        # An empty list of somebody who is known is just that.
        asked = {"person": "hbrun", "action": "grant.given"}
        url = reverse("directory:access_journal")
        plain = client.get(url, asked, headers={"accept-language": language}).content.decode()
        assert "f-person-trouble" not in plain


@pytest.mark.parametrize(
    ("language", "told", "several"),
    [
        ("en", "Nothing was exported: say which person is meant.", "Several people match"),
        (
            "fr",
            "Rien n’a été exporté\u00a0: précisez de quelle personne il s’agit.",
            "Plusieurs personnes correspondent",
        ),
    ],
)
def test_nothing_is_taken_out_of_somebody_unclear(client, world, language, told, several):
    for login, name in (("hbrun", "Hélène Brun"), ("rene", "René Brun")):
        make_person(login, display_name=name)
    asked = {"person": "brun", "action": "person."}
    url = reverse("directory:access_journal_export")
    shown = client.post(url, asked, headers={"accept-language": language}, follow=True)
    page = shown.content.decode()
    assert shown.redirect_chain == [("/access/journal/?person=brun&action=person.", 302)]
    assert told in page
    assert several in page
    assert not JournalEntry.objects.filter(action="journal.exported").exists()
    known = client.post(url, asked | {"person": "hbrun"})
    assert "attachment" in known["Content-Disposition"]
