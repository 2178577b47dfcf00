"""What the pages and images tell in the journal."""

from __future__ import annotations

from typing import TypedDict

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory.journal.events import Codes, Effect, Event

_CONTENT = frozenset({Effect.CONTENT})
_SEEN = frozenset({Effect.RIGHTS, Effect.CONTENT})
_READERS = frozenset({Effect.RIGHTS})


class Page(TypedDict):
    """The model of the page."""

    kind: str


class Published(Page):
    """Whether its readers are to get a notice."""

    notify: bool


class Deleted(Page):
    """The key that the versions of it in all languages share."""

    translation_key: str


class Reviewed(Page):
    """A code of how the review ended."""

    result: str


# "from" is no name that a class can have.
Changed = TypedDict("Changed", {"kind": str, "from": int, "to": int | None})
"""The page or the scope before and after."""

PAGE_PUBLISHED = Event("page.published", _("Page published"), Published, _SEEN)
PAGE_UNPUBLISHED = Event("page.unpublished", _("Page taken off the site"), Page, _SEEN)
PAGE_MOVED = Event("page.moved", _("Page moved"), Changed, _SEEN)
PAGE_SCOPE_CHANGED = Event("page.scope_changed", _("Audience of a page changed"), Changed, _READERS)
PAGE_DELETED = Event("page.deleted", _("Page deleted"), Deleted, _SEEN)
# Drafts have readers too: who is asked to review, and whose review it was.
PAGE_SUBMITTED = Event("page.submitted", _("Page submitted for review"), Page, _READERS)
PAGE_REVIEWED = Event(
    "page.reviewed",
    _("Review of a page ended"),
    Reviewed,
    _READERS,
    codes=Codes(
        "result",
        pgettext_lazy("review", "result"),
        {
            "approved": pgettext_lazy("review", "approved"),
            "changes_requested": pgettext_lazy("review", "changes requested"),
            "cancelled": pgettext_lazy("review", "cancelled"),
        },
    ),
)
IMAGE_ADDED = Event("image.added", _("Image added"), affects=_CONTENT)
IMAGE_CHANGED = Event("image.changed", _("Image changed"), affects=_CONTENT)
IMAGE_DELETED = Event("image.deleted", _("Image deleted"), affects=_CONTENT)
