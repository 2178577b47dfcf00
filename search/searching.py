"""Searching for a person: what they may see is asked of the directory at each query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date as day
from datetime import datetime
from typing import Final

from django.db.models import Q
from django.utils import timezone

from directory import access
from directory.access import Listed
from directory.models import AccessScope, ScopeKind, Service, User

from . import planning, registry, text, turns
from .engines import engine
from .engines.base import DEEPEST, EngineHit, Facet, Found, Fragments, Search, Weighted
from .engines.highlight import Markers, mark
from .parameters import PAGE_SIZE, Parameters
from .query import Word, telling, typed

SUGGESTIONS: Final = 8

Current = dict[tuple[str, str], registry.Hit]
"""What the database shows to a person now, by kind and primary key."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as it is shown: present in the database now, and visible to the person."""

    hit: registry.Hit
    title: Fragments
    excerpt: Fragments
    kind: str
    kind_label: str
    service: str
    date: datetime

    @property
    def when(self) -> datetime | day:
        """What it is dated by, as it is shown: a day where it has no hour."""
        return timezone.localtime(self.date).date() if self.hit.by_day else self.date


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results. `corrected`: unknown words, each with what was looked for instead.

    `relaxed`: all the words were wanted, no document holds them all, and these hold most.
    """

    found: Found
    shown: tuple[Shown, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    relaxed: bool = False
    service_names: dict[int, str] = field(default_factory=dict)

    @property
    def reachable(self) -> int:
        """How many of the results can be paged through."""
        return min(self.found.total, DEEPEST)


def today() -> datetime:
    """Return the beginning of the day, here."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def search(person: User, parameters: Parameters) -> Results:
    """Return the page of results that `parameters` ask for.

    Counts come from the engine's query, which is narrowed to what `person` may see. What
    the database no longer shows to the person is left out of the page in silence.
    Raises SearchUnavailable, SearchBusy.
    """
    if not parameters.query:
        return Results(Found())
    with turns.SEARCHES.one(person):
        return _search(person, parameters)


def _search(person: User, parameters: Parameters) -> Results:
    at_work = engine()
    scopes = access.visible_scopes(person)
    every_word, relaxed = parameters.every_word, False

    def plan() -> planning.Plan:
        return planning.plan(
            at_work,
            parameters.query,
            scopes=scopes,
            today=today(),
            selection=parameters.selection,
            sort=parameters.sort,
            every_word=every_word,
            offset=(parameters.page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )

    made = plan()
    found = at_work.search(made.search)
    if not found.total and every_word and len(parameters.query.words) > 1:
        every_word, relaxed = False, True
        made = plan()
        found = at_work.search(made.search)
    current = _current(person, found.hits)
    names = _names(scopes, {*_services(found.hits, current), *_facet_services(found, parameters)})
    shown = _shown(found.hits, current, names, made.search)
    return Results(
        found=found,
        shown=shown,
        corrected=tuple(
            (unknown.written, " / ".join(_as_written(each, shown) for each in instead))
            for unknown, instead in made.corrected.items()
        ),
        relaxed=relaxed and bool(found.total),
        service_names=names,
    )


def suggest(person: User, raw: str) -> tuple[Shown, ...]:
    """Return what `person` may be about to type; the last word may be unfinished.

    Raises SearchUnavailable, SearchBusy.
    """
    words = typed(raw)[:8]
    if not words:
        return ()
    with turns.SEARCHES.one(person):
        return _suggest(person, words)


def _suggest(person: User, words: Sequence[Word]) -> tuple[Shown, ...]:
    scopes = access.visible_scopes(person)
    finished = telling(words[:-1])
    hits = engine().suggest(finished, words[-1], scopes, SUGGESTIONS)
    asked = Search(
        scopes=scopes,
        groups=tuple((Weighted(each, 1),) for each in [*finished, words[-1]]),
        required=1,
        today=today(),
    )
    current = _current(person, hits)
    return _shown(hits, current, _names(scopes, _services(hits, current)), asked)


def _current(person: User, hits: Sequence[EngineHit]) -> Current:
    """Ask the database about each hit; return those that `person` may see now."""
    by_kind: dict[str, list[str]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind, []).append(hit.pk)
    visible: Current = {}
    for name, pks in by_kind.items():
        kind = registry.get(name)
        if kind is not None:
            found = kind.visible(person, pks)
            visible.update({(name, pk): found[pk] for pk in pks if pk in found})
    return visible


def _shown(
    hits: Sequence[EngineHit], visible: Current, names: dict[int, str], asked: Search
) -> tuple[Shown, ...]:
    """Return those of `hits` that are `visible`, marked, each with the name of its service."""
    markers = Markers(asked)
    shown = []
    for hit in hits:
        kind, current = registry.get(hit.kind), visible.get((hit.kind, hit.pk))
        if kind is None or current is None:
            continue
        marker = markers.of("en" if hit.language == "en" else "fr")
        shown.append(
            Shown(
                hit=current,
                title=mark(text.clean(current.title), marker),
                excerpt=hit.excerpt if kind.quotes else (),
                kind=hit.kind,
                kind_label=str(kind.one or kind.label),
                service=names.get(hit.service_id or 0, ""),
                date=hit.date,
            )
        )
    return tuple(shown)


def _services(hits: Sequence[EngineHit], visible: Current) -> set[int]:
    return {hit.service_id for hit in hits if hit.service_id and (hit.kind, hit.pk) in visible}


def _facet_services(found: Found, parameters: Parameters) -> set[int]:
    counted = {int(bucket.value) for bucket in found.facets.get(Facet.SERVICE, ())}
    return {*counted, *parameters.selection.services}


def _names(scopes: Sequence[int], services: set[int]) -> dict[int, str]:
    """Return the names of those of `services` that whoever sees `scopes` may know.

    Whoever reads a service, its public part or a space of it may. A number from an address, or
    from a document that was shared out of a service, tells nothing: hidden and unknown are one,
    also in what is asked: one query where all are read, and one about the spaces for the others.
    """
    if not services:
        return {}
    seen = set(scopes)
    found = list(Service.objects.filter(pk__in=services))
    known = {each.pk for each in found if {each.scope_id, each.public_scope_id} & seen}
    if others := services - known:
        spaces = AccessScope.objects.filter(
            Q(parent__service__in=others) | Q(parent__service_in_public__in=others),
            kind=ScopeKind.SPACE,
            pk__in=Listed(scopes),
        )
        above = set(spaces.values_list("parent", flat=True))
        known |= {each.pk for each in found if {each.scope_id, each.public_scope_id} & above}
    return {each.pk: each.name for each in found if each.pk in known}


def _as_written(looked_for: Word, shown: Sequence[Shown]) -> str:
    """Return a word as a shown result has it, with its accents; or as it was looked for."""
    for each in shown:
        for part, is_match in (*each.title, *each.excerpt):
            if is_match and text.fold(part) == looked_for.exact:
                return part.lower()
    return looked_for.exact
