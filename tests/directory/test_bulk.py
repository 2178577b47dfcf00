"""Rows by the hundred thousand in one statement."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from directory.bulk import insert_pairs
from directory.models import DirectorySource, DirGroup, GroupEdge

pytestmark = pytest.mark.django_db
FIELDS = GroupEdge._meta.get_field("parent"), GroupEdge._meta.get_field("child")


@pytest.fixture
def numbers() -> list[int]:
    source = DirectorySource.objects.create(slug="bulk", name="Bulk")
    groups = [
        DirGroup(source=source, external_id=uuid.uuid4(), name=str(number), dn=f"cn={number}")
        for number in range(30)
    ]
    return [group.pk for group in DirGroup.objects.bulk_create(groups)]


def test_all_pairs_are_inserted_by_one_statement(numbers, django_assert_num_queries):
    pairs = [(one, other) for one in numbers for other in numbers if one != other]
    with django_assert_num_queries(1):
        insert_pairs(*FIELDS, iter(pairs))
    assert sorted(GroupEdge.objects.values_list("parent", "child")) == sorted(pairs)


def test_what_is_there_stays_and_nothing_takes_nothing(numbers, django_assert_num_queries):
    there = GroupEdge.objects.create(parent_id=numbers[0], child_id=numbers[1])
    insert_pairs(*FIELDS, [(numbers[0], numbers[1]), (numbers[1], numbers[0])])
    assert GroupEdge.objects.count() == 2
    assert GroupEdge.objects.filter(pk=there.pk).exists()
    with django_assert_num_queries(0):
        insert_pairs(*FIELDS, [])


def test_a_row_that_does_not_exist_is_refused(numbers):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_pairs(*FIELDS, [(numbers[0], max(numbers) + 1000)])
        connection.check_constraints()
