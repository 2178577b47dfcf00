"""Marking notices as read. It is nobody else's business: nothing of it is journaled."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from directory.journal import last_sequence
from directory.models import User
from intranet.models import BasePage
from intranet.notices.models import Notice, NoticeCursor, Receipt
from intranet.notices.querysets import NoticeQuerySet


def _touch(actor: User) -> NoticeCursor:
    """Return the cursor of `actor`, locked, with its revision counted up."""
    NoticeCursor.objects.get_or_create(person=actor)
    NoticeCursor.objects.filter(person=actor).update(
        revision=F("revision") + 1, touched_at=timezone.now()
    )
    return NoticeCursor.objects.select_for_update().get(person=actor)


@transaction.atomic
def mark_read(*, actor: User, notice: Notice) -> None:
    """Note that `actor` has read `notice`. The caller has made sure that it is for them."""
    _touch(actor)
    # A second reading does not move the time of the first.
    receipt, created = Receipt.objects.get_or_create(
        user=actor, notice=notice, defaults={"read_at": timezone.now()}
    )
    if not created and receipt.read_at is None:
        receipt.read_at = timezone.now()
        receipt.save(update_fields=["read_at"])


def mark_page_read(*, actor: User, page: BasePage) -> bool:
    """Note that `actor` has read what notices say of `page`; tell whether any was unread.

    A notice is about every language version of its page. One query where there is none.
    """
    unread = Notice.objects.unread_by(actor)
    return _mark_all(actor, unread.filter(page__translation_key=page.translation_key))


def mark_address_read(*, actor: User, url: str) -> bool:
    """Note that `actor` has read the notices that lead to `url`, a path of this site.

    Tells whether any was unread. One query where there is none.
    """
    return _mark_all(actor, Notice.objects.unread_by(actor).filter(url=url))


def _mark_all(actor: User, unread: NoticeQuerySet) -> bool:
    notices = list(unread)
    if not notices:
        return False
    with transaction.atomic():
        for notice in notices:
            mark_read(actor=actor, notice=notice)
    return True


@transaction.atomic
def keep_unread(*, actor: User, notice: Notice) -> None:
    """Make `notice` unread again for `actor`."""
    _touch(actor)
    Receipt.objects.update_or_create(user=actor, notice=notice, defaults={"read_at": None})


@transaction.atomic
def mark_all_read(*, actor: User, up_to: int) -> int:
    """Note that `actor` has read everything up to the sequence number `up_to`.

    What came after the page that they saw stays unread. Returns the earlier position, which
    `undo_mark_all_read` takes.
    """
    cursor = _touch(actor)
    earlier, now = cursor.read_up_to, timezone.now()
    limit = max(earlier, min(up_to, last_sequence()))
    Receipt.objects.filter(user=actor, read_at__isnull=True, notice__sequence__lte=limit).update(
        read_at=now
    )
    cursor.read_up_to, cursor.marked_at = limit, now
    cursor.save(update_fields=["read_up_to", "marked_at"])
    return earlier


@transaction.atomic
def undo_mark_all_read(*, actor: User, earlier: int) -> None:
    """Take back the last `mark_all_read` of `actor`; `earlier` is what that returned.

    A position that is negative or ahead of the present one is ignored.
    """
    cursor = _touch(actor)
    if not 0 <= earlier <= cursor.read_up_to:
        return
    if cursor.marked_at is not None:
        Receipt.objects.filter(user=actor, read_at=cursor.marked_at).update(read_at=None)
    cursor.read_up_to, cursor.marked_at = earlier, None
    cursor.save(update_fields=["read_up_to", "marked_at"])
