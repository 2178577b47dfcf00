"""What to tell of an error that ended a command: the cause, the setting, the cure."""

from __future__ import annotations

import errno

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from directory import trouble
from directory.ldap.errors import DirectoryError
from directory.outage import of_database
from documents import blobs
from search.engines.base import SearchError

_FULL = (
    "the disk is full. Free some space where {data} lies (MARIGOT_DATA), "
    "or give another folder: make run DATA=/another/folder"
)


def told(error: BaseException) -> str:
    """Return one or two lines on `error`, for whoever runs Marigot."""
    text = str(error).strip() or type(error).__name__
    match error:
        case CommandError() | ImproperlyConfigured():
            return text
        case DatabaseError():
            return _of_database(error, text)
        case redis.RedisError():
            return f"MARIGOT_WAKEUP: the wake-ups do not work ({text})."
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return _FULL.format(data=settings.DATA)
        case OSError(errno=errno.EACCES | errno.EPERM | errno.EROFS):
            return (
                f"{error.filename or settings.DATA} cannot be written ({error.strerror}). "
                f"Give {settings.DATA} (MARIGOT_DATA) and all it holds to the user who runs "
                "Marigot, or take another folder."
            )
        case blobs.StorageFull():
            return _FULL.format(data=settings.DATA)
        case blobs.StorageBroken() as broken:
            return broken.for_operators
        case DirectoryError():
            return f"MARIGOT_LDAP_URL: the directory cannot be read ({text})."
        case SearchError():
            return f"MARIGOT_SEARCH: the search engine cannot be used ({text})."
    return f"a fault of Marigot: {type(error).__name__}: {text}"


def _of_database(error: BaseException, text: str) -> str:
    local = connection.vendor == "sqlite"
    if local and ("full" in text or "disk I/O" in text):
        return _FULL.format(data=settings.DATA)
    if trouble.is_down(error):
        return of_database(error)
    if not local:
        return f"MARIGOT_DATABASE_URL: the database cannot be used ({text})."
    file = connection.settings_dict["NAME"]
    if "readonly" in text:
        return f"the database {file} cannot be written ({text}). Give it to who runs Marigot."
    if "malformed" in text or "not a database" in text:
        return (
            f"the database {file} is damaged ({text}). Put a backup in its place, "
            "or begin anew in another folder: make run DATA=/another/folder"
        )
    return f"the database {file} cannot be used ({text})."
