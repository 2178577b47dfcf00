"""Signing in for the tests of the intranet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend
from django.test import Client


class SessionBackend(BaseBackend):
    """Finds the account of a session; has no permission to give."""

    def get_user(self, user_id):
        return get_user_model().objects.filter(pk=user_id, is_active=True).first()


@pytest.fixture
def sign_in(settings) -> Callable[..., Client]:
    """`sign_in(user)` gives a client with a session of that person."""
    path = f"{SessionBackend.__module__}.{SessionBackend.__qualname__}"
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, path]

    def signed_in(user, **options) -> Client:
        client = Client(**options)
        client.force_login(user, backend=path)
        return client

    return signed_in
