"""Reading what is in the store."""

from __future__ import annotations

from typing import BinaryIO

from .layout import path_of

__all__ = ["open_blob", "path_of"]


def open_blob(sha256: str) -> BinaryIO:
    """Open the bytes with that hash for reading.

    Raises FileNotFoundError where the store has lost them: `verify_blobs` tells which.
    """
    return path_of(sha256).open("rb")
