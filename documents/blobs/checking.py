"""Checking that the store still holds what the database says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone

from documents.models import Blob

from .layout import path_of


@dataclass(frozen=True, slots=True)
class Problem:
    """A blob that is not what it should be: `what` is missing, changed or unreadable."""

    sha256: str
    what: str


def verify(*, before: datetime | None = None, limit: int | None = None) -> Iterator[Problem | None]:
    """Read every blob again and compare its hash; yield None for one that is intact.

    Those never checked come first, then those checked longest ago; `before` leaves out
    the ones found intact since, `limit` stops after so many.
    """
    queue = Blob.objects.order_by(F("verified_at").asc(nulls_first=True), "pk")
    if before is not None:
        queue = queue.filter(Q(verified_at__isnull=True) | Q(verified_at__lt=before))
    for sha256, size in list(queue.values_list("sha256", "size")[:limit]):
        problem = _problem(sha256, size)
        if problem is None:
            Blob.objects.filter(pk=sha256).update(verified_at=timezone.now())
        yield problem


def _problem(sha256: str, size: int) -> Problem | None:
    try:
        with path_of(sha256).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            length = file.tell()
    except FileNotFoundError:
        return Problem(sha256, "missing")
    except OSError as error:
        return Problem(sha256, f"unreadable: {error.strerror}")
    if found != sha256:
        return Problem(sha256, f"changed: {length} bytes instead of {size}, other content")
    return None if length == size else Problem(sha256, f"{length} bytes instead of {size}")
