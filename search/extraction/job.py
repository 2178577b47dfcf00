"""The job run in the sandbox: find out what the file is, read it, say how it ended."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from . import formats  # noqa: F401 - registers the readers
from .dispatch import read_source
from .results import Limits, Status
from .sink import Budget, Refusal, Sink, Source, TextFull


def read(stream: BinaryIO, arguments: dict[str, Any], send: Callable[[bytes, bytes], None]) -> None:
    """Read the file and send its text ("T", "S"), facts ("M") and the verdict ("E")."""
    limits = Limits(**arguments["limits"])
    size = os.fstat(stream.fileno()).st_size
    buffered = cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream)))
    budget = Budget(limits.attachments, limits.zip_bytes)
    source = Source(buffered, size, arguments["name"], limits, 0, budget)
    sink = Sink(send, limits)
    try:
        try:
            read_source(source, sink)
        finally:
            sink.flush()
    except TextFull:
        sink.end(Status.OK, "truncated", "Only the beginning of the text was kept.")
    except Refusal as refusal:
        sink.end(refusal.status, refusal.code, str(refusal))
    except MemoryError:
        sink.end(Status.TOO_LARGE, "memory", "Reading it needs more memory than is allowed.")
    except RecursionError:
        sink.end(Status.MALFORMED, "nesting", "Its parts are nested too deeply.")
    except Exception as error:  # noqa: BLE001 - parsers raise anything on a broken file; it is told
        sink.end(Status.MALFORMED, "parser", f"{type(error).__name__}: {error}")
    else:
        if sink.has_text:
            sink.end(Status.OK)
        else:
            sink.end(Status.NO_TEXT, "no_text", "The file holds no text.")
