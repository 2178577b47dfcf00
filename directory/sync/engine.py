"""Reading the directory and making the database follow.

Lock, read everything, doubt it, compare, hold what is too surprising, write the rest: in one
transaction, or where that is much in several, of which the first takes away. No error, time-out
or partial answer ever writes anything but the record of the run; where what was read cannot be
written, accounts that it disables are closed all the same.
Requests never wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError
from django.http import Http404
from django.utils import timezone

from directory import events, journal
from directory.actions import authority
from directory.ldap import lookups, position, snapshot
from directory.ldap.connection import Connection
from directory.ldap.errors import DirectoryError, IncompleteRead
from directory.models import DirectorySource, SyncRun, User
from directory.outside import only_text

from . import (
    applying,
    closure,
    config,
    diff,
    holding,
    lately,
    lock,
    state,
    tracking,
    unknown,
    valves,
)

log = logging.getLogger(__name__)

KEEP_UNCHANGED = timedelta(days=7)
_READ_AGAIN = 3
_END = object()


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
    held anew. Raises `lock.Busy` after `wait` seconds, NotHeld, NotConfigured, Http404 where who
    approves is no IT administrator. Errors of the directory do not raise: the run has failed.
    """
    settings = config.from_settings()
    source = config.source()
    with lock.held(source, wait=wait):
        if approves is not None:
            _require_approver(actor)
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
                known = state.load(
                    source, read_at=before.started_at if before else None, shown=read.people
                )
                unknown.keep_unknown(known, read)
                rules = closure.rules_of(source)
                changes = diff.compare(known, read, rules)
                _confirm_absences(connection, changes)
        except DirectoryError as error:
            log.warning("the directory could not be read: %s", error)
            return _failed(run, str(error))
        shown_before = frozenset(before.shown if before else ())
        hidden = shown_before - read.shown
        reading = valves.Reading(
            changes,
            known,
            rules,
            settings.schema,
            config.limits(),
            hidden,
            lately.before(source, before),
        )
        verdict = holding.sort_out(reading, read)
        run.position = read.position
        run.shows_passwords = tracking.is_shown(read)
        try:
            return _conclude(
                run, before, known, read, changes, verdict, actor=actor, dry_run=dry_run
            )
        except (IntegrityError, DataError) as error:
            log.exception("what the directory says could not be written")
            if not dry_run:
                with journal.transaction():
                    applying.apply_explicit(source, known, verdict.written, actor=actor)
            if run.pk:  # what it took away is written, and stays on record
                run = SyncRun(
                    source=source,
                    trigger=trigger,
                    started_at=run.started_at,
                    requested_by=actor,
                )
            return _failed(run, f"The changes could not be written: {error}")


def note_out_of_reach(error: str) -> SyncRun:
    """Record that the directory cannot even be looked at; returns the record of the failure."""
    run = SyncRun(
        source=config.source(), trigger=SyncRun.Trigger.SCHEDULE, started_at=timezone.now()
    )
    return _failed(run, error)


def last_reading(source: DirectorySource) -> SyncRun | None:
    """Return the last run that read the whole directory for good."""
    return (
        source.runs.filter(
            is_whole=True,
            state__in=[SyncRun.State.UNCHANGED, SyncRun.State.APPLIED, SyncRun.State.HELD],
        )
        .order_by("-pk")
        .first()
    )


def is_still_held(run: SyncRun, newest: SyncRun | None) -> bool:
    """Tell whether what `run` holds is what the newest reading holds, too."""
    return (
        newest is not None
        and run.state == newest.state == SyncRun.State.HELD
        and bool(run.digest)
        and run.digest == newest.digest
    )


def _require_approver(actor: User | None) -> None:
    """Raise Http404 unless `actor` is somebody who may approve now."""
    if actor is None:
        raise Http404
    authority.require_it_admin(actor)


