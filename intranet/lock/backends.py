"""The permissions that Wagtail asks Django for."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from directory.access import Somebody

# What everybody who edits a page may do in the admin; the page's scope decides the rest.
EDITORS_MAY = {"wagtailadmin.access_admin", "simple_translation.submit_translation"}


class EditorBackend(BaseBackend):
    """Opens the admin to whoever contributes to a page; signs nobody in."""

    def authenticate(self, request: HttpRequest | None, **credentials: object) -> None:
        """Sign nobody in."""

    def has_perm(self, user_obj: Somebody, perm: str, obj: object = None) -> bool:
        """Tell whether `user_obj` has the permission `perm`, by the pages that they edit."""
        from intranet.lock.permissions import is_editor

        return perm in EDITORS_MAY and obj is None and is_editor(user_obj)
