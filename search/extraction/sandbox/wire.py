"""The frames a confined child sends: one letter, four bytes of length, the body.

The child is not trusted: the reader bounds every frame and their sum.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

HEADER = struct.Struct(">cI")
MAX_FRAME = 1024 * 1024


class BrokenStream(Exception):
    """What the child sent is not a sequence of frames, or passes the bounds."""


def send(fd: int, letter: bytes, body: bytes) -> None:
    """Write one frame to `fd` completely.

    Raises ValueError past MAX_FRAME, OSError where the reader has left.
    """
    if len(body) > MAX_FRAME:
        raise ValueError(f"a frame holds at most {MAX_FRAME} bytes, not {len(body)}")
    view = memoryview(HEADER.pack(letter, len(body)) + body)
    while view:
        view = view[os.write(fd, view) :]


class FrameReader:
    """Cuts received bytes into frames; at most `limit` bytes in all."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._received = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Frames completed by `data`, as (letter, body). Raises BrokenStream."""
        self._received += len(data)
        if self._received > self._limit:
            raise BrokenStream(f"more than {self._limit} bytes of output")
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            letter, length = HEADER.unpack_from(self._buffer)
            if length > MAX_FRAME:
                raise BrokenStream(f"a frame of {length} bytes")
            end = HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[HEADER.size : end])
            del self._buffer[:end]
            yield letter, body