def _still_held(run: SyncRun) -> SyncRun:
    newest = last_reading(run.source)
    if newest is None or not is_still_held(run, newest):
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
    verdict: holding.Verdict,
    *,
    actor: User | None,
    dry_run: bool,
) -> SyncRun:
    run.digest = verdict.held.digest
    run.hold_reasons = [hold.data() for hold in verdict.holds]
    approved = run.approves is not None and run.approves.digest == run.digest
    written = changes if approved else verdict.written
    run.losses = {} if approved or dry_run else lately.of(written)
    if not approved:
        run.approves = run.approved_by = None
    is_held = bool(verdict.holds) and not approved
    # What is held for want of an attribute is held until it is approved.
    shown_before = set(before.shown) if before and is_held else set()
    run.shown = sorted(read.shown | shown_before)
    parts: Iterator[None] = iter(())
    if written and not dry_run:
        parts = applying.parts(run.source, known, written, actor=actor)
    in_parts = bool(written) and applying.is_large(written) and not dry_run
    if in_parts:
        with journal.transaction():
            if approved:
                authority.lock()
                _require_approver(actor)
            next(parts)
            _note_taken_away(run, known, read, applying.taken_away(written))
        _write_rest(parts)
        run.position = read.position
    told = verdict.held if is_held and not dry_run else changes
    run.counts, run.diff = told.counts(), diff.described(told, known, read)
    for kind, number, items in unknown.told(written.faults, read):
        run.counts[kind], run.diff[kind] = number, items
    with journal.transaction():
        if dry_run:
            return finished(run, SyncRun.State.DRY_RUN)
        if approved and not in_parts:
            authority.lock()
            _require_approver(actor)
        if is_held and written:
            run.beside = {
                "counts": written.counts(),
                "diff": diff.described(written, known, read),
            }
        for _ in parts:
            pass
        if is_held:
            run = _held(run, before)
        elif written:
            finished(run, SyncRun.State.APPLIED)
        else:
            _forget_unchanged(run.source)
            run = finished(run, SyncRun.State.UNCHANGED)
        if written:
            journal.append(
                events.SYNC_APPROVED if approved else events.SYNC_APPLIED,
                obj=run,
                actor=actor,
                payload={"counts": written.counts()},
            )
        if before and before.state == SyncRun.State.HELD and not is_held and not approved:
            journal.append(events.SYNC_RELEASED, obj=before, actor=None)
        _tell_faults(run, before)
    if run.shows_passwords is False and not (before and before.shows_passwords is False):
        log.warning("%s", tracking.words_of_the_log())
    return run


def _note_taken_away(
    run: SyncRun, known: state.State, read: snapshot.Snapshot, taken: diff.Diff
) -> None:
    """Record what is written before the rest, which a kill may come between.

    It tells of no position: all is read again then.
    """
    if taken:
        run.counts, run.diff = taken.counts(), diff.described(taken, known, read)
        run.position = ""
        finished(run, SyncRun.State.APPLIED)


def _write_rest(parts: Iterator[None]) -> None:
    """Write the rest of `parts`, each in a transaction of its own."""
    is_more = True
    while is_more:
        with journal.transaction():
            is_more = next(parts, _END) is not _END


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


def _held(run: SyncRun, before: SyncRun | None) -> SyncRun:
    """Record that a part of the run is held.

    The same part found held again is told once, and is one record where nothing else came.
    """
    again = (
        before is not None
        and before.state == SyncRun.State.HELD
        and before.digest == run.digest
        and _reasons(before) == _reasons(run)
    )
    if again and before is not None and before.counts == run.counts and not run.beside:
        before.finished_at, before.position = timezone.now(), run.position
        before.shows_passwords, before.shown = run.shows_passwords, run.shown
        before.save(update_fields=["finished_at", "position", "shows_passwords", "shown"])
        return before
    finished(run, SyncRun.State.HELD)
    if not again:
        journal.append(events.SYNC_HELD, obj=run, actor=None, payload={"counts": run.counts})
        log.warning("a synchronisation is held for approval: run %s", run.pk)
    return run


def _reasons(run: SyncRun) -> list[tuple[object, ...]]:
    """Return what is held, without what there is beside and was before."""
    told = ("code", "name", "access_group", "number")
    return [tuple(hold[name] for name in told) for hold in run.hold_reasons]


def finished(run: SyncRun, ended: SyncRun.State) -> SyncRun:
    """Record how `run` ended."""
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
    run.counts = run.diff = run.losses = {}
    run.hold_reasons = []
    return finished(run, SyncRun.State.FAILED)


def _forget_unchanged(source: DirectorySource) -> None:
    old: datetime = timezone.now() - KEEP_UNCHANGED
    source.runs.filter(state=SyncRun.State.UNCHANGED, finished_at__lt=old).delete()
