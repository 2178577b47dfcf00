"""What is stored beside costs a page nothing."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from directory.access import Level
from documents import selectors
from documents.actions import share
from documents.actions.uploads import new_document
from documents.models import Node, Version
from tests.cost import steps

from .factories import make_document, make_folder, make_space

pytestmark = pytest.mark.django_db


def fill(folder: Node, ages: list[float]) -> None:
    """Put a document into `folder` for each of `ages`, in minutes, as an import would."""
    held = make_document(folder, f"premier-{Node.objects.count()}.txt")
    blob = held.current_version.blob
    now = timezone.now()
    made = [
        new_document(
            actor=None,
            folder=folder,
            name=f"{held.pk}-{number}.txt",
            sha256=blob.pk,
            size=blob.size,
            modified_at=now - timedelta(minutes=age),
            source=Version.Source.IMPORT,
        )
        for number, age in enumerate(ages)
    ]
    Node.objects.bulk_create([node for node, _ in made])
    Version.objects.bulk_create([version for _, version in made])


def test_recent_documents_are_the_newest_of_all_that_one_reads(world):
    dice = random.Random(11)
    spaces = [world.space, world.other, *(make_space(world.finance, f"s-{n}") for n in range(9))]
    for space in spaces:
        fill(space.root, [dice.uniform(0, 100_000) for _ in range(dice.randint(0, 20))])
    for person in (world.member, world.stranger, world.both, world.it_admin):
        for limit in (1, 2, 6, 8, 50):
            walked = (
                Node.objects.live()
                .visible_to(person)
                .filter(kind=1, modified_at__gt=timezone.now() - selectors.RECENT)
                .order_by("-modified_at")[:limit]
            )
            assert selectors.recent(person, limit) == list(walked)


@pytest.mark.parametrize("where", ["space", "other"])
def test_recent_documents_cost_what_they_show(world, where, django_assert_num_queries):
    fill(world.space.root, [float(n) for n in range(30)])
    few = steps(lambda: selectors.recent(world.member))
    fill(make_folder(getattr(world, where)), [n / 1000 for n in range(2000)])
    assert steps(lambda: selectors.recent(world.member)) < 1.5 * few
    with django_assert_num_queries(2):
        assert len(selectors.recent(world.member)) == 8


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("look", [selectors.shared_with, selectors.trashed_for])
def test_what_was_shared_costs_what_it_shows(world, look, analysed):
    """Also once the database has counted its rows, which changes how it looks."""
    shared = make_folder(world.space, "Partagé")
    share(actor=world.head, node=shared, to=world.stranger, level=Level.CONTRIBUTE)
    fill(make_folder(world.space), [float(n) for n in range(20)])
    counted(analysed)
    few = steps(lambda: look(world.contributor))
    fill(make_folder(world.space, "Plein"), [float(n) for n in range(1000)])
    counted(analysed)
    assert steps(lambda: look(world.contributor)) < 1.5 * few


def counted(analysed: bool) -> None:
    if analysed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def test_the_first_page_by_date_does_not_sort_the_folder(world):
    folder = make_folder(world.space)
    fill(folder, [float(n) for n in range(150)])

    def first_page() -> list[Node]:
        return list(selectors.listing(folder, world.member, "-date")[:100])

    few = steps(first_page)
    fill(folder, [n / 1000 for n in range(2000)])
    assert steps(first_page) < 1.5 * few
