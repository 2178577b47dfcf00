"""Whose files are read as they arrive, and whose when nothing waits.

Files are read in the order in which they came. Somebody whose files take long would keep those of
everybody else from being found: what this person brings then is put off, and read in turn by
person when no arrival waits (`documents.rereading`). All imports together have their turn as one
person has, whoever is named as the author.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import transaction
from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from directory import periodic
from documents.models import PutOff, ReadingTime, Version

JOB: Final = "documents.reread"
WINDOW: Final = timedelta(minutes=10)
BUDGET: Final = 15.0
"""Seconds that reading the files of a person may take within a window: one slow file's, not two's.
"""


IMPORTS: Final = 0
"""Who asks for what operators import, and for what nobody brought; people are their numbers."""


class NotItsTurn(Exception):
    """A content is to be read later: who brought it has used up their time."""


def asker_of(version: Version) -> int:
    """Return in whose turn a version is read."""
    if version.source == Version.Source.IMPORT or version.author_id is None:
        return IMPORTS
    return version.author_id


class Turns:
    """Who of those that brought `versions` may still have files read now."""

    def __init__(self, versions: Iterable[Version]) -> None:
        askers = {asker_of(version) for version in versions}
        now = ReadingTime.objects.filter(pk__in=askers).exclude(_over())
        self._spent = defaultdict(float, {each.pk: each.milliseconds / 1000 for each in now})
        # Their next files do not overtake those that were put off.
        behind = PutOff.objects.filter(asker__in=askers, again=False)
        self._behind = set(behind.values_list("asker", flat=True).distinct())
        self._not_kept: defaultdict[int, float] = defaultdict(float)
        self._at_work: list[tuple[int, float]] = []
        self._lock = threading.Lock()

    def may(self, asker: int) -> bool:
        """Tell whether what `asker` brought is read now."""
        return asker not in self._behind and self._used(asker) < BUDGET

    @contextmanager
    def turn(self, askers: Collection[int]) -> Iterator[Collection[int]]:
        """Have a content read that `askers` brought, on the account of the first who may.

        Yields those who may: for the others it is not read yet. Raises NotItsTurn where none may.
        """
        with self._lock:
            # What one has at work counts from its beginning: two readings end together.
            allowed = [asker for asker in askers if self.may(asker)]
            self._behind.update(set(askers) - set(allowed))
            if not allowed:
                raise NotItsTurn
            begun = (allowed[0], monotonic())
            self._at_work.append(begun)
        try:
            yield allowed
        finally:
            with self._lock:
                self._at_work.remove(begun)
                asker, since = begun
                self._spent[asker] += monotonic() - since
                self._not_kept[asker] += monotonic() - since

    def keep(self) -> None:
        """Write down what was used since this was last called."""
        with self._lock:
            used, self._not_kept = self._not_kept, defaultdict(float)
        spend(used)

    def _used(self, asker: int) -> float:
        at_work = (monotonic() - since for whose, since in self._at_work if whose == asker)
        return self._spent[asker] + sum(at_work)


def spend(used: Mapping[int, float]) -> None:
    """Note seconds of reading for askers; a window that is over begins anew."""
    _open(used)
    now = timezone.now()
    for asker, seconds in sorted(used.items()):
        ReadingTime.objects.filter(pk=asker).update(
            milliseconds=_lately() + Value(max(1, round(seconds * 1000)), BigIntegerField()),
            since=Case(When(_over(), then=Value(now)), default=F("since")),
        )


def put_off(versions: Mapping[Version, int], *, again: bool = False) -> None:
    """Have `versions` read when nothing waits; each with the number of the entry that told of it.

    `again`: their turn has come, and their first seconds were not enough.
    """
    rows = [
        PutOff(version=version, asker=asker_of(version), sequence=sequence, again=again)
        for version, sequence in versions.items()
    ]
    if not rows:
        return
    with transaction.atomic():
        _open({row.asker for row in rows})
        PutOff.objects.bulk_create(rows, ignore_conflicts=True)
    periodic.soon(JOB)


def next_put_off() -> PutOff | None:
    """Return what is read next: the oldest of whom reading took the shortest lately.

    Of one asker's, what was never read comes first.
    """
    waiting = PutOff.objects.filter(asker=OuterRef("pk"))
    askers = ReadingTime.objects.filter(Exists(waiting)).annotate(lately=_lately())
    asker = askers.order_by("lately", "pk").values_list("pk", flat=True).first()
    return None if asker is None else next(iter(next_of(asker, 1)), None)


def next_of(asker: int, most: int) -> list[PutOff]:
    """Return the first of what `asker` waits for."""
    theirs = PutOff.objects.filter(asker=asker).select_related("version__node")
    return list(theirs.order_by("again", "sequence")[:most])


def _open(askers: Iterable[int]) -> None:
    rows = [ReadingTime(asker=asker) for asker in sorted(askers)]
    ReadingTime.objects.bulk_create(rows, ignore_conflicts=True)


def _over() -> Q:
    """Return which windows are over; a clock that was set back ends them too."""
    now = timezone.now()
    return Q(since__lte=now - WINDOW) | Q(since__gt=now)


def _lately() -> Case:
    return Case(
        When(_over(), then=Value(0)), default=F("milliseconds"), output_field=BigIntegerField()
    )
