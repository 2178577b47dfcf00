"""What those who run the site are told of the directory."""

from __future__ import annotations

from django.utils.translation import gettext as _

from directory.concerns import Concern
from directory.ldap.errors import NotConfigured

from . import config, engine, tracking


def passwords_untold() -> list[Concern]:
    """Return a warning where the last reading was shown no change of a password; two queries."""
    try:
        newest = engine.last_reading(config.source()) if config.is_configured() else None
        if newest is None or newest.shows_passwords is not False:
            return []
        text = tracking.words()
    except NotConfigured:
        return []  # told by itself
    return [Concern("warn", _("The directory shows no change of password"), text)]
