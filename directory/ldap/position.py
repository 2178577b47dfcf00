"""How far a directory has come."""

from __future__ import annotations

import hashlib
from typing import Final

from .connection import Connection

_LONGEST_POSITION: Final = 300  # SyncRun.position


def current(connection: Connection) -> str:
    """Return how far the directory has come, "" where it does not tell.

    Two equal answers mean that nothing was written in between. Raises DirectoryError.
    """
    return kept_form(_position(connection))


def kept_form(position: str) -> str:
    """Return `position`, or its hash where many servers make it longer than is kept with a run."""
    if len(position) <= _LONGEST_POSITION:
        return position
    return hashlib.sha256(position.encode()).hexdigest()


def _position(connection: Connection) -> str:
    said = connection.config.schema.position
    dn = connection.suffix if said.at_suffix else ""
    return said.told(connection.read(dn, [*said.counters, *said.server]) or {})
