"""Reading one file of a share into the blob store's anteroom."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import replace

from django.utils.translation import gettext as _

from documents import blobs

from .walking import Found, moment, reason

_CHUNK = 1 << 20
_TRIES = 2
# File systems date a change no finer than the system's clock ticks: another change within the
# same tick cannot be seen, so a file is read once the last one is a few ticks old.
_TICKS = 0.05


class NotTaken(Exception):
    """A file cannot be taken; the message says why, in the reader's language."""


class _Changed(Exception):
    pass


def stage(found: Found) -> tuple[Found, blobs.Staged]:
    """Read a file, and return it with the size and date that it had, and its bytes.

    Raises NotTaken, also where somebody writes to it meanwhile: half of the old and half of the
    new is no state that the file ever had. Raises blobs.NotStored.
    """
    for _attempt in range(_TRIES):
        staged = blobs.Staged()
        try:
            return _read(found, staged), staged
        except _Changed:
            staged.discard()
            time.sleep(_TICKS)
        except blobs.TooLarge as error:
            raise NotTaken(str(error)) from error
        except OSError as error:
            staged.discard()
            raise NotTaken(reason(error)) from error
        except BaseException:
            staged.discard()
            raise
    raise NotTaken(_("Somebody is writing to it: import again later."))


def _read(found: Found, staged: blobs.Staged) -> Found:
    # What was a file when the folder was read may be a link or a pipe by now.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(found.path, flags)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise NotTaken(_("It is neither a file nor a folder."))
        if 0 <= time.time() - before.st_mtime < _TICKS:
            raise _Changed
        while chunk := os.read(descriptor, _CHUNK):
            staged.write(chunk)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or (
        staged.size != after.st_size
    ):
        raise _Changed
    staged.finish(sync=False)
    return replace(found, size=staged.size, modified_at=moment(after.st_mtime_ns))
