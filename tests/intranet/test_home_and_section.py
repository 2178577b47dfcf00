"""The home page and the sections: what is on them for whom, and at what cost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from directory.access import Level
from directory.models import Role
from tests.directory.factories import group_of, join, make_person
from tests.html import element, has, read_in, values

from .factories import make_event, make_note, make_page, make_section

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_home_page_holds_what_one_may_read(sign_in, finance, schools, member):
    make_section(schools)
    make_note(finance, "note of mine")
    make_note(schools, "note for all", audience="organisation")
    make_note(schools, "note of theirs")
    make_note(finance, "draft of mine", draft=True)
    soon = timezone.now() + timedelta(days=1)
    make_event(finance, "event of mine", start=soon)
    make_event(schools, "event of theirs", start=soon)
    make_event(finance, "event of yesterday", start=soon - timedelta(days=2))
    mine = page(sign_in(member), "/en/")
    for text in ("Mia", "/en/finance/", "note of mine", "note for all", "event of mine"):
        assert text in mine
    for text in ("of theirs", "draft", "yesterday"):
        assert text not in mine
    theirs = page(sign_in(make_person("sam.stranger", outsider=True)), "/en/")
    for text in ("note", "event of", "finance", "schools"):
        assert f">{text}" not in theirs


def test_the_welcome_is_for_the_organisation(sign_in, finance, member):
    from intranet.models import HomePage

    home = HomePage.objects.get(locale__language_code="fr")
    home.welcome = "Bienvenue à tous"
    home.save_revision().publish()
    assert "Bienvenue" in page(sign_in(member), "/fr/")
    stranger = make_person("sam.stranger", outsider=True)
    assert "Bienvenue" not in page(sign_in(stranger), "/fr/")


def test_the_front_door_leads_to_the_home_page_in_ones_language(sign_in, member):
    client = sign_in(member)
    assert client.get("/", headers={"accept-language": "en"})["Location"] == "/en/"
    assert client.get("/", headers={"accept-language": "fr"})["Location"] == "/fr/"


def test_a_section_shows_its_people_and_pages(sign_in, finance, member):
    make_person("hal.head", service=finance, role=Role.HEAD, title="Director", phone="05 96 00")
    make_person("gone.head", service=finance, role=Role.HEAD, active=False)
    make_page(finance, "Who does what", audience="organisation")
    shown = page(sign_in(member), "/en/finance/")
    for text in ("Hal Head", "Director", "tel:059600", "05\xa096\xa000", "Who does what"):
        assert text in shown
    assert "Gone" not in shown


def test_the_notes_of_a_section_are_filtered_and_paged(sign_in, finance, schools, member):
    for number in range(12):
        make_note(
            finance,
            f"number-{number}-",
            audience="organisation" if number % 2 else "service",
            date=date(2026 - number // 6, 3, 28 - number),
        )
    client = sign_in(member)
    first, second = page(client, "/en/finance/"), page(client, "/en/finance/?page=2")
    assert "number-0-" in first
    assert "number-11-" not in first
    assert "number-11-" in second
    public = page(client, "/en/finance/?audience=organisation")
    assert "number-1-" in public
    assert "number-0-" not in public
    assert has(page(client, "/en/finance/"), "a[href$='year=2025']", "2025")
    past = page(client, "/en/finance/?year=2025")
    assert has(past, "a[aria-current='true']", "2025")
    # Each group has its own way back, lit where nothing of the group is chosen.
    assert has(public, "a[aria-current='true']", "All years")
    assert not has(public, "a[aria-current='true']", "All")
    assert has(past, "a.chip[href='?']:not([aria-current])", "All years")
    assert has(past, "a[aria-current='true']", "All")
    both = page(client, "/en/finance/?year=2025&audience=organisation")
    way_back = "a.chip[href='?audience=organisation']:not([aria-current])"
    assert has(both, way_back, "All years")
    assert "number-6-" in past
    assert "number-0-" not in past
    for nonsense in ("page=x", "page=99", "year=²", "year=1", "audience=zzz", "year=2025&page=0"):
        assert client.get(f"/en/finance/?{nonsense}").status_code == 200
    other = page(sign_in(make_person("olga.other", service=schools)), "/en/finance/?year=2026")
    assert "number-1-" in other
    assert "number-0-" not in other
    assert "audience=" not in other


@pytest.mark.parametrize("notes", [1, 8])
def test_what_a_page_costs_does_not_grow_with_its_content(
    sign_in, finance, member, notes, django_assert_max_num_queries
):
    soon = timezone.now() + timedelta(days=1)
    for number in range(notes):
        note = make_note(finance, f"note {number}", audience="organisation")
        make_event(finance, f"event {number}", start=soon)
        make_page(finance, f"page {number}")
    client = sign_in(member)
    client.get("/en/")  # what is cached for the process
    for address, most in (("/en/", 11), ("/en/finance/", 14), (note.address_in("en"), 9)):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_a_head_writes_a_note_in_two_clicks(sign_in, finance, schools, member):
    section = make_section(finance)
    head = make_person("hal.head", service=finance, role=Role.HEAD)
    client = sign_in(head)
    answer = client.get(reverse("intranet:write"), headers={"accept-language": "fr"})
    assert answer["Location"].endswith(f"/add/intranet/notepage/{section['fr'].pk}/")
    assert answer["Location"] in page(client, "/fr/finance/")
    assert client.get(answer["Location"]).status_code == 200
    make_section(schools)
    join(head, group_of(schools, Role.HEAD))
    choices = page(sign_in(head), reverse("intranet:write"))
    assert choices.count("/add/intranet/notepage/") == 2
    assert sign_in(member).get(reverse("intranet:write")).status_code == 404
    assert "/admin/" not in page(sign_in(member), "/fr/finance/")


def test_a_note_is_translated_below_the_section_of_the_other_language(sign_in, finance, member):
    from wagtail.models import Locale

    from intranet.models import NotePage

    head = make_person("hal.head", service=finance, role=Role.HEAD)
    note = make_note(finance, "Bonjour")
    english = Locale.objects.get(language_code="en")
    address = reverse("simple_translation:submit_page_translation", args=[note.pk])
    client = sign_in(head)
    assert client.get(address).status_code == 200
    assert client.post(address, {"locales": [english.pk]}).status_code == 302
    twin = NotePage.objects.get(locale=english)
    assert twin.translation_key == note.translation_key
    assert twin.get_parent().pk == make_section(finance)["en"].pk
    assert not twin.live
    assert twin.scope_id == finance.scope_id


def test_editors_see_what_is_in_preparation(sign_in, finance, member):
    from intranet.models import NotePage

    soon = timezone.now() + timedelta(days=1)
    make_note(finance, "a-draft", draft=True)
    make_note(finance, "a-schedule", draft=True, go_live_at=soon)
    changed = make_note(finance, "a-note")
    changed.title = "a-new-title"
    changed.save_revision()
    make_note(finance, "a-finished-one")
    contributor = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    client = sign_in(contributor)
    aside = element(page(client, "/en/finance/"), "section:has(#preparations)")
    for title in ("a-draft", "a-schedule", "a-new-title"):
        assert title in read_in(aside)
    assert "a-finished-one" not in read_in(aside)
    draft = NotePage.objects.get(title="a-draft")
    assert reverse("wagtailadmin_pages:edit", args=[draft.pk]) in values(aside, "a", "href")
    theirs = page(sign_in(member), "/en/finance/")
    for word in ("preparations", "a-draft", "a-schedule", "a-new-title"):
        assert word not in theirs


def test_a_recent_document_names_the_space_to_whoever_reads_it(sign_in, finance, member):
    from documents.actions import share
    from tests.documents.factories import make_document, make_space

    document = make_document(make_space(finance, "secret-works"), name="plan.txt")
    invited = make_person("ines.invited", outsider=True)
    share(actor=None, node=document, to=invited, level=Level.READ)
    assert "secret-works" in page(sign_in(member), "/en/")
    shown = page(sign_in(invited), "/en/")
    assert "plan.txt" in shown
    assert "secret-works" not in shown


def test_recent_documents_are_those_one_reads(sign_in, finance, schools, member):
    from tests.documents.factories import make_document, make_space

    make_document(make_space(finance, "budgets"), name="mine.txt")
    make_document(make_space(schools, "classes"), name="theirs.txt")
    shown = page(sign_in(member), "/en/")
    assert "mine.txt" in shown
    assert "theirs.txt" not in shown
    assert "mine.txt" not in page(sign_in(make_person("sam.stranger", outsider=True)), "/en/")
