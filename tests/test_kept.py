"""Rows made once: each test meets them as they were made, and nobody else meets them."""

from __future__ import annotations

import pytest

from directory.models import Service

from .directory.factories import make_person, make_service
from .kept import kept

made: list[str] = []


@kept
def archives():
    made.append("archives")
    return make_service("archives")


@kept
def keeper_of_them(archives):
    made.append("keeper")
    return make_person("kim.keeper", service=archives)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_rows_are_made_once_and_met_as_they_were_made(turn, archives, keeper_of_them):
    assert made == ["archives", "keeper"]
    assert archives.name_fr == "Service archives"
    assert Service.objects.get(slug="archives").name_fr == "Service archives"
    assert keeper_of_them.is_active
    archives.name_fr = f"Archives {turn}"
    archives.save()
    keeper_of_them.is_active = False
    keeper_of_them.save()


def test_who_asks_for_less_meets_less(archives, django_user_model):
    assert made.count("archives") == 1
    assert not django_user_model.objects.filter(username="kim.keeper").exists()


def test_who_did_not_ask_meets_nothing(db):
    assert not Service.objects.filter(slug="archives").exists()


@pytest.mark.django_db(transaction=True)
def test_what_commits_has_rows_of_its_own(archives):
    assert made[-1] == "archives"
    assert Service.objects.filter(slug="archives").exists()
