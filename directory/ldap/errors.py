"""What can go wrong between Marigot and a directory."""

from __future__ import annotations


class DirectoryError(Exception):
    """The directory gave no usable answer; nothing may be concluded from it."""


class NotConfigured(DirectoryError):
    """No directory is set: MARIGOT_LDAP_URL is empty, or a setting cannot be used."""


class Unavailable(DirectoryError):
    """The server is down, hangs, or its certificate is not to be trusted."""


class Silent(Unavailable):
    """The server was waited for in vain."""


class Refused(DirectoryError):
    """The server answers, but not to the account that reads it."""


class IncompleteRead(DirectoryError):
    """The answer lacks something that must be there: what is missing is unknown, not absent."""


class UnusableEntry(IncompleteRead):
    """One entry cannot be understood; of all others everything is known. `why`: a code."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why
