"""Why an action was not done, in words for the reader."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from documents.models import Node

NAMED = 3
"""How many places are named in a refusal."""


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
    """Nobody would be left who decides about access: here, or in another place.

    `elsewhere`: where it is other places, what those are called that the actor may see.
    """

    def __init__(self, elsewhere: Sequence[str] | None = None) -> None:
        if elsewhere is None:
            words = _(
                "Nobody would be left to decide who has access. First give that right to "
                "somebody else, without a last day."
            )
        elif elsewhere:
            listed = ", ".join(_("“%(name)s”") % {"name": name} for name in elsewhere[:NAMED])
            words = _(
                "Nobody would be left to decide who has access to %(names)s. First give that "
                "right there to somebody else, without a last day."
            ) % {"names": f"{listed}…" if len(elsewhere) > NAMED else listed}
        else:
            words = _(
                "In a place that depends on this access, nobody would be left to decide who has "
                "access. Ask the IT administrators."
            )
        super().__init__(words, code="nobody_left")
        self.elsewhere = elsewhere


class OwnAccess(Refused):
    """The actor would no longer decide about access, and has not said that this is meant."""

    def __init__(self) -> None:
        super().__init__(
            _("After this you can no longer decide who has access here."), code="own_access"
        )
