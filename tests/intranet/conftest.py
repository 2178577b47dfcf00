"""Signing in, and the services and people of the tests of the intranet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from directory.models import Role
from tests.directory.factories import make_person, make_service
from tests.kept import kept

from .factories import make_section


@pytest.fixture
def sign_in(db) -> Callable[..., Client]:
    """`sign_in(user)` gives a client with a session of that person."""

    def signed_in(user, **options) -> Client:
        client = Client(**options)
        client.force_login(user, backend="directory.backends.DirectoryBackend")
        return client

    return signed_in


@kept
def finance():
    return make_service("finance", name_fr="Finances", name_en="Finance")


@kept
def schools():
    return make_service("schools", name_fr="Écoles", name_en="Schools")


@kept
def member(finance):
    make_section(finance)
    return make_person("mia.member", service=finance)


@kept
def head(finance):
    make_section(finance)
    return make_person("hal.head", service=finance, role=Role.HEAD)


@kept
def other(schools):
    """A head of another service: an editor, but not here."""
    make_section(schools)
    return make_person("olga.other", service=schools, role=Role.HEAD)


@kept
def root():
    user = make_person("rita.root")
    user.is_superuser = user.is_staff = True
    user.save()
    return user
