"""What those who run the site are told of the directory."""

from __future__ import annotations

from django.utils.translation import gettext as _

from directory.concerns import Concern
from directory.ldap.errors import NotConfigured

from . import config, engine, following, tracking


def untold() -> list[Concern]:
    """Return a warning of each thing that the last reading was not told; two queries."""
    found = []
    try:
        newest = engine.last_reading(config.source()) if config.is_configured() else None
        if newest is None:
            return []
        if not newest.position:
            title = _("The directory does not tell when it is written to")
            found.append(Concern("warn", title, following.words()))
        if newest.shows_passwords is False:
            title = _("The directory shows no change of password")
            found.append(Concern("warn", title, tracking.words()))
    except NotConfigured:
        return []  # told by itself
    return found
