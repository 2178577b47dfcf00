"""Fields that Wagtail's views hand on as they come: what is let through to them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse

from directory.forms.fields import DayField, require_sensible_year
from intranet.parameters import require_sense_of_address, require_sense_of_form

from .factories import make_note


@pytest.mark.parametrize(
    "query",
    [
        "id=99999999999999999999",
        "id=1&id=abc",
        "parent_page_id=" + "9" * 5000,
        "p=99999999999999999999",
        "p=%C2%B2",
        "target_pages[]=%C2%B2",
        "owner=" + "9" * 30,
        "first_published_at_from=01/01/0001",
        "first_published_at_to=9999-12-31",
        "limit=-1",
        "next=%C2%B2",
        "next=99999999999999999999",
        "form-count=99999999",
    ],
)
def test_an_address_that_no_page_makes_is_not_found(query):
    with pytest.raises(Http404):
        require_sense_of_address(RequestFactory().get(f"/admin/pages/?{query}"), {})


@pytest.mark.parametrize(
    "query",
    ["", "id=all&childOf=3", "p=2&ordering=-title&next=/admin/", "q=99999999999999999999",
     "q=9999-12-31", "locale=fr&parent_page_id=", "first_published_at_from=2026-01-31", "fields=*"],
)  # fmt: skip
def test_an_address_that_a_page_makes_passes(query):
    require_sense_of_address(RequestFactory().get(f"/admin/pages/?{query}"), {"page_id": 3})


@pytest.mark.parametrize(
    "form",
    [
        {"body-count": "9" * 5000},
        {"body-count": "99999999"},
        {"body-0-order": "²"},
        {"body-0-value-rows-count": "-1"},
        {"new_parent_page": "9" * 30},
        {"overwrite_revision_id": "abc"},
        {"next": "wagtailadmin_home"},
        {"revision_created_at": "0001-01-01T00:00:00"},
    ],
)
def test_a_form_that_no_page_makes_is_refused(form):
    with pytest.raises(BadRequest):
        require_sense_of_form(RequestFactory().post("/admin/pages/", form))


def test_a_form_says_what_it_likes_where_it_is_text():
    form = {
        "title": "9" * 30,
        "body-count": "2",
        "body-0-value": "9999-12-31",
        "date": "31/12/9999",
    }
    require_sense_of_form(RequestFactory().post("/admin/pages/", form))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"body-count": ""},
        {"body-count": "1"},
        {"body-count": "1", "body-0-deleted": "", "body-0-order": "", "body-0-type": "paragraph"},
    ],
)
def test_a_form_without_what_wagtails_own_bring_is_refused(sign_in, finance, head, form):
    note = make_note(finance, "Une note")
    client = sign_in(head)
    for address in (
        reverse("wagtailadmin_pages:edit", args=[note.pk]),
        reverse("wagtailadmin_pages:copy", args=[note.pk]),
        reverse("wagtailadmin_pages:add", args=["intranet", "notepage", note.get_parent().pk]),
        reverse("wagtailadmin_pages:revisions_revert", args=[note.pk, note.latest_revision_id]),
        reverse("wagtailadmin_choose_page_external_link"),
    ):
        assert client.post(address, form).status_code == 400, address


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        *(f"chosen-multiple/?{ids}" for ids in ("id=", "id=1&id=", "id=all", "id=root")),
        "chosen/²/",
        "?q=plan&tag=port",
    ],
)
def test_images_are_chosen_by_numbers_and_have_no_tags(sign_in, finance, head, asked):
    client, address = sign_in(head), reverse("wagtailimages_chooser:choose")
    assert client.get(address).status_code == 200
    assert client.get(f"{address}{asked}").status_code == 404


def test_a_json_body_brings_no_nul():
    request = RequestFactory().patch("/", r'{"a": "\u0000"}', content_type="application/json")
    with pytest.raises(BadRequest):
        require_sense_of_form(request)


@pytest.mark.parametrize("body", ["[" * 3000, '{"a":' * 3000, "[" * 900 + "]" * 900])
def test_a_json_body_is_nested_no_deeper_than_it_can_be_read(body):
    with pytest.raises(BadRequest):
        require_sense_of_form(RequestFactory().post("/", body, content_type="application/json"))


@pytest.mark.parametrize("body", ["", "[", '{"a": [[1, "[["]]}', "]"])
def test_any_other_json_body_is_for_the_view_to_read(body):
    require_sense_of_form(RequestFactory().post("/", body, content_type="application/json"))


@pytest.mark.parametrize("words", ['"', 'note "de" service', '"note', "note " * 3000])
def test_quotation_marks_and_words_without_number_are_searched_for_in_the_editor(
    sign_in, finance, head, words
):
    client = sign_in(head)
    for name in ("wagtailadmin_explore_root", "wagtailimages:index"):
        assert client.get(reverse(name), {"q": words}).status_code == 200


@pytest.mark.parametrize("spec", ["width-" + "9" * 5000, "max-9999999999x1"])
def test_a_path_with_a_number_that_is_none_is_not_found(spec):
    with pytest.raises(Http404):
        require_sense_of_address(RequestFactory().get("/"), {"filter_spec": spec})


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_at_the_end_of_the_calendar_is_told(day):
    with pytest.raises(ValidationError, match=r"année|year"):
        DayField().clean(day)
    with pytest.raises(ValidationError):
        require_sensible_year(datetime.fromisoformat(day))


def test_any_other_day_is_taken():
    assert DayField().clean("2026-11-26") == date(2026, 11, 26)
