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


class NobodyLeft(Refused):
    """Nobody would be left who decides about access."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Nobody would be left to decide who has access. First give that right to "
                "somebody else, without a last day."
            ),
            code="nobody_left",
        )


class OwnAccess(Refused):
    """The actor would no longer decide about access, and has not said that this is meant."""

    def __init__(self) -> None:
        super().__init__(
            _("After this you can no longer decide who has access here."), code="own_access"
        )
