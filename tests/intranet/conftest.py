"""Signing in for the tests of the intranet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client


@pytest.fixture
def sign_in(db) -> Callable[..., Client]:
    """`sign_in(user)` gives a client with a session of that person."""

    def signed_in(user, **options) -> Client:
        client = Client(**options)
        client.force_login(user, backend="directory.backends.DirectoryBackend")
        return client

    return signed_in
