"""The sections, notes and events of the demo."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape

from django.utils import timezone

from directory.models import Service
from intranet.actions.notes import publish_event, publish_note
from intranet.actions.sections import ensure_sections
from intranet.lock.viewing import seeing_everything
from intranet.models import Audience, ContentPage, EventPage, NotePage, SectionPage

from .content import EVENTS, NOTES, SECTIONS, EventData, NoteData
from .organisation import head_of


def load_sections() -> None:
    """Make the section of each service, and let it present itself."""
    ensure_sections()
    with seeing_everything():
        for section in SectionPage.objects.select_related("service", "locale"):
            data = SECTIONS.get(section.service.slug)
            if data is None or section.summary:
                continue
            section.summary = data.en if section.language == "en" else data.fr
            head = head_of(section.service.slug)
            section.save_revision(user=head).publish(user=head, skip_permission_checks=True)


def load_notes() -> None:
    """Publish the notes, the oldest first, in the languages that they have."""
    for note in sorted(NOTES, key=lambda note: -note.days_ago):
        french = _note(note, "fr", None)
        if note.title_en:
            _note(note, "en", french)


def load_events() -> None:
    """Publish the events, counted from today."""
    for event in EVENTS:
        french = _event(event, "fr", None)
        if event.title_en:
            _event(event, "en", french)


def blocks(text: str) -> Iterator[tuple[str, object]]:
    """Yield the blocks of a page's text: see `content.notes` for how it is written."""
    for part in text.split("\n\n"):
        lines = part.split("\n")
        if lines[0].startswith("## "):
            yield "heading", {"text": lines[0][3:], "level": "2"}
            if rest := lines[1:]:
                yield from blocks("\n".join(rest))
        elif lines[0].startswith("- "):
            items = "".join(f"<li>{escape(line[2:])}</li>" for line in lines)
            yield "paragraph", f"<ul>{items}</ul>"
        elif part.strip():
            yield "paragraph", f"<p>{escape(part)}</p>"


def _there(kind: type[ContentPage], service: str, slug: str, language: str) -> ContentPage | None:
    with seeing_everything():
        return kind.objects.filter(
            service__slug=service, slug=slug, locale__language_code=language
        ).first()


def _note(note: NoteData, language: str, french: ContentPage | None) -> ContentPage:
    there = _there(NotePage, note.service, note.slug, language)
    if there is not None:
        return there
    english = language == "en"
    return publish_note(
        actor=head_of(note.service),
        service=Service.objects.get(slug=note.service),
        title=note.title_en if english else note.title,
        slug=note.slug,
        language=language,
        audience=Audience.ORGANISATION if note.everyone else Audience.SERVICE,
        translation_of=french,
        summary=note.summary_en if english else note.summary,
        body=list(blocks(note.body_en if english else note.body)),
        date=timezone.localdate() - timedelta(days=note.days_ago),
        notify=note.notify and not english,
    )


def working_day(day: datetime) -> datetime:
    """Return `day`, or the Monday after it: no assembly sits on a Sunday."""
    late = day.weekday() - calendar.FRIDAY
    return day + timedelta(days=3 - late) if late > 0 else day


def _event(event: EventData, language: str, french: ContentPage | None) -> ContentPage:
    slug = f"agenda-{event.slug}"  # a note of the same subject may have the plain one
    there = _there(EventPage, event.service, slug, language)
    if there is not None:
        return there
    english = language == "en"
    day = working_day(timezone.localtime() + timedelta(days=event.in_days))
    start = day.replace(hour=event.hour, minute=0, second=0, microsecond=0)
    return publish_event(
        actor=head_of(event.service),
        service=Service.objects.get(slug=event.service),
        title=event.title_en if english else event.title,
        slug=slug,
        language=language,
        audience=Audience.ORGANISATION if event.everyone else Audience.SERVICE,
        translation_of=french,
        body=list(blocks(event.body_en if english else event.body)),
        start=start,
        end=start + timedelta(hours=event.hours),
        place_name=event.place_en if english else event.place,
    )
