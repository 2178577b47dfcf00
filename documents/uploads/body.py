"""A file that is the whole body of a request."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest

from directory.incoming import is_on_the_wire
from directory.outside import number_from_outside
from documents import blobs

from .asking import BodyWanted, ask_for_body


class Interrupted(BadRequest):
    """The body ended before the length that was announced."""


def check_room(size: int) -> None:
    """Raise TooLarge or NotStored where a file of `size` bytes cannot be taken."""
    if size > settings.UPLOAD_MAX_BYTES:
        raise blobs.TooLarge(settings.UPLOAD_MAX_BYTES)
    blobs.require_room(size)


def announced_length(request: HttpRequest) -> int | None:
    """Return the length of the body that the client announces, None where it does not."""
    return number_from_outside(request.META.get("CONTENT_LENGTH"))


def ask_for_file(request: HttpRequest) -> BodyWanted | None:
    """Return the answer that asks for the file that is the body, None where it is there.

    Raises TooLarge, NotStored before it is asked for; after, what `stage_body` raises and
    BODY_FAILURES.
    """
    if is_on_the_wire(request):
        check_room(announced_length(request) or 0)
    # One byte more than may be kept, so that it is the store that says how much may be.
    return ask_for_body(request, limit=settings.UPLOAD_MAX_BYTES + 1, take=_stage)


def stage_body(request: HttpRequest) -> blobs.Staged:
    """Write the body of `request` beside the store and return it, finished.

    Raises TooLarge, NotStored, Interrupted; nothing is left then.
    """
    if not hasattr(request, "staged_body"):
        check_room(announced_length(request) or 0)
        _stage(request)
    staged: blobs.Staged = request.staged_body  # type: ignore[attr-defined]
    return staged


def _stage(request: HttpRequest) -> None:
    staged = blobs.stage_stream(request)
    length = announced_length(request)
    if length is not None and staged.size != length:
        staged.discard()
        raise Interrupted
    request.staged_body = staged  # type: ignore[attr-defined]
