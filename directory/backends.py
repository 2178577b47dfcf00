"""Authentication backends of Django that ask Marigot's own question about rights."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from directory import access
from directory.models import AccessScope


class ScopeBackend(BaseBackend):
    """Answers `user.has_perm("directory.read", scope)` by `directory.access`; signs nobody in."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Sign nobody in."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Tell whether `user_obj` has the level that `perm` names on the scope `obj`."""
        app, _, codename = perm.partition(".")
        if app != "directory" or not isinstance(obj, AccessScope):
            return False
        try:
            level = access.Level.from_codename(codename)
        except KeyError:
            return False
        return access.can(user_obj, level, obj)
