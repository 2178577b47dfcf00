"""Events as calendar files (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from intranet.models import EventPage

_LINE_BYTES = 75


def as_calendar(request: HttpRequest, event: EventPage) -> HttpResponse:
    """Return the event as a file that calendars take up.

    Raises Http404 for a draft that does not say yet when it starts.
    """
    if event.start is None:
        raise Http404
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Marigot//Marigot//FR",
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{_moment(event.last_published_at or event.start)}",
        f"DTSTART:{_moment(event.start)}",
        f"DTEND:{_moment(event.end or event.start + timedelta(hours=1))}",
        f"SUMMARY:{_text(event.title)}",
    ]
    if event.place_name:
        lines.append(f"LOCATION:{_text(event.place_name)}")
    if event.summary:
        lines.append(f"DESCRIPTION:{_text(event.summary)}")
    lines += [f"URL:{event.get_full_url(request)}", "END:VEVENT", "END:VCALENDAR"]
    response = HttpResponse(
        "".join(_folded(line) for line in lines), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
    return response


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Escape a text value (RFC 5545, 3.3.11)."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """Return the line with its end, folded so that none is longer than 75 bytes (3.1)."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > _LINE_BYTES:
            pieces.append(piece)
            piece = " "
        piece += character
    return "\r\n".join([*pieces, piece]) + "\r\n"
