"""Images: no text to read, but optical recognition could find some, so they answer no_text."""

from __future__ import annotations

from ..results import Status
from ..sink import Refusal, Sink, Source


def read_image(_source: Source, _sink: Sink) -> None:
    """Always refuse with no_text."""
    raise Refusal(Status.NO_TEXT, "image", "An image; its text is not recognised.")
