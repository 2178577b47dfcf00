"""Asking what stands below a page costs what stands there, not how many pages there are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.models import Role
from intranet.models import BasePage
from tests.directory.factories import make_person

from .factories import make_note, make_section

pytestmark = pytest.mark.django_db


def plan_of(pages) -> str:
    """Return how the database finds `pages` where an index is to be had, however few they are."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    return pages.explain()


def test_a_branch_is_found_in_the_index_of_paths(finance):
    section = make_section(finance)["fr"]
    make_note(finance)
    plan = plan_of(BasePage.objects.descendant_of(section).order_by())
    if connection.vendor == "sqlite":
        assert "path>? AND path<?" in plan
        assert "SCAN" not in plan
    else:
        assert "Index Cond" in plan
        assert "path" in plan.partition("Index Cond")[2].partition("\n")[0]


def test_a_branch_holds_what_stands_in_it_and_nothing_beside(finance, schools):
    sections = [make_section(service)["fr"] for service in (finance, schools)]
    notes = {service: make_note(service) for service in (finance, schools)}
    home = sections[0].get_parent()
    for section, service in zip(sections, (finance, schools), strict=True):
        section.refresh_from_db()
        assert [page.pk for page in section.get_descendants()] == [notes[service].pk]
        assert {page.pk for page in section.get_descendants(inclusive=True)} == {
            section.pk,
            notes[service].pk,
        }
    assert {note.pk for note in notes.values()} <= {page.pk for page in home.get_descendants()}
    note = notes[finance]
    assert list(note.get_descendants()) == []
    assert [page.pk for page in note.get_descendants(inclusive=True)] == [note.pk]


def test_more_pages_in_the_explorer_ask_no_more(sign_in, finance):
    section = make_section(finance)["fr"]
    address = reverse("wagtailadmin_explore", args=[section.pk])
    client = sign_in(make_person("cleo.writer", service=finance, role=Role.CONTRIBUTOR))
    counts = []
    for number in (2, 6):
        for each in range(number):
            make_note(finance, f"Note {number} {each}")
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert f"Note {number} 0" in client.get(address).content.decode()
        counts.append(len(asked))
    assert counts[1] <= counts[0]
