"""A file that is the whole body of a request."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest

from documents import blobs
from documents.blobs.layout import ensure_folder, staging_folder

RESERVE = 64 * 1024 * 1024
"""Bytes that an upload leaves free on the disk, for the database and its log."""


class Interrupted(BadRequest):
    """The body ended before the length that was announced."""


def check_room(size: int) -> None:
    """Raise TooLarge or StorageFull where a file of `size` bytes cannot be taken."""
    if size > settings.UPLOAD_MAX_BYTES:
        raise blobs.TooLarge(settings.UPLOAD_MAX_BYTES)
    ensure_folder(staging_folder())
    disk = os.statvfs(staging_folder())
    if disk.f_bavail * disk.f_frsize < size + RESERVE:
        raise blobs.StorageFull


def announced_length(request: HttpRequest) -> int | None:
    """Return the length of the body that the client announces, None where it does not."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else None


def stage_body(request: HttpRequest) -> blobs.Staged:
    """Write the body of `request` beside the store and return it, finished.

    Raises TooLarge, StorageFull, Interrupted; nothing is left then.
    """
    length = announced_length(request)
    check_room(length or 0)
    staged = blobs.stage_stream(request)
    if length is not None and staged.size != length:
        staged.discard()
        raise Interrupted
    return staged
