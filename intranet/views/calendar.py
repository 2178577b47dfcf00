"""Events as calendar files (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from icalendar import Calendar, Event

if TYPE_CHECKING:
    from intranet.models import EventPage


def as_calendar(request: HttpRequest, event: EventPage) -> HttpResponse:
    """Return the event as a file that calendars take up.

    Raises Http404 for a draft that does not say yet when it starts.
    """
    if event.start is None:
        raise Http404
    end = event.end or event.start + timedelta(hours=1)
    # In universal time: the file then needs no description of a time zone.
    told = Event.new(
        uid=event.uid,
        stamp=(event.last_published_at or event.start).astimezone(UTC),
        start=event.start.astimezone(UTC),
        end=end.astimezone(UTC),
        summary=event.title,
        location=event.place_name or None,
        description=event.summary or None,
        url=event.get_full_url(request),
    )
    calendar = Calendar.new(prodid="-//Marigot//Marigot//FR", subcomponents=[told])
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
    return response
