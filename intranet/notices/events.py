"""What the notices tell in the journal."""

from __future__ import annotations

from typing import TypedDict

from django.utils.translation import gettext_lazy as _

from directory.journal.events import Effect, Event


class Audience(TypedDict):
    """A code of AudienceKind, and the number of whom it means."""

    kind: str
    ref: int | None


class Published(TypedDict):
    """A code of NoticeKind, whom it reaches, and the page that it is about."""

    kind: str
    audience: list[Audience]
    page: int | None


class Changed(TypedDict):
    """The names of the fields that follow the page."""

    fields: list[str]


class Withdrawn(TypedDict):
    """Why, as somebody wrote it, or a code."""

    reason: str


NOTICE_PUBLISHED = Event(
    "notice.published", _("Notice published"), Published, frozenset({Effect.CONTENT})
)
NOTICE_CHANGED = Event("notice.changed", _("Notice changed"), Changed, frozenset({Effect.CONTENT}))
NOTICE_WITHDRAWN = Event(
    "notice.withdrawn", _("Notice withdrawn"), Withdrawn, frozenset({Effect.RIGHTS})
)
