"""Rows are narrowed to what whoever looks may know of, at the moment of reading."""

from __future__ import annotations

import pytest
from django import forms
from django.core.management import call_command
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from wagtail.models import PageLogEntry, ReferenceIndex

from directory import consumers, periodic, places
from directory.models import JournalEntry, Role
from intranet.lock.middleware import SomebodyLooksMiddleware
from intranet.lock.viewing import (
    NobodyLooksError,
    in_a_request,
    looking_as,
    seeing_everything,
    viewer,
)
from intranet.models import BasePage, NotePage, SiteImage
from intranet.models.image import ScopedImageQuerySet
from search import registry
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


WAYS = {
    "list": list,
    "iterate": lambda rows: list(rows.iterator()),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "filter": lambda rows: rows.filter(pk=1),
    "exclude": lambda rows: rows.exclude(pk=1).first(),
    "get": lambda rows: rows.get(pk=1),
    "values": lambda rows: list(rows.values_list("pk")),
    "in bulk": lambda rows: rows.in_bulk(),
    "aggregate": lambda rows: rows.aggregate(found=Count("pk")),
    "inside another": lambda rows: list(rows.model._base_manager.filter(pk__in=rows)),
    "update": lambda rows: rows.update(title="x"),
    "delete": lambda rows: rows.order_by().filter(pk=0).delete(),
}


@pytest.mark.parametrize("model", [BasePage, NotePage, SiteImage])
@pytest.mark.parametrize("way", WAYS)
def test_in_a_request_nothing_is_read_for_nobody(model, way):
    kept = model.objects.all()
    with in_a_request():
        for rows in (model.objects, model.objects.all(), kept):
            with pytest.raises(NobodyLooksError, match=model.__name__):
                WAYS[way](rows.all())


@pytest.mark.parametrize(
    "read",
    [
        lambda page: page.get_children().exists(),
        lambda page: page.get_descendants().count(),
        lambda page: page.get_children_count(),
        lambda page: page.is_leaf(),
        lambda page: page.get_siblings().count(),
        lambda page: page.get_admin_display_title(),
        lambda page: page.service.pages.count(),
        lambda page: ReferenceIndex.get_references_to(page).count(),
        lambda page: ReferenceIndex.usage_count_subquery(NotePage),
        lambda page: PageLogEntry.objects.count(),
    ],
)
def test_what_hangs_on_a_page_is_not_read_for_nobody(two_services, read):
    page = two_services[0][2].get_parent()
    with in_a_request(), pytest.raises(NobodyLooksError):
        read(page)
    with in_a_request(), looking_as(two_services[0][0]):
        read(page)
    read(page)


def test_in_a_request_rows_are_read_for_somebody_or_as_everything(two_services):
    (first, image, note), (_, others, other) = two_services
    with in_a_request():
        assert list(NotePage.objects.visible_to(first)) == [note]
        assert list(SiteImage.objects.all().visible_to(first)) == [image]
        assert NotePage.objects.served_to(first).in_language(first).get() == note
        with looking_as(first):
            assert NotePage.objects.get() == note
            with in_a_request():  # as Wagtail previews a page
                assert SiteImage.objects.get() == image
        with seeing_everything():
            assert set(NotePage.objects.all()) == {note, other}
            assert set(SiteImage.objects.all()) == {image, others}
        with pytest.raises(NobodyLooksError):
            NotePage.objects.first()
    assert NotePage.objects.count() == 2  # a command, a worker


def test_every_request_says_for_whom_also_while_it_streams(two_services):
    def plain(request):
        return HttpResponse(viewer() or "")

    def streaming(request):
        def pieces():
            yield "first"
            yield str(NotePage.objects.count())

        return StreamingHttpResponse(pieces())

    def named(request):
        with looking_as(two_services[0][0]):
            return HttpResponse(str(NotePage.objects.count()))

    with pytest.raises(NobodyLooksError):
        SomebodyLooksMiddleware(plain)(HttpRequest())
    streamed = iter(SomebodyLooksMiddleware(streaming)(HttpRequest()))
    assert next(streamed) == b"first"
    with pytest.raises(NobodyLooksError):
        next(streamed)
    assert SomebodyLooksMiddleware(named)(HttpRequest()).content == b"1"
    assert viewer() is None


def test_what_works_in_the_background_says_what_it_sees(two_services):
    """Each job, consumer, kind and command of ours would be refused where it did not."""
    _, _, note = two_services[0]
    note.notify = True
    note.save_revision().publish()
    entries = list(JournalEntry.objects.order_by("sequence"))
    own = [each for each in consumers.registered() if type(each).__module__.startswith("intranet")]
    jobs = [job for job in periodic.registered() if job.name.startswith("intranet.")]
    assert len(own) == 2
    assert len(jobs) == 2
    with in_a_request():
        for consumer in own:
            wanted = [entry for entry in entries if consumer.wants(entry)]
            assert wanted
            consumer.handle(wanted)
        for job in jobs:
            job.function()
        call_command("ensure_sections")
        for kind in (registry.get("note"), registry.get("page"), registry.get("event")):
            pks = list(kind.all_pks())
            assert {document.pk for document in kind.documents(pks)} == set(pks)
        assert places.scope_at(note.address_own) == note.scope_id
        with pytest.raises(NobodyLooksError):
            next(kind_that_yields(registry.get("note")))


def kind_that_yields(kind):
    """Between what a generator yields, whoever takes it is where they were."""
    for _ in kind.all_pks():
        yield NotePage.objects.count()
