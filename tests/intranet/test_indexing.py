"""What can be found of the pages: everything published, by whoever reads it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import override

from directory import consumers
from directory.models import Role
from intranet.models import NotePage
from search import registry
from search.parameters import read
from search.searching import search
from tests.directory.factories import make_person, make_service
from tests.html import element, read_in
from tests.search.conftest import tantivy_settings  # noqa: F401  (a fixture)

from .factories import make_event, make_note, make_page, make_section, paragraph

pytestmark = pytest.mark.django_db


def test_the_texts_of_a_note_are_handed_over(finance):
    note = make_note(
        finance,
        "Clôture",
        summary="en bref",
        reference="2026-12",
        signed_by="Zoé",
        contact="poste 12",
        body=[
            *paragraph("le <b>texte</b>"),
            {"type": "heading", "value": {"text": "titre", "level": "2"}},
            {"type": "quote", "value": {"text": "citation", "source": "source"}},
            {"type": "table", "value": {"data": [["cellule", "b"]], "table_caption": "légende"}},
        ],
    )
    (document,) = registry.get("note").documents([str(note.pk)])
    for word in ["texte", "titre", "citation", "source", "cellule", "2026-12", "Zoé"]:
        assert word in document.body
    assert "<b>" not in document.body
    assert (document.title, document.summary) == ("Clôture", "en bref")
    assert (document.scope_id, document.service_id) == (finance.scope_id, finance.pk)
    assert document.language == "fr"
    assert document.url == note.address_own


def test_a_draft_is_not_handed_over(finance):
    draft = make_note(finance, "draft", draft=True)
    assert not list(registry.get("note").documents([str(draft.pk)]))
    assert str(draft.pk) not in set(registry.get("note").all_pks())


def test_each_kind_has_its_pages(finance):
    section = make_section(finance)["fr"]
    note, event = make_note(finance), make_event(finance, start=timezone.now())
    page = make_page(finance)
    found = {kind: set(registry.get(kind).all_pks()) for kind in ("note", "event", "page")}
    assert found["note"] == {str(note.pk)}
    assert found["event"] == {str(event.pk)}
    assert {str(section.pk), str(page.pk)} <= found["page"]


def test_hits_are_checked_again_and_shown_in_the_readers_language(finance):
    closed = make_note(finance, "Fermé")
    public = make_note(finance, "Ouvert", audience="organisation")
    pks = [str(closed.pk), str(public.pk)]
    kind = registry.get("note")
    other = make_person("olga.other", service=make_service("schools"), role=Role.HEAD)
    with override("en"):
        hits = kind.visible(other, pks)
    assert set(hits) == {str(public.pk)}
    assert hits[str(public.pk)].url == f"/en/finance/{public.slug}/"
    assert hits[str(public.pk)].context == "Finance"
    assert set(kind.visible(make_person("mia.member", service=finance), pks)) == set(pks)


def test_two_queries_at_most_show_any_number_of_hits(finance, django_assert_max_num_queries):
    notes = [make_note(finance, f"note {n}") for n in range(4)]
    member = make_person("mia.member", service=finance)
    with django_assert_max_num_queries(2):
        registry.get("note").visible(member, [str(note.pk) for note in notes])


@pytest.mark.django_db(transaction=True)
def test_a_note_is_found_from_its_publication_to_its_withdrawal(finance, tantivy_settings):  # noqa: F811
    member = make_person("mia.member", service=finance)
    other = make_person("olga.other", service=make_service("schools"), role=Role.HEAD)

    def found(person):
        consumers.drain("search-index")
        return [shown.hit.title for shown in search(person, read(QueryDict("q=goyavier"))).shown]

    note = make_note(finance, "Le goyavier", draft=True)
    assert found(member) == []
    note.get_latest_revision().publish()
    assert found(member) == ["Le goyavier"]
    assert found(other) == []
    note = NotePage.objects.get(pk=note.pk)
    note.audience = "organisation"
    note.save_revision().publish()
    assert found(other) == ["Le goyavier"]
    NotePage.objects.get(pk=note.pk).unpublish()
    assert found(member) == found(other) == []


def test_an_event_is_dated_by_its_beginning(finance):
    start = timezone.now() + timedelta(days=3)
    event = make_event(finance, "Fête", start=start, place_name="Salle bleue")
    (document,) = registry.get("event").documents([str(event.pk)])
    assert document.date == start
    assert "Salle bleue" in document.body


def test_the_first_of_a_month_is_told_as_the_french_write_it(finance):
    start = timezone.make_aware(datetime(2026, 12, 1, 9))
    event = make_event(finance, "Fête", start=start, audience="organisation")
    person = make_person("olga.other")
    for language, told in (
        ("fr", "1er décembre 2026 à 9\xa0h\xa000"),
        ("en", "1 December 2026, 09:00"),
    ):
        with override(language):
            assert (
                registry.get("event").visible(person, [str(event.pk)])[str(event.pk)].detail == told
            )


@pytest.mark.django_db(transaction=True)
def test_a_note_among_results_is_dated_by_its_day_alone(finance, client, tantivy_settings):  # noqa: F811
    make_note(finance, "Le goyavier", date=date(2026, 12, 1))
    member = make_person("mia.member", service=finance)
    consumers.drain("search-index")
    client.force_login(member)
    page = client.get("/search/?q=goyavier", HTTP_ACCEPT_LANGUAGE="fr")
    day = element(page, "time[datetime='2026-12-01']")
    assert day["title"] == read_in(day) == "1er décembre 2026"
