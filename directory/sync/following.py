"""What IT is told where the directory does not tell when it is written to."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import config

CURES: Final[dict[str, str | Promise]] = {
    "openldap": gettext_lazy(
        "Add the overlay syncprov to the database of the people (olcOverlay=syncprov), and let the "
        "reading account read contextCSN in the entry of its suffix (olcAccess)."
    ),
    "ad": gettext_lazy("Let the reading account read highestCommittedUSN in the root entry."),
    "389ds": gettext_lazy(
        "Switch the USN plug-in on (dsconf INSTANCE plugin usn enable) and start the server again."
    ),
}


def words() -> str:
    """Return what follows, and the cure, for the reader."""
    told = _("What changes there is followed a quarter of an hour later at most.")
    return f"{told} {CURES[config.from_settings().schema.name]}"
