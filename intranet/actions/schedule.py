"""Pages that go live, or come down, by the clock."""

from __future__ import annotations

import logging

from django.utils import timezone
from wagtail.models import Revision

from directory import journal
from intranet.lock.viewing import sees_everything
from intranet.models import BasePage

log = logging.getLogger(__name__)


@sees_everything
def publish_due() -> int:
    """Publish the drafts and take down the pages whose time has come; return how many.

    Each in a transaction of its own: one that cannot be published (its slug was taken, a
    field has become compulsory) is logged and does not hold up the others.
    """
    now, done = timezone.now(), 0
    for page in BasePage.objects.filter(live=True, expire_at__lte=now).order_by("expire_at"):
        done += _attempt(
            page.pk,
            lambda page=page: page.specific.unpublish(
                set_expired=True, log_action="wagtail.unpublish.scheduled"
            ),
        )
    due = Revision.page_revisions.filter(approved_go_live_at__lte=now)
    for revision in due.order_by("approved_go_live_at"):
        done += _attempt(
            revision.object_id,
            lambda revision=revision: revision.publish(log_action="wagtail.publish.scheduled"),
        )
    return done


def _attempt(page: BasePage, act: object) -> bool:
    from django.core.exceptions import ValidationError

    try:
        with journal.transaction():
            act()  # type: ignore[operator]
    except ValidationError:
        log.exception("Page %s could not be published at its time", page)
        return False
    return True
