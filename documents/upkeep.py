"""What the folders of files need done regularly, by the worker."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Protocol

from directory import trouble
from documents import blobs
from documents.blobs.sweeping import AGE

log = logging.getLogger(__name__)


class Sweep(Protocol):
    """Deletes files older than `age` that no row names; returns what was found."""

    def __call__(self, *, age: timedelta, dry_run: bool) -> blobs.Swept:
        """Sweep; `dry_run` deletes nothing."""


_sweeps: list[Sweep] = [blobs.sweep]


def register(sweep: Sweep) -> None:
    """Have `sweep` done with that of the blob store: an app above keeps files of its own."""
    if sweep not in _sweeps:
        _sweeps.append(sweep)


def swept(*, age: timedelta = AGE, dry_run: bool = False) -> blobs.Swept:
    """Delete everywhere what nothing refers to and is older than `age`; return what was found.

    A sweep that fails is told in the log and counted; the others go on. Raises where it is the
    database that does not answer.
    """
    done = blobs.Swept()
    for sweep in _sweeps:
        try:
            found = sweep(age=age, dry_run=dry_run)
        except Exception as error:
            if trouble.is_down(error):
                raise
            log.exception("A sweep of %s failed.", sweep.__module__)
            done.failed += 1
            continue
        done.files += found.files
        done.bytes += found.bytes
        done.young += found.young
        done.failed += found.failed
    return done


class NotAllSwept(Exception):
    """Some files could not be swept; the log tells which, and why."""


def sweep_daily() -> None:
    """Clear away what interrupted uploads and imports left behind. Raises NotAllSwept."""
    found = swept()
    if found.files:
        log.info(
            "%s files (%s bytes) of interrupted uploads were cleared away.",
            found.files,
            found.bytes,
        )
    if found.failed:
        raise NotAllSwept(f"{found.failed} could not be swept.")
