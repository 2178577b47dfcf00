"""Rows are narrowed to what whoever looks may know of, at the moment of reading."""

from __future__ import annotations

import pytest
from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from directory.models import Role
from intranet.lock.viewing import looking_as
from intranet.models import BasePage, NotePage, SiteImage
from intranet.models.image import ScopedImageQuerySet
from tests.directory.factories import make_person, make_service

from .factories import make_image, make_note, make_section
from .test_admin_writing import form

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def two_services():
    """A head, an image and a note in each of two services."""
    found = []
    for slug in ("finance", "schools"):
        service = make_service(slug)
        make_section(service)
        head = make_person(f"head.{slug}", service=service, role=Role.HEAD)
        found.append((head, make_image(service.scope, slug), make_note(service, slug)))
    return found


def readings(rows: QuerySet) -> list[set[int]]:
    """What each way of reading rows finds."""
    rows = rows.all()
    return [
        set(rows.all().values_list("pk", flat=True)),
        {row.pk for row in rows.all()},
        {row.pk for row in rows.iterator()},
        set(rows.in_bulk()),
        {row.pk for row in rows.filter(pk__gt=0)},
        {row.pk for row in rows.model._base_manager.filter(pk__in=rows.all())},
    ]


def test_rows_kept_from_before_are_narrowed_to_who_looks_now(two_services):
    (first, *firsts), (second, *seconds) = two_services
    with looking_as(first):
        kept = [SiteImage.objects.all(), NotePage.objects.all()]
        field = forms.ModelChoiceField(queryset=SiteImage.objects.all())
    for person, mine, theirs in ((second, seconds, firsts), (first, firsts, seconds)):
        with looking_as(person):
            for rows, own, other in zip(kept, mine, theirs, strict=True):
                assert readings(rows) == [{own.pk}] * 6
                assert (rows.count(), rows.all().exists()) == (1, True)
                assert rows.get() == own
                assert not rows.filter(pk=other.pk).exists()
            assert field.clean(mine[0].pk) == mine[0]
            assert [str(value) for value, _ in field.choices] == ["", str(mine[0].pk)]
            with pytest.raises(forms.ValidationError):
                field.clean(theirs[0].pk)
    for rows, one, two in zip(kept, firsts, seconds, strict=True):
        assert readings(rows) == [{one.pk, two.pk}] * 6


def test_rows_are_narrowed_once_for_each_use(two_services):
    """To put the condition together takes milliseconds, many times in a page of the editor."""
    asked = []

    class Counted(ScopedImageQuerySet):
        def known_to(self, person):
            asked.append(person)
            return super().known_to(person)

    (person, image, _), _ = two_services
    rows = Counted(SiteImage).for_whoever_looks()
    with looking_as(person):
        assert rows.get(pk=image.pk) == image
        assert asked == [person]
        assert [row.pk for row in rows.filter(pk=image.pk).order_by("title")] == [image.pk]
        assert asked == [person] * 2


def test_what_was_narrowed_stays_with_the_person_it_was_narrowed_for(two_services):
    (first, _, note), (second, *_) = two_services
    with looking_as(first):
        rows = BasePage.objects.filter(depth__gt=3)
    with looking_as(second):
        assert [page.pk for page in rows] == [note.pk]


def test_one_head_after_the_other_illustrates_a_note_with_an_image_of_their_own(
    sign_in, two_services
):
    for number, (head, image, note) in enumerate(two_services):
        other = two_services[1 - number][1]
        add = ["intranet", "notepage", note.get_parent().pk]
        address = reverse("wagtailadmin_pages:add", args=add)
        client = sign_in(head)
        data = form("With a picture") | {
            "body-0-type": "image",
            "body-0-value-image": image.pk,
            "body-0-value-alt_text": "A plan",
            "action-publish": "x",
        }
        refused = client.post(address, data | {"body-0-value-image": other.pk})
        assert refused.status_code == 200
        assert client.post(address, data).status_code == 302
