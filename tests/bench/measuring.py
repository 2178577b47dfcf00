"""Taking a figure: CPU time of a call, and the SQL it sends."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext


def cpu_milliseconds(call: Callable[[], object], *, times: int, warm: int = 3) -> float:
    """Return the median CPU time of `call` in this process, of `times` calls after `warm` ones."""
    return statistics.median(_cpu(call, times, warm))


def interleaved(calls: Sequence[Callable[[], object]], *, times: int, warm: int = 3) -> list[float]:
    """Return the median CPU milliseconds of each of `calls`, taken in turns.

    In turns, so that what else the machine does falls on all of them alike.
    """
    for call in calls:
        for _ in range(warm):
            call()
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for call, figures in zip(calls, taken, strict=True):
            figures += _cpu(call, 1, 0)
    return [statistics.median(figures) for figures in taken]


def wall_seconds(call: Callable[[], object]) -> float:
    """Return how long `call` takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def resident(pid: int) -> int:
    """Return the resident memory of a process, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise LookupError("VmRSS")


def queries(call: Callable[[], object]) -> int:
    """Return how many SQL statements `call` sends, savepoints and transactions apart."""
    with CaptureQueriesContext(connection) as captured:
        call()
    frame = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    return sum(not each["sql"].upper().startswith(frame) for each in captured.captured_queries)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of `values` lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _cpu(call: Callable[[], object], times: int, warm: int) -> list[float]:
    for _ in range(warm):
        call()
    gc.collect()
    taken = []
    for _ in range(times):
        started = time.process_time_ns()
        call()
        taken.append((time.process_time_ns() - started) / 1e6)
    return taken
