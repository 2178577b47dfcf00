"""Why an action was not done, in words for the reader."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from documents.models import Node


class Refused(ValidationError):
    """The action cannot be done; nothing was changed."""


class NameTaken(Refused):
    """A live node that the actor may see has the name in that folder; it is `existing`."""

    def __init__(self, existing: Node) -> None:
        super().__init__(
            _("“%(name)s” is already in this folder.") % {"name": existing.name},
            code="name_taken",
        )
        self.existing = existing


class IntoItself(Refused):
    """A folder was to be moved into itself or below itself."""

    def __init__(self) -> None:
        super().__init__(_("A folder cannot be moved into itself."), code="into_itself")
