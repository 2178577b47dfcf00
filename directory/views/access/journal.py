"""The journal: what was done, by whom, found and taken out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from directory import events
from directory import journal as log
from directory.finding import person_sought
from directory.journal.events import words_for
from directory.labels import ScopeLabel
from directory.models import AccessScope, JournalEntry, Service, User
from directory.outside import day_from_outside, number_from_outside, text_from_outside
from directory.spreadsheets import Row, csv_answer
from directory.text import sort_key

from .gate import AdminRequest, for_it_admins
from .named import Entry, Named, Target, kind_of

logger = logging.getLogger(__name__)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty for nothing."""

    service: str = ""
    person: str = ""
    action: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> Filters:
        """Read the filters of a request."""
        return cls(
            **{name: text_from_outside(given.get(name), longest=100) for name in cls.__slots__}
        )

    @property
    def query(self) -> str:
        """The filters as they stand in an address."""
        return urlencode({n: v for n in self.__slots__ if (v := getattr(self, n))})

    def newest(self, limit: int, before: int | None = None) -> list[Entry]:
        """Return the newest `limit` entries that pass, of those before the number `before`.

        The first filter in use leads to them by its index, so that a long journal is not
        walked through for a page of it.
        """
        entries = JournalEntry.objects.all()
        if before is not None:
            entries = entries.filter(sequence__lt=before)
        entries = self._in_time(entries)
        chosen = self._chosen()
        for condition, _ways in chosen:
            entries = entries.filter(condition)
        if chosen:
            entries = log.newest(entries, chosen[0][1], limit)
        return log.shown(entries.order_by("-sequence").select_related("actor")[:limit])

    def _in_time(self, entries: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
        if day := day_from_outside(self.since):
            entries = entries.filter(at__gte=_beginning_of(day))
        if day := day_from_outside(self.until):
            end = _beginning_of(day + timedelta(days=1))
            # Numbers follow the clock, but for a clock that was set back: a day is left for that.
            last = JournalEntry.objects.filter(at__lt=end + timedelta(days=1)).order_by("-at")
            entries = entries.filter(at__lt=end, sequence__lte=last.values("sequence")[:1])
        return entries

    @property
    def trouble(self) -> str:
        """Why no entry passes, where the person that is meant is not known; else empty."""
        return self._sought()[1] if self.person else ""

    def _sought(self) -> tuple[User | None, str]:
        try:
            return person_sought(self.person), ""
        except ValidationError as error:
            return None, " ".join(error.messages)

    def _chosen(self) -> list[tuple[Q, list[log.Strand]]]:
        """Return the condition of each filter in use, with the ways to its entries."""
        chosen: list[tuple[Q, list[log.Strand]]] = []
        if self.person:
            person, _trouble = self._sought()
            pks = [person.pk] if person is not None else []
            ids, about = [str(pk) for pk in pks], Q(object_type="directory.user")
            chosen.append(
                (
                    Q(actor__in=pks) | about & Q(object_id__in=ids),
                    [log.Strand("actor_id", pks), log.Strand("object_id", ids, about)],
                )
            )
        if self.service and (service := Service.objects.filter(slug=self.service).first()):
            scopes = _scopes_of(service)
            chosen.append((Q(scope_id__in=scopes), [log.Strand("scope_id", scopes)]))
        if self.action:
            names = [name for name in log.actions() if name.startswith(self.action)]
            chosen.append((Q(action__in=names), [log.Strand("action", names)]))
        if self.outcome in JournalEntry.Outcome.values:
            outcome = [self.outcome]
            chosen.append((Q(outcome__in=outcome), [log.Strand("outcome", outcome)]))
        return chosen


def _scopes_of(service: Service) -> set[int]:
    """Return the scopes of a service and all below them, whether they inherit or not."""
    found = {service.scope_id, service.public_scope_id}
    level = set(found)
    while level:
        below = AccessScope.objects.filter(parent__in=level).exclude(kind="service")
        level = set(below.values_list("pk", flat=True)) - found
        found |= level
    return found


def _beginning_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown. What apps above noted is kept back, as it may tell of content,
    but for the codes that they have words for.
    """

    entry: Entry
    scope: ScopeLabel | None
    details: str
    about: Target | None
    """What the entry is about, where that has a name and a page."""

    @property
    def kind(self) -> str:
        """What kind of thing the entry is about."""
        return kind_of(self.entry)

    @property
    def number(self) -> str:
        """The number of that thing; of a long one its end, where it differs from its like."""
        whole = self.entry.object_id
        return whole if len(whole) <= 12 else f"…{whole[-8:]}"


def _lines(entries: Sequence[Entry], viewer: User) -> list[Line]:
    named = Named.of(entries, [entry for entry in entries if _tells(entry)], viewer)
    return [_line(entry, named) for entry in entries]


def _line(entry: Entry, named: Named) -> Line:
    if not isinstance(entry, log.Unreadable):
        try:
            details = _details(entry, named)
            place = named.places.get(entry.scope_id or 0)
            return Line(entry, place, details, named.target(entry))
        except Exception:
            # Details may hold anything that JSON can say: a day after the last one, say.
            logger.exception("entry %s of the journal cannot be told", entry.sequence)
            entry = log.Unreadable(entry.sequence)
    damaged = _("Its row was damaged. The command verify_journal tells what is wrong with it.")
    return Line(entry, None, damaged, None)


def _details(entry: JournalEntry, named: Named) -> str:
    if _tells(entry):
        return named.details(entry)
    event = log.event_of(entry)
    return event.code_in(entry.payload) if event is not None else ""


def _tells(entry: Entry) -> bool:
    event = log.event_of(entry)
    return event is not None and event.shows_details


@for_it_admins
def journal(request: AdminRequest) -> HttpResponse:
    """List entries, newest first; older ones by the number of the last one seen."""
    filters = Filters.of(request.GET)
    before = number_from_outside(request.GET.get("before"))
    found = filters.newest(PAGE + 1, before)
    shown = found[:PAGE]
    return render(
        request,
        "directory/access/journal.html",
        {
            "lines": _lines(shown, request.user),
            "filters": filters,
            "trouble": "" if shown else filters.trouble,
            "older": shown[-1].sequence if len(found) > PAGE else None,
            "services": sorted(Service.objects.all(), key=lambda s: sort_key(s.name)),
            "actions": sorted(
                ((name, words_for(name)) for name in log.actions()),
                key=lambda each: sort_key(each[1]),
            ),
            "outcomes": JournalEntry.Outcome.choices,
            "later": before is not None,
        },
    )


@for_it_admins
@require_POST
def export(request: AdminRequest) -> HttpResponseBase:
    """Take the entries out as a CSV file, all that pass the filters; the journal notes it.

    Where the person that is meant is not known, the page tells so instead.
    """
    filters = Filters.of(request.POST)
    if filters.trouble:
        messages.error(request, _("Nothing was exported: say which person is meant."))
        return redirect(f"{reverse('directory:access_journal')}?{filters.query}")
    with log.transaction():
        log.append(
            events.JOURNAL_EXPORTED,
            actor=request.user,
            payload={"filters": filters.query},
        )
    stamp = timezone.localtime().strftime("%Y-%m-%d-%H%M")
    return csv_answer(_rows(filters, request.user), name=f"journal-{stamp}")


def _rows(filters: Filters, viewer: User) -> Iterator[Row]:
    yield [
        _("number"),
        _("time (%(zone)s)") % {"zone": timezone.get_current_timezone()},
        _("who"),
        _("login"),
        _("action"),
        _("outcome"),
        _("kind of object"),
        _("object"),
        _("object number"),
        _("where"),
        _("details"),
        _("UTC time"),
        _("action code"),
        _("outcome code"),
        _("kind code"),
        _("request"),
        _("hash"),
    ]
    before: int | None = None
    while True:
        some = filters.newest(1000, before)
        for line in _lines(some, viewer):
            yield _row(line)
        if len(some) < 1000:
            return
        before = some[-1].sequence


def _row(line: Line) -> Row:
    """Return what the page says of an entry, then what stays the same in every language."""
    entry = line.entry
    if isinstance(entry, log.Unreadable):
        nothing = [""]
        return [entry.sequence, *nothing * 3, entry.words, *nothing * 5, line.details, *nothing * 6]
    # A spreadsheet takes it for a date in this form alone: without its zone.
    local = timezone.localtime(entry.at).replace(tzinfo=None)
    return [
        entry.sequence,
        local.isoformat(" ", timespec="seconds"),
        entry.actor_name if entry.actor else settings.SITE_NAME,
        entry.actor.username if entry.actor else "",
        entry.words,
        str(entry.get_outcome_display()),
        line.kind,
        str(line.about or ""),
        entry.object_id,
        str(line.scope or ""),
        line.details,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.action,
        entry.outcome,
        entry.object_type,
        entry.request_id,
        entry.hash,
    ]
