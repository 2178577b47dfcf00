"""Whether the store still holds what the database says, and what is noted where it does not.

See docs/decisions/0009-bytes-are-doubted-once-touched.md.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from directory import journal
from documents import events
from documents.models import Blob, Damage

from .layout import NO_FILE, is_plain, open_plain, path_of

log = logging.getLogger(__name__)


class Damaged(Exception):
    """The bytes asked for are not those that were saved. The message is for the reader."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This file is damaged on the server, so it is not sent. Your IT department has "
                "been told. Somebody who has the file can upload it again: that repairs it."
            )
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """A blob that is not what it should be: `what` is missing, changed or unreadable."""

    sha256: str
    what: str


def verify(*, before: datetime | None = None, limit: int | None = None) -> Iterator[Problem | None]:
    """Read every blob again and compare its hash; yield None for one that is intact.

    Those never checked come first, then those checked longest ago; `before` leaves out
    the ones found intact since, `limit` stops after so many. What is found is noted.
    """
    queue = Blob.objects.order_by(F("verified_at").asc(nulls_first=True), "pk")
    if before is not None:
        queue = queue.filter(Q(verified_at__isnull=True) | Q(verified_at__lt=before))
    for sha256, size in list(queue.values_list("sha256", "size")[:limit]):
        problem = _read_whole(sha256, size)
        if problem is None:
            _note_intact(sha256)
        else:
            _note(problem)
        yield problem


def require_intact(sha256: str) -> None:
    """Make sure that the store holds the bytes of a blob, before they are sent or read.

    One query and a look at the file's size and time of change. A file that was touched since it
    was last known to be right is read whole, once. Raises Damaged; operators are told then.
    """
    blob = Blob.objects.select_related("damage").get(pk=sha256)
    damage = getattr(blob, "damage", None)
    known = max(filter(None, (blob.created_at, blob.verified_at)))
    if damage is not None:
        known = max(known, damage.found_at)
    problem = _at_a_glance(sha256, blob.size)
    if problem is None:
        if _touched_at(path_of(sha256)) <= known:
            if damage is not None:
                raise Damaged
            return
        problem = _read_whole(sha256, blob.size)
    if problem is not None:
        _note(problem)
        raise Damaged
    _note_intact(sha256)


def is_known_damaged(sha256: str, size: int) -> bool:
    """Tell whether a blob is noted as damaged, missing or of another size; one query."""
    return _at_a_glance(sha256, size) is not None or Damage.objects.filter(blob_id=sha256).exists()


def note_placed(*sha256s: str) -> None:
    """Note that good bytes were just put in place: what had been damaged is whole; one query."""
    for damage in Damage.objects.filter(pk__in=sha256s):
        _note_intact(damage.blob_id)


def _note_intact(sha256: str) -> None:
    now = timezone.now()
    try:
        # A clock of the file system that goes before ours would have it read each time.
        now = max(now, _touched_at(path_of(sha256)))
    except OSError:
        return  # gone since: the next look tells
    Blob.objects.filter(pk=sha256).update(verified_at=now)
    if not Damage.objects.filter(pk=sha256).exists():
        return
    with journal.transaction():
        if Damage.objects.filter(pk=sha256).delete()[0]:
            journal.append(events.BLOB_HEALED, obj=Blob(pk=sha256), actor=None)


def holds(path: Path, sha256: str, size: int) -> bool:
    """Tell whether the file at `path` has that size and hash; reads it whole where it has."""
    try:
        with open_plain(path) as file:
            if os.fstat(file.fileno()).st_size != size:
                return False
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _note(problem: Problem) -> None:
    with journal.transaction():
        _row, new = Damage.objects.update_or_create(
            blob_id=problem.sha256,
            defaults={"what": problem.what[:200], "found_at": timezone.now()},
        )
        if new:
            log.error("blob %s: %s", problem.sha256, problem.what)
            journal.append(
                events.BLOB_DAMAGED,
                obj=Blob(pk=problem.sha256),
                actor=None,
                payload={"what": problem.what},
            )


def _touched_at(path: Path) -> datetime:
    """Return when the file was last written, replaced or touched: the kernel's own note."""
    return datetime.fromtimestamp(path.stat().st_ctime, UTC)


def _at_a_glance(sha256: str, size: int) -> Problem | None:
    try:
        state = path_of(sha256).lstat()
    except FileNotFoundError:
        return Problem(sha256, "missing")
    except OSError as error:
        return Problem(sha256, f"unreadable: {error.strerror}")
    if not is_plain(state.st_mode):
        # A link has the age of what it leads to, which tells nothing of when it was put there.
        return Problem(sha256, NO_FILE)
    if state.st_size == size:
        return None
    return Problem(sha256, f"{state.st_size} bytes instead of {size}")


def _read_whole(sha256: str, size: int) -> Problem | None:
    path = path_of(sha256)
    try:
        if not is_plain(path.lstat().st_mode):
            return Problem(sha256, NO_FILE)
        with open_plain(path) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            length = file.tell()
    except FileNotFoundError:
        return Problem(sha256, "missing")
    except OSError as error:
        return Problem(sha256, f"unreadable: {error.strerror}")
    if found != sha256:
        return Problem(sha256, f"changed: {length} bytes instead of {size}, other content")
    return None if length == size else Problem(sha256, f"{length} bytes instead of {size}")
