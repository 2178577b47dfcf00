"""Reading the directory and making the database follow.

Lock, read everything, doubt it, compare, hold what is too surprising, write in one
transaction. No error, time-out or partial answer ever writes anything but the record of
the run; where what was read cannot be written, accounts that it disables are closed all the same.
Requests never wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError
from django.utils import timezone

from directory import events, journal
from directory.ldap import lookups, position, snapshot
from directory.ldap.connection import Connection
from directory.ldap.errors import DirectoryError, IncompleteRead
from directory.models import DirectorySource, SyncRun, User
from directory.outside import only_text

from . import applying, closure, config, diff, lock, state, tracking, unknown, valves

log = logging.getLogger(__name__)

KEEP_UNCHANGED = timedelta(days=7)
_READ_AGAIN = 3


class NotHeld(Exception):
    """The run that was to be approved is not held, or no more."""


def synchronise(
    *,
    trigger: SyncRun.Trigger,
    actor: User | None = None,
    dry_run: bool = False,
    approves: SyncRun | None = None,
    wait: float = 0.0,
) -> SyncRun:
    """Read the directory and follow it; return the record of the run.

    `dry_run` writes nothing but that record. `approves`: a held run whose removals `actor`
    has looked at; they are written if they are still the same ones, otherwise the run is
    held anew. Raises `lock.Busy` after `wait` seconds, NotHeld, NotConfigured. Errors of the
    directory do not raise: the run has failed.
    """
    settings = config.from_settings()
    source = config.source()
    with lock.held(source, wait=wait):
        if approves is not None:
            approves = _still_held(approves)
        run = SyncRun(
            source=source,
            trigger=trigger,
            started_at=timezone.now(),
            requested_by=actor,
            approves=approves,
            approved_by=actor if approves else None,
        )
        before = last_reading(source)
        try:
            with Connection(settings) as connection:
                read = _read(connection)
                known = state.load(source, read_at=before.started_at if before else None)
                unknown.keep_unknown(known, read)
                changes = diff.compare(known, read, closure.rules_of(source))
                _confirm_absences(connection, changes)
        except DirectoryError as error:
            log.warning("the directory could not be read: %s", error)
            return _failed(run, str(error))
        run.position = read.position
        run.shows_passwords = tracking.is_shown(read)
        try:
            return _conclude(run, before, known, read, changes, actor=actor, dry_run=dry_run)
        except (IntegrityError, DataError) as error:
            log.exception("what the directory says could not be written")
            with journal.transaction():
                applying.apply_explicit(source, known, changes, actor=actor)
            return _failed(run, f"The changes could not be written: {error}")


def note_out_of_reach(error: str) -> SyncRun:
    """Record that the directory cannot even be looked at; returns the record of the failure."""
    run = SyncRun(
        source=config.source(), trigger=SyncRun.Trigger.SCHEDULE, started_at=timezone.now()
    )
    return _failed(run, error)


def last_reading(source: DirectorySource) -> SyncRun | None:
    """Return the last run that read the directory for good."""
    return (
        source.runs.filter(
            state__in=[SyncRun.State.UNCHANGED, SyncRun.State.APPLIED, SyncRun.State.HELD]
        )
        .order_by("-pk")
        .first()
    )


def _still_held(run: SyncRun) -> SyncRun:
    newest = last_reading(run.source)
    if run.state != SyncRun.State.HELD or newest is None or newest.pk != run.pk:
        raise NotHeld
    return newest


def _read(connection: Connection) -> snapshot.Snapshot:
    """Read everything, again where it was changed meanwhile, up to a point.

    A person moved while pages were read could be missed; what is missing is asked for by
    name afterwards, so the last reading is good enough on a directory that never rests.
    """
    for _ in range(_READ_AGAIN):
        read = snapshot.read(connection)
        if not read.position or position.current(connection) == read.position:
            break
    return read


def _confirm_absences(connection: Connection, changes: diff.Diff) -> None:
    """Ask the server by name for what is missing. Raises IncompleteRead where it is there."""
    schema = connection.config.schema
    missing: Iterable[tuple[str, set]] = (
        (schema.people_filter, changes.absent),
        (schema.group_filter, changes.groups_gone),
    )
    for filterstr, ids in missing:
        if ids and next(lookups.still_there(connection, filterstr, ids), None) is not None:
            raise IncompleteRead("An entry that was missing is there when asked for by name.")


def _conclude(
    run: SyncRun,
    before: SyncRun | None,
    known: state.State,
    read: snapshot.Snapshot,
    changes: diff.Diff,
    *,
    actor: User | None,
    dry_run: bool,
) -> SyncRun:
    holds = valves.reasons(changes, known)
    run.counts = changes.counts()
    run.diff = diff.described(changes, known, read)
    if changes.faults:
        run.counts["entry_faults"] = len(changes.faults)
        run.diff["entry_faults"] = unknown.described(changes.faults)
    run.hold_reasons = [hold.data() for hold in holds]
    run.digest = changes.digest
    approved = run.approves is not None and run.approves.digest == run.digest
    if dry_run:
        return _finished(run, SyncRun.State.DRY_RUN)
    if not approved:
        run.approves = run.approved_by = None
    with journal.transaction():
        if not changes and not holds:
            _forget_unchanged(run.source)
            run = _finished(run, SyncRun.State.UNCHANGED)
        elif holds and not approved:
            applying.apply_explicit(run.source, known, changes, actor=actor)
            run = _held(run)
        else:
            applying.apply(run.source, known, changes, actor=actor)
            _finished(run, SyncRun.State.APPLIED)
            journal.append(
                events.SYNC_APPROVED if approved else events.SYNC_APPLIED,
                obj=run,
                actor=actor,
                payload={"counts": run.counts},
            )
        _tell_faults(run, before)
    if run.shows_passwords is False and not (before and before.shows_passwords is False):
        log.warning("%s", tracking.words_of_the_log())
    return run


def _tell_faults(run: SyncRun, before: SyncRun | None) -> None:
    """Journal which entries cannot be used, where they are others than at the last reading."""
    now = run.diff.get("entry_faults", [])
    if now != (before.diff.get("entry_faults", []) if before else []):
        journal.append(
            events.SYNC_FAULTS,
            obj=run,
            actor=None,
            payload={"number": run.counts.get("entry_faults", 0), "entries": now[:20]},
        )


def _held(run: SyncRun) -> SyncRun:
    """Record that the run is held; the same one found held again is one record."""
    newest = last_reading(run.source)
    if (
        newest is not None
        and newest.state == SyncRun.State.HELD
        and newest.digest == run.digest
        and newest.counts == run.counts
    ):
        newest.finished_at, newest.position = timezone.now(), run.position
        newest.shows_passwords = run.shows_passwords
        newest.save(update_fields=["finished_at", "position", "shows_passwords"])
        return newest
    _finished(run, SyncRun.State.HELD)
    journal.append(events.SYNC_HELD, obj=run, actor=None, payload={"counts": run.counts})
    log.warning("a synchronisation is held for approval: run %s", run.pk)
    return run


def _finished(run: SyncRun, ended: SyncRun.State) -> SyncRun:
    run.state = ended
    run.finished_at = timezone.now()
    run.save()
    return run


def _failed(run: SyncRun, error: str) -> SyncRun:
    """Record a failure; the same one time after time is one record with a count."""
    error = only_text(error)  # a server's words, it may be
    newest = run.source.runs.order_by("-pk").first()
    if (
        newest is not None
        and newest.state == SyncRun.State.FAILED
        and newest.error == error
        and newest.trigger == run.trigger
    ):
        newest.finished_at = timezone.now()
        newest.counts = {"times": newest.counts.get("times", 1) + 1}
        newest.save(update_fields=["finished_at", "counts"])
        return newest
    run.error = error
    run.approves = run.approved_by = None
    run.counts = run.diff = {}
    run.hold_reasons = []
    return _finished(run, SyncRun.State.FAILED)


def _forget_unchanged(source: DirectorySource) -> None:
    old: datetime = timezone.now() - KEEP_UNCHANGED
    source.runs.filter(state=SyncRun.State.UNCHANGED, finished_at__lt=old).delete()
