"""Notices to IT administrators about a reading of the directory that is held."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext, override

from directory import events, journal
from directory.models import AccessGroup, AccessScope, JournalEntry, Role
from intranet.notices.models import AudienceKind, Notice, NoticeAudience, NoticeCause, NoticeKind

from .publishing import publish_notice, withdraw_notice

FOLLOWED = (events.SYNC_HELD, events.SYNC_APPROVED, events.SYNC_RELEASED)


def follow_reading(*, entry: JournalEntry) -> None:
    """Have one notice stand for as long as something is held. An entry is answered once."""
    with journal.transaction():
        if NoticeCause.objects.filter(entry=entry).exists():
            return
        # By the order of the journal: an entry that is read again takes nothing later back.
        standing = Notice.objects.select_for_update().filter(
            kind=NoticeKind.DIRECTORY, withdrawn_at=None, causes__entry__sequence__lt=entry.sequence
        )
        for notice in standing:
            withdraw_notice(actor=None, notice=notice, reason=entry.action)
        admins = AccessGroup.objects.filter(role=Role.IT_ADMIN).first()
        if journal.event_of(entry) is events.SYNC_HELD and admins is not None:
            told = publish_notice(
                actor=None,
                kind=NoticeKind.DIRECTORY,
                scope=AccessScope.site(),
                audiences=[NoticeAudience(kind=AudienceKind.ACCESS_GROUP, ref=admins.pk)],
                url=reverse("directory:access_run", args=[entry.object_id]),
                title_fr=_title("fr"),
                title_en=_title("en"),
                body_fr=_body("fr"),
                body_en=_body("en"),
            )
            NoticeCause.objects.create(entry=entry, notice=told)


def _title(language: str) -> str:
    with override(language):
        return gettext("A reading of the directory is waiting for approval")


def _body(language: str) -> str:
    with override(language):
        return gettext(
            "It would change more than usual. That part waits; everything else was applied."
        )
