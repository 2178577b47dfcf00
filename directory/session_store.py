"""Sessions in the database, asked for only by what can be the key of one."""

from __future__ import annotations

import re
from typing import Final

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

# Django's own keys are 32 characters; the column holds 40.
_KEY: Final = re.compile(r"[a-z0-9]{8,40}")


def is_session_key(text: str) -> bool:
    """Tell whether `text` can be the key of a session: anything else asks no database.

    A cookie says whatever its sender likes; PostgreSQL refuses a NUL with an error.
    """
    return _KEY.fullmatch(text) is not None


class SessionStore(DatabaseStore):
    """Django's sessions; a cookie that is no key is as none at all.

    `is_signed_out`: its person has ended it by this request.
    """

    is_signed_out = False

    def _validate_session_key(self, key: object) -> bool:
        return isinstance(key, str) and is_session_key(key)
