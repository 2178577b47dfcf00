"""From a file's type to its reader, for a file and for the files inside it."""

from __future__ import annotations

import io
from collections.abc import Callable

from .detection import HEAD, detect
from .results import Status
from .sink import Refusal, SilentSink, Sink, Source, TextFull

Reader = Callable[[Source, Sink], None]
READERS: dict[str, Reader] = {}
"""Reader of each detected kind; filled by `formats`."""


def read_source(source: Source, sink: Sink) -> None:
    """Tell the type, then read. Raises Refusal, TextFull, and what a parser raises."""
    source.stream.seek(0)
    head = source.stream.read(HEAD)
    source.stream.seek(0)
    found = detect(head, source.name)
    sink.describe(kind=found.kind, mime=found.mime)
    reader = READERS.get(found.kind)
    if reader is None:
        message = f"Files of type {found.mime} are not read."
        raise Refusal(Status.UNSUPPORTED, "unsupported", message)
    reader(source, sink)


def read_nested(source: Source, sink: Sink, name: str, data: bytes) -> None:
    """Read a file found inside another into the same text, within what is left of the budget.

    An attachment that cannot be read takes nothing from the file around it; running out
    of memory or text room ends both.
    """
    budget = source.budget
    if source.depth >= source.limits.nesting or budget.attachments <= 0 or not data:
        return
    if len(data) > budget.unpacked:
        return
    budget.attachments -= 1
    budget.unpacked -= len(data)
    inner = Source(io.BytesIO(data), len(data), name, source.limits, source.depth + 1, budget)
    sink.text("\n")
    try:
        read_source(inner, SilentSink(sink))
    except (TextFull, MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a broken attachment is no fault of the file around it
        sink.text("\n")
