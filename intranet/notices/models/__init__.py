"""Notices, who they are for, and who has read them; one file per concept."""

from .notice import (
    NOT_SENT,
    TO_ALL_READERS,
    AudienceKind,
    Notice,
    NoticeAudience,
    NoticeCause,
    NoticeKind,
)
from .receipt import NoticeCursor, Receipt

__all__ = [
    "NOT_SENT",
    "TO_ALL_READERS",
    "AudienceKind",
    "Notice",
    "NoticeAudience",
    "NoticeCause",
    "NoticeCursor",
    "NoticeKind",
    "Receipt",
]
