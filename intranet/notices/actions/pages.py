"""Notices about pages: made when a note is published, and kept in step with it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from directory import journal
from directory.models import JournalEntry, User
from intranet.models import BasePage
from intranet.notices.events import NOTICE_CHANGED
from intranet.notices.models import (
    AudienceKind,
    Notice,
    NoticeAudience,
    NoticeCause,
    NoticeKind,
)
from intranet.notices.models.notice import BODY_LENGTH, TITLE_LENGTH

from .publishing import cut, publish_notice

LANGUAGES = ("fr", "en")


def notice_of_page(*, actor: User | None, page: BasePage, entry: JournalEntry) -> Notice | None:
    """Answer the journal `entry` that asks for a notice about `page`; None where it cannot be.

    A version in another language, when the notice of the first lacks that language, joins
    that notice: nobody is told twice of the same note. An entry is answered once.
    """
    with journal.transaction():
        done = NoticeCause.objects.filter(entry=entry).select_related("notice").first()
        if done is not None:
            return done.notice
        page = BasePage._base_manager.select_related("locale").get(pk=page.pk)
        if not page.live or page.scope is None:
            return None
        notice = _waiting_for(page)
        if notice is not None:
            follow_page(actor=actor, notice=notice)
        else:
            notice = publish_notice(
                actor=actor,
                kind=NoticeKind.NOTE,
                scope=page.scope,
                audiences=[NoticeAudience(kind=AudienceKind.SCOPE_READERS)],
                page=page,
                **_texts(page),
            )
        NoticeCause.objects.create(entry=entry, notice=notice)
    return notice


def follow_pages(*, actor: User | None, pages: set[int], keys: set[str]) -> None:
    """Bring the notices about `pages`, or about their other versions, in step with them.

    `keys` are the translation keys of pages that are there no more.
    """
    about = BasePage._base_manager.filter(pk__in=pages).values("translation_key")
    for notice in Notice.objects.filter(
        Q(page__translation_key__in=about) | Q(page__translation_key__in=keys),
        kind=NoticeKind.NOTE,
        withdrawn_at__isnull=True,
    ).order_by("pk"):
        follow_page(actor=actor, notice=notice)


def follow_page(*, actor: User | None, notice: Notice) -> None:
    """Give `notice` the texts and the scope that its page has now.

    Where the page is no longer published the notice stays as it is: it is shown to nobody
    meanwhile.
    """
    with journal.transaction():
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        page = BasePage._base_manager.select_related("locale").filter(pk=locked.page_id).first()
        if page is None or not page.live or page.scope_id is None:
            return
        fields: dict[str, Any] = _texts(page) | {"scope_id": page.scope_id}
        changed = [name for name, value in fields.items() if getattr(locked, name) != value]
        if not changed:
            return
        Notice.objects.filter(pk=locked.pk).update(**fields)
        for name, value in fields.items():
            setattr(notice, name, value)
        journal.append(
            NOTICE_CHANGED,
            obj=locked,
            actor=actor,
            scope=page.scope_id,
            payload={"fields": sorted(changed)},
        )


def _waiting_for(page: BasePage) -> Notice | None:
    """Return the notice about another version of `page` that lacks the language of `page`."""
    return (
        Notice.objects.live()
        .filter(
            ~Q(page=page.pk),
            kind=NoticeKind.NOTE,
            page__translation_key=page.translation_key,
            scope=page.scope_id,
            **{f"title_{_language(page)}": ""},
        )
        .order_by("-sequence")
        .first()
    )


def _language(page: BasePage) -> str:
    code = page.locale.language_code[:2]
    return code if code in LANGUAGES else LANGUAGES[0]


def _texts(page: BasePage) -> dict[str, Any]:
    """Return the titles and texts of a notice about `page`, in each language there is.

    A version for other readers gives nothing: its title may be none of theirs.
    """
    texts = {f"{part}_{language}": "" for part in ("title", "body") for language in LANGUAGES}
    versions = BasePage._base_manager.select_related("locale", "content_type").filter(
        Q(pk=page.pk) | Q(live=True, scope=page.scope_id),
        translation_key=page.translation_key,
    )
    for version in versions:
        language = _language(version)
        summary = getattr(version.specific, "summary", "") or version.search_description
        texts[f"title_{language}"] = cut(version.title, TITLE_LENGTH)
        texts[f"body_{language}"] = cut(summary or "", BODY_LENGTH)
    return texts
