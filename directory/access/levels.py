"""The levels of access."""

from __future__ import annotations

from django.db.models.enums import IntegerChoices
from django.utils.translation import gettext_lazy as _


class Level(IntegerChoices):
    """The levels of access; each contains those below it."""

    READ = 1, _("read")
    CONTRIBUTE = 2, _("contribute")
    MANAGE = 3, _("manage")

    @property
    def codename(self) -> str:
        """Codename of the Django permission that a grant of this level carries."""
        return self.name.lower()

    @classmethod
    def from_codename(cls, codename: str) -> Level:
        """Return the level whose permission has that codename; KeyError where there is none."""
        return cls[codename.upper()]

    def and_above(self) -> list[str]:
        """Codenames of the permissions that contain this level."""
        return [level.codename for level in Level if level >= self]
