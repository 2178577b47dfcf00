"""Publishing and withdrawing notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from directory import journal
from directory.models import AccessScope, User
from directory.text import one_line
from intranet.models import BasePage
from intranet.notices.events import NOTICE_PUBLISHED, NOTICE_WITHDRAWN
from intranet.notices.models import Notice, NoticeAudience, NoticeKind
from intranet.notices.models.notice import BODY_LENGTH, TITLE_LENGTH

from .marking import mark_read


def is_internal(url: str) -> bool:
    """Tell whether `url` is a path of this site and cannot lead anywhere else."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def publish_notice(
    *,
    actor: User | None,
    kind: NoticeKind,
    scope: AccessScope,
    audiences: Sequence[NoticeAudience],
    title_fr: str = "",
    title_en: str = "",
    body_fr: str = "",
    body_en: str = "",
    url: str = "",
    page: BasePage | None = None,
    expires_at: datetime | None = None,
) -> Notice:
    """Publish a notice to `audiences` (unsaved rows) among those who may read `scope`.

    Texts that are too long are cut; `url` is a path of this site. Whoever publishes it has
    read it. Raises ValidationError where there is no title, no audience,
    an address outside of the site or an end that is past.
    """
    if not one_line(title_fr) and not one_line(title_en):
        raise ValidationError(_("Give the notice a title in at least one language."))
    if not audiences:
        raise ValidationError(_("Say who the notice is for."))
    if url and not is_internal(url):
        raise ValidationError(_("The link must be an address of this site, beginning with “/”."))
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        raise ValidationError(_("The end must be in the future."))
    with journal.transaction():
        notice = Notice.objects.create(
            kind=kind,
            scope=scope,
            title_fr=cut(title_fr, TITLE_LENGTH),
            title_en=cut(title_en, TITLE_LENGTH),
            body_fr=cut(body_fr, BODY_LENGTH),
            body_en=cut(body_en, BODY_LENGTH),
            url=url,
            page=page,
            author=actor,
            published_at=now,
            expires_at=expires_at,
        )
        for row in audiences:
            row.notice = notice
        NoticeAudience.objects.bulk_create(audiences)
        if actor is not None:
            mark_read(actor=actor, notice=notice)

        def number(sequence: int) -> None:
            notice.sequence = sequence
            Notice.objects.filter(pk=notice.pk).update(sequence=sequence)

        journal.append(
            NOTICE_PUBLISHED,
            obj=notice,
            actor=actor,
            scope=scope,
            payload={
                "kind": str(kind),
                "audience": NoticeAudience.payload(audiences),
                "page": page.pk if page else None,
            },
            then=number,
        )
    return notice


def withdraw_notice(*, actor: User | None, notice: Notice, reason: str = "") -> None:
    """Take a notice back: nobody is shown it any more. Does nothing where it was already."""
    with journal.transaction():
        now = timezone.now()
        if not Notice.objects.filter(pk=notice.pk, withdrawn_at__isnull=True).update(
            withdrawn_at=now
        ):
            return
        notice.withdrawn_at = now
        journal.append(
            NOTICE_WITHDRAWN,
            obj=notice,
            actor=actor,
            scope=notice.scope_id,
            payload={"reason": reason[:200]},
        )


def cut(text: str, length: int) -> str:
    """Return `text` cleaned and on one line, cut at a word where it is longer than `length`."""
    line = one_line(text)
    if len(line) <= length:
        return line
    head = line[: length - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[length // 2 :] else head) + "…"
