"""All notes, all events, all services: what is listed for whom, in which order, at what cost."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.models import Role
from directory.sqlite3.statistics import refresh
from intranet.selectors import latest_notes
from intranet.years import by_year
from tests.directory.factories import make_person, make_service
from tests.html import has, values

from .factories import make_event, make_note, make_page, make_section

pytestmark = pytest.mark.django_db


def page(client, address):
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_all_notes_are_listed_by_pages_by_year_and_by_service(sign_in, finance, schools, member):
    for number in range(17):
        make_note(
            finance, f"mine-{number}-", date=date(2026 - number // 16, 3, 28) - timedelta(number)
        )
    make_note(schools, "for-all", audience="organisation", date=date(2026, 4, 1))
    make_note(schools, "of-theirs", date=date(2026, 4, 2))
    client = sign_in(member)
    first, second = page(client, "/notes/"), page(client, "/notes/?page=2")
    assert first.index("for-all") < first.index("mine-0-")
    assert "mine-16-" not in first
    assert "mine-16-" in second
    for shown in (first, second):
        assert "of-theirs" not in shown
    own = page(client, "/notes/?mine=yes")
    assert "mine-0-" in own
    assert "for-all" not in own
    past = page(client, "/notes/?year=2025")
    assert has(first, "a[aria-current='true']", "All years")
    assert has(past, "a.chip[href='?']:not([aria-current])", "All years")
    assert "mine-16-" in past
    assert "mine-0-" not in past
    # The two groups are independent: neither takes the other's choice away.
    assert has(past, "a.chip[href='?year=2025&mine=yes']")
    both = page(client, "/notes/?year=2025&mine=yes")
    assert has(both, "a.chip[href='?year=2025']")
    assert has(both, "a.chip[href='?mine=yes']:not([aria-current])", "All years")
    for nonsense in ("page=x", "page=99", "year=²", "year=1", "mine=perhaps"):
        assert client.get(f"/notes/?{nonsense}").status_code == 200
    nothing = page(sign_in(make_person("sam.stranger", outsider=True)), "/notes/")
    assert "mine-" not in nothing
    assert "No note yet" in nothing


def test_events_to_come_and_past_ones(sign_in, finance, schools, member):
    now = timezone.now()
    make_event(finance, "tomorrow", start=now + timedelta(days=1))
    make_event(finance, "under-way", start=now - timedelta(hours=1), end=now + timedelta(hours=1))
    make_event(finance, "yesterday", start=now - timedelta(days=1))
    make_event(finance, "gone-by", start=now - timedelta(days=3), end=now - timedelta(days=2))
    make_event(schools, "theirs", start=now + timedelta(days=1))
    client = sign_in(member)
    coming, past = page(client, "/events/"), page(client, "/events/?show=past")
    assert coming.index("under-way") < coming.index("tomorrow")
    assert past.index("yesterday") < past.index("gone-by")
    for text in ("yesterday", "gone-by", "theirs"):
        assert text not in coming
    for text in ("tomorrow", "under-way", "theirs"):
        assert text not in past
    stranger = sign_in(make_person("sam.stranger", outsider=True))
    assert "Nothing planned" in page(stranger, "/events/")
    assert "No past event" in page(stranger, "/events/?show=past")


def test_services_stand_below_their_superior_by_name(sign_in, finance, schools, member):
    resources = make_service("resources", name_fr="Ressources", name_en="Resources")
    for service in (resources, schools):
        make_section(service)
    finance.parent = resources
    finance.save(update_fields=["parent"])
    shown = page(sign_in(member), "/services/")
    listed = values(shown, ".branches a", "href")
    assert listed == ["/en/resources/", "/en/finance/", "/en/schools/"]
    assert has(shown, ".branches h3 a[href='/en/finance/']")
    french = sign_in(member).get("/services/", headers={"accept-language": "fr"})
    listed = values(french, ".branches a", "href")
    assert listed.index("/fr/schools/") < listed.index("/fr/resources/"), "É stands with E"
    stranger = page(sign_in(make_person("sam.stranger", outsider=True)), "/services/")
    assert "/en/finance/" not in stranger
    assert "No service is open to you yet" in stranger


@pytest.mark.parametrize("things", [1, 6])
def test_a_list_costs_the_same_however_long(
    sign_in, finance, member, things, django_assert_max_num_queries
):
    soon = timezone.now() + timedelta(days=1)
    for number in range(things):
        make_note(finance, f"note {number}")
        make_event(finance, f"event {number}", start=soon)
        make_section(make_service(f"service-{number}", parent=finance))
    client = sign_in(member)
    client.get("/services/")  # what is cached for the process
    for address, most in (("/notes/", 8), ("/events/", 9), ("/services/", 9)):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_pages_below_a_page_are_listed_on_it(sign_in, finance, member):
    from intranet.models import PlainPage

    top = make_page(finance, "Who does what")
    for title, live in (("The cash desk", True), ("Not ready", False)):
        top.add_child(instance=PlainPage(title=title, locale=top.locale, live=live))
    shown = page(sign_in(member), top.address_in("en"))
    assert "In this section" in shown
    assert "The cash desk" in shown
    assert "Not ready" not in shown


def test_an_event_says_when_in_the_readers_words(sign_in, finance, member):
    start = timezone.make_aware(datetime(2031, 12, 1, 8, 0))
    event = make_event(finance, "Training", start=start, end=start + timedelta(hours=8))
    client = sign_in(member)
    assert "Monday 1 December 2031, 08:00 to 16:00" in page(client, event.address_in("en"))
    french = client.get(event.address_in("fr")).content.decode()
    assert "Lundi 1er décembre 2031, de 8\xa0h\xa000 à 16\xa0h\xa000" in french
    over = make_event(finance, "Seen", start=timezone.now() - timedelta(days=9))
    for address, calendar in ((event.address_in("en"), True), (over.address_in("en"), False)):
        assert ("Add to my calendar" in page(client, address)) is calendar


def test_a_page_leads_to_its_section_and_its_editor(sign_in, finance, member):
    note = make_note(finance, "A note")
    link = '<a href="/en/finance/">Finance</a>'
    assert link in page(sign_in(member), note.address_in("en"))
    assert "/edit/" not in page(sign_in(member), note.address_in("en"))
    head = make_person("hal.head", service=finance, role=Role.HEAD)
    assert f"/admin/pages/{note.pk}/edit/" in page(sign_in(head), note.address_in("en"))


def test_a_page_of_the_newest_notes_is_read_from_an_index(finance, member):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite sorts what is short, whatever it is told: see the growth bench")
    for number in range(20):
        make_note(finance, f"note-{number}", date=date(2026, 3, 1) + timedelta(number))
    with connection.cursor() as cursor:  # PostgreSQL reads short tables through, and sorts them
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    assert "note_by_date" in latest_notes(member)[:15].explain()


def test_the_years_of_notes_are_counted_without_their_texts(finance, member):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps long texts beside their table, and reads short tables whole")
    for number in range(9):
        make_note(finance, f"note-{number}")
    refresh()
    with CaptureQueriesContext(connection) as asked:
        by_year(latest_notes(member), None, 15)
    counting = next(each["sql"] for each in asked if "in_year" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {counting}")
        plan = " ".join(str(row) for row in cursor)
    assert "intranet_notepage USING COVERING INDEX date_of_note" in plan
