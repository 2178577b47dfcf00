"""The journal's reader that turns what happens into notices."""

from __future__ import annotations

from collections.abc import Sequence

from directory import journal
from directory.consumers import Consumer
from directory.models import JournalEntry
from intranet import events
from intranet.lock.viewing import sees_everything
from intranet.models import BasePage

from .actions import readings
from .actions.authors import follow_changes, tell_of_publication
from .actions.pages import follow_pages, notice_of_page
from .actions.reviews import follow_review

_FOLLOWED = (
    events.PAGE_PUBLISHED,
    events.PAGE_UNPUBLISHED,
    events.PAGE_MOVED,
    events.PAGE_SCOPE_CHANGED,
    events.PAGE_DELETED,
    events.PAGE_SUBMITTED,
    events.PAGE_REVIEWED,
    *readings.FOLLOWED,
)


class NoticeMaker(Consumer):
    """Makes the notices that pages, reviews and the directory ask for, and keeps them in step."""

    name = "notices"

    def wants(self, entry: JournalEntry) -> bool:
        """Want what happens to pages, and what is held of the directory."""
        return journal.event_of(entry) in _FOLLOWED

    @sees_everything
    def handle(self, entries: Sequence[JournalEntry]) -> None:
        """Make and follow."""
        for entry in entries:
            if journal.event_of(entry) in readings.FOLLOWED:
                readings.follow_reading(entry=entry)
                continue
            pk = int(entry.object_id)
            follow_review(page=pk, entry=entry)
            follow_changes(page=pk, entry=entry)
            is_published = journal.event_of(entry) is events.PAGE_PUBLISHED
            if is_published and entry.payload.get("notify"):
                page = BasePage._base_manager.filter(pk=pk).first()
                if page is not None:
                    notice_of_page(actor=entry.actor, page=page, entry=entry)
            if is_published:
                tell_of_publication(page=pk, entry=entry)
            gone = entry.payload.get("translation_key")
            follow_pages(actor=entry.actor, pages={pk}, keys={gone} if gone else set())
