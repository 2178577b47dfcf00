"""What IT is told where the directory does not show when passwords are changed.

Nothing then ends the sessions that were begun with a password that is no longer the right one.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from directory.ldap.snapshot import Snapshot

from . import config

CURES: Final[dict[str, str | Promise]] = {
    "openldap": gettext_lazy(
        "In OpenLDAP, add the overlay ppolicy to the database of the people (olcOverlay=ppolicy), "
        "and let the reading account read pwdChangedTime (olcAccess)."
    ),
    "ad": gettext_lazy("In Active Directory, let the reading account read pwdLastSet."),
    "389ds": gettext_lazy(
        "In 389 Directory Server, set passwordTrackUpdateTime to on (dsconf INSTANCE pwpolicy set "
        "--pwdtrack on), and let the reading account read pwdUpdateTime."
    ),
}


def is_shown(read: Snapshot) -> bool | None:
    """Tell whether of anybody is shown when a password was changed; None where nobody is read."""
    if not read.people:
        return None
    return any(entry.password_mark for entry in read.people.values())


def words() -> str:
    """Return what follows where it is shown of nobody, and the cure, for the reader."""
    cure = CURES[config.from_settings().schema.name]
    told = _(
        "It shows for nobody when a password was changed: whoever is signed in with a password "
        "that has been changed since stays signed in, until the session ends by itself or is ended "
        "on the person’s page."
    )
    after = _("The warning ends at the reading after the next change of a password.")
    return f"{told} {cure} {after}"


def words_of_the_log() -> str:
    """Return `words` in English, with what they are about."""
    with override("en"):
        return f"the directory tells of no change of password. {words()}"
