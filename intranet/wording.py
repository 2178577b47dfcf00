"""What the journal's actions on pages, images and notices are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from directory.journal.wording import Codes

ACTIONS = {
    "image.added": _("Image added"),
    "image.changed": _("Image changed"),
    "image.deleted": _("Image deleted"),
    "notice.changed": _("Notice changed"),
    "notice.published": _("Notice published"),
    "notice.withdrawn": _("Notice withdrawn"),
    "page.deleted": _("Page deleted"),
    "page.moved": _("Page moved"),
    "page.published": _("Page published"),
    "page.scope_changed": _("Audience of a page changed"),
    "page.reviewed": _("Review of a page ended"),
    "page.submitted": _("Page submitted for review"),
    "page.unpublished": _("Page taken off the site"),
}

# How a review ended: see `intranet.journaling`.
CODES = {
    "page.reviewed": Codes(
        "result",
        pgettext_lazy("review", "result"),
        {
            "approved": pgettext_lazy("review", "approved"),
            "changes_requested": pgettext_lazy("review", "changes requested"),
            "cancelled": pgettext_lazy("review", "cancelled"),
        },
    )
}
