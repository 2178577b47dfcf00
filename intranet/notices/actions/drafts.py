"""Notices about a draft for as long as something is so of it, whoever they are for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.urls import reverse

from directory import journal
from directory.models import JournalEntry
from intranet.notices.models import Notice, NoticeCause, NoticeKind

from .publishing import withdraw_notice

S = TypeVar("S")


def editor_of(page: int) -> str:
    """Return the address of the editor of a page."""
    return reverse("wagtailadmin_pages:edit", args=[page])


def follow(
    *,
    page: int,
    entry: JournalEntry,
    kind: NoticeKind,
    begins: str,
    reason: str,
    state_of: Callable[[int], S | None],
    tell: Callable[[int, S], Notice | None],
) -> None:
    """Have a notice of `kind` about `page` stand for as long as `state_of` it is something.

    It goes by how things are now, not when `entry` was written: the draft may have moved, and be
    there no more. What is not so any more is withdrawn for `reason`; `tell` is asked for a notice
    by an entry of the action `begins` and by a move. An entry is answered once.
    """
    with journal.transaction():
        waiting = list(
            Notice.objects.select_for_update().filter(
                kind=kind, url=editor_of(page), withdrawn_at__isnull=True
            )
        )
        state = state_of(page)
        if state is None or entry.action == "page.moved":
            for notice in waiting:
                withdraw_notice(actor=entry.actor, notice=notice, reason=reason)
            waiting = []
        if state is None or waiting or entry.action not in (begins, "page.moved"):
            return
        if not NoticeCause.objects.filter(entry=entry).exists():
            told = tell(page, state)
            if told is not None:
                NoticeCause.objects.create(entry=entry, notice=told)
