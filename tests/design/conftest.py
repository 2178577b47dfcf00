"""The gallery, served and signed in to."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from directory.models import Role, User
from tests.directory.factories import group_of, join, make_person, make_service


@pytest.fixture
def gallery(settings: Any) -> None:
    """Serve the pages of `tests.design.gallery` beside those of the site."""
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    settings.ROOT_URLCONF = "tests.design.gallery"
    settings.LOGIN_URL = "/sign-in/gallery/"
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]


@pytest.fixture
def make_everybody() -> Callable[[], User]:
    """Make two services and the person who has every line of the navigation."""

    def make() -> User:
        finance = make_service("finances", name_fr="Finances", name_en="Finance")
        civil = make_service("etat-civil", name_fr="État civil", name_en="Civil status")
        person = make_person("maelys.zenon", service=finance, role=Role.HEAD, it_admin=True)
        join(person, group_of(civil, Role.MEMBER))
        return person

    return make


@pytest.fixture
def signed_in(db: None, gallery: None, make_everybody: Callable[[], User]) -> Client:
    """A client of that person."""
    client = Client()
    client.force_login(make_everybody())
    return client
