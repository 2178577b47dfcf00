"""The pages and answers of the notices."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from directory.models import User


def person_of(request: HttpRequest) -> User:
    """Return the account that asks; Http404 where nobody is signed in."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
