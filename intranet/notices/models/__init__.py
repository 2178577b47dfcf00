"""Notices, who they are for, and who has read them; one file per concept."""

from .notice import TO_ALL_READERS, AudienceKind, Notice, NoticeAudience, NoticeCause, NoticeKind
from .reading import NoticeCursor, Receipt

__all__ = [
    "TO_ALL_READERS",
    "AudienceKind",
    "Notice",
    "NoticeAudience",
    "NoticeCause",
    "NoticeCursor",
    "NoticeKind",
    "Receipt",
]
