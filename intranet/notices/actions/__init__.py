"""What is written about notices."""

from .publishing import add_language, publish_notice, withdraw_notice
from .reading import keep_unread, mark_all_read, mark_read, mark_seen, undo_mark_all_read

__all__ = [
    "add_language",
    "keep_unread",
    "mark_all_read",
    "mark_read",
    "mark_seen",
    "publish_notice",
    "undo_mark_all_read",
    "withdraw_notice",
]
