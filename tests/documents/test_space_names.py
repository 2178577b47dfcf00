"""Spaces and services are called as their reader's language calls them, wherever they are shown."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from directory import labels
from directory.access import Level
from directory.models import AccessScope
from tests.directory.factories import give

from .factories import make_folder, make_space


def read(person, language: str, url: str) -> str:
    client = Client(headers={"accept-language": language})
    client.force_login(person, backend="directory.backends.DirectoryBackend")
    return client.get(url).content.decode()


@pytest.fixture
def granted(world):
    """The administrator may read the space; the member may by name."""
    give(world.it_admin, Level.READ, world.space.scope)
    give(world.member, Level.READ, world.space.scope)
    world.pages = [
        f"{reverse('directory:access_scopes')}?q={world.space.scope_id}",
        reverse("directory:access_scope", args=[world.space.scope_id]),
        reverse("directory:access_person", args=[world.member.pk]),
        f"{reverse('directory:access_explain')}"
        f"?person={world.member.pk}&scope={world.space.scope_id}",
    ]
    return world


@pytest.mark.parametrize(
    ("language", "shown", "hidden"),
    [("en", "Space budgets", "Espace budgets"), ("fr", "Espace budgets", "Space budgets")],
)
def test_the_administration_names_spaces_in_the_readers_language(granted, language, shown, hidden):
    for url in granted.pages:
        html = read(granted.it_admin, language, url)
        assert shown in html, url
        assert hidden not in html, url


def test_who_has_access_to_a_folder_is_told_with_the_name_of_its_space(granted):
    folder = make_folder(granted.space, "Contentieux")
    url = reverse("documents:access", args=[folder.pk])
    english = read(granted.head, "en", url)
    assert "from “Space budgets”" in english
    assert "Espace budgets" not in english
    assert "hérité de «\u00a0Espace budgets\u00a0»" in read(granted.head, "fr", url)


def test_a_service_is_named_in_the_readers_language_too(world):
    world.finance.name_fr, world.finance.name_en = "Finances", "Finance"
    world.finance.save()
    scopes = [world.finance.scope, world.finance.public_scope]
    with translation.override("en"):
        assert set(labels.names_of(scopes).values()) == {"Finance"}
    with translation.override("fr"):
        assert set(labels.names_of(scopes).values()) == {"Finances"}


def test_many_spaces_are_named_by_as_many_queries_as_one(world):
    def queries() -> int:
        scopes = list(AccessScope.objects.filter(kind="space"))
        with CaptureQueriesContext(connection) as asked:
            labels.label_scopes(scopes, viewer=world.it_admin)
        return len(asked)

    few = queries()
    for number in range(12):
        make_space(world.finance, f"space-{number}")
    assert queries() == few
