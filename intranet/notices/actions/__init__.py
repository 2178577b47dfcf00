"""What is written about notices."""

from .drafts import changes_requested, editor_of
from .marking import (
    keep_unread,
    mark_address_read,
    mark_all_read,
    mark_page_read,
    mark_read,
    undo_mark_all_read,
)
from .publishing import publish_notice, withdraw_notice

__all__ = [
    "changes_requested",
    "editor_of",
    "keep_unread",
    "mark_address_read",
    "mark_all_read",
    "mark_page_read",
    "mark_read",
    "publish_notice",
    "undo_mark_all_read",
    "withdraw_notice",
]
